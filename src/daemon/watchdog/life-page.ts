/**
 * Memory that this process shares with its watchdog (native/starter/life-page.h has the same places). It outlives this process, and
 * nobody else can reach it. Times are microseconds of CLOCK_MONOTONIC. Writing is a store to memory: no system call, no copy.
 */
import type { SharedPlace } from '../../../native/heartbeat-engine.ts';
import { mapFile } from '../../../native/process.ts';

const PAGE_MAGIC = 0x524c5750;
const NOTES_AT = 1_024;
const NOTE_BYTES = 48;
const MOST_NOTES = 64;
const SLOTS_AT = 4_096;
const SLOT_BYTES = 128;
export const MOST_SLOTS = 4_096;
const RELEASE_AT = SLOTS_AT + MOST_SLOTS * SLOT_BYTES;
export const RELEASE_BYTES = 4 * 1024 * 1024;
const FAILED_AT = RELEASE_AT + RELEASE_BYTES;
const FAILED_BYTES = 2 * 1024 * 1024;
/** Length and time, before the text. */
const FAILED_HEAD_BYTES = 16;
export const PAGE_BYTES = FAILED_AT + FAILED_BYTES;
export const MOST_PID_FILES = 2;

/** Places of words of 32 bits, counted in such words. */
const MAGIC = 0;
const LIFE = 1;
const WATCHED = 4;
const READY = 5;
const PID_FILES = 6;
const SAID_RELOADING = 8;
const SAID_READY = 9;
const SAID_STOPPING = 10;
const NOTES = 14;
const TOLD_NOTES = 15;
const QUICK_DEATHS = 16;
const WAS_READY = 17;
const HELD_PID_FILES = 18;
/** Which half has the failed checks: 1 or 2; 0: none. */
const FAILED_HALF = 20;
/** Thread that repeats adverts, as a robust futex. */
const ANNOUNCER = 21;
/** Places of numbers of 64 bits, counted in such numbers. */
const BEAT = 1;
const RELOADING_US = 6;

/** Places in a slot, in bytes. */
const SLOT = {
  life: 0,
  role: 4,
  advert: 8,
  lease: 16,
  digest: 24,
  releaseAt: 40,
  releaseLength: 44,
  told: 48,
  priority: 52,
  name: 56,
  interval: 72,
  keptUntil: 80,
  claimed: 88,
} as const;
const DIGEST_BYTES = 16;
const ROLES = ['none', 'backup', 'master'] as const;
export type SlotRole = (typeof ROLES)[number];
const MASTER = 2;
/** It was master, and this process is to say what becomes of it: the watchdog holds its hand. */
const CLAIMED = 3;

/** What an instance was when its worker last wrote it down. */
export interface SlotContent {
  readonly role: SlotRole;
  /** When its last advert left. */
  readonly advertUs: number;
  /** Until when the watchdog announces it for a worker that shows that it lives; 0: it does not. */
  readonly keptUntilUs: number;
  readonly told: boolean;
  /** 32 characters of hexadecimal. */
  readonly digest: string;
}

/** One thing to be done on behalf of the dead. */
export interface Release {
  /** 0: a whole IP packet is sent; else rtnetlink is asked with a message of this type. */
  readonly type: number;
  /** Interface of a packet. */
  readonly index: number;
  readonly bytes: Uint8Array;
}
const RELEASE_HEAD_BYTES = 12;

/** Something that the watchdog saw. */
export interface WatchdogNote {
  readonly atUs: number;
  readonly atWallUs: number;
  /** Of native/starter/watchdog-table.h: its place among the facts. */
  readonly fact: number;
  readonly pid: number;
  /** 0: no signal ended it. */
  readonly signal: number;
  readonly exitCode: number;
  readonly spanUs: number;
  readonly gapUs: number;
}

export type SaidToServiceManager = 'reloading' | 'ready' | 'stopping';

const SAID: Readonly<Record<SaidToServiceManager, number>> = {
  reloading: SAID_RELOADING,
  ready: SAID_READY,
  stopping: SAID_STOPPING,
};

export class LifePage {
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  /** All of the page's words, for what two processes may change. */
  readonly #shared: Int32Array;
  readonly #view: DataView;
  readonly #memory: ArrayBuffer;
  readonly #bytes: Uint8Array;
  /** Written by turns: what is valid stays so while the next is written. */
  #inSecondHalf = false;
  #releasesEnd = 0;

  /** @throws SystemError, or Error if this is not the memory of a watchdog of this version */
  constructor(path: string) {
    const memory = mapFile(path, PAGE_BYTES);
    this.#words = new Int32Array(memory, 0, SLOTS_AT / 4);
    this.#numbers = new Float64Array(memory, 0, SLOTS_AT / 8);
    this.#shared = new Int32Array(memory, 0, RELEASE_AT / 4);
    this.#view = new DataView(memory);
    this.#memory = memory;
    this.#bytes = new Uint8Array(memory);
    if (this.#words[MAGIC] !== PAGE_MAGIC) throw new Error(`${path} is not the memory of a watchdog`);
  }

  /** Number of this process among those that the watchdog has started: 1 for the first. */
  get life(): number {
    return this.#word(LIFE);
  }

  /** `respawns`: if it dies, another takes its place. */
  watchMe(respawns: boolean): void {
    this.#words[WATCHED] = respawns ? 1 : 2;
  }

  /** Descriptors of the watchdog that have pid files locked. */
  heldByWatchdog(): readonly number[] {
    return Array.from({ length: MOST_PID_FILES }, (_, index) => this.#word(HELD_PID_FILES + index));
  }

  beat(nowUs: number): void {
    this.#numbers[BEAT] = nowUs;
  }

  ready(): void {
    this.#words[READY] = 1;
  }

  /** Descriptor of this process that has a pid file locked. */
  lockedBy(index: number, fd: number): void {
    if (index < MOST_PID_FILES) this.#words[PID_FILES + index] = fd;
  }

  say(what: SaidToServiceManager, nowUs: number): void {
    if (what === 'reloading') this.#numbers[RELOADING_US] = nowUs;
    this.#words[SAID[what]] = this.#word(SAID[what]) + 1;
  }

  /** How many notes were ever written. */
  get notes(): number {
    return this.#word(NOTES);
  }

  /**
   * What the watchdog saw and no history has yet, or what came after the first `from` notes, oldest first; before that, the first
   * worker of these was ready. `end`: how many were ever written.
   */
  untold(from = this.#word(TOLD_NOTES)): {
    readonly notes: readonly WatchdogNote[];
    readonly end: number;
    readonly wasReady: boolean;
    readonly quickDeaths: number;
  } {
    const end = this.#word(NOTES);
    const first = Math.max(from, end - MOST_NOTES);
    const notes = Array.from({ length: end - first }, (_, index) => this.#note((first + index) % MOST_NOTES));
    return { notes, end, wasReady: this.#word(WAS_READY) === 1, quickDeaths: this.#word(QUICK_DEATHS) };
  }

  /** So many notes are in the history. */
  told(notes: number): void {
    this.#words[TOLD_NOTES] = notes;
  }

  /** Slots that are in use, by the digest of what they are about. */
  slots(): readonly { readonly slot: number; readonly name: string }[] {
    const used: { slot: number; name: string }[] = [];
    for (let slot = 0; slot < MOST_SLOTS && this.#slotWord(slot, SLOT.life) !== 0; slot++)
      used.push({ slot, name: this.#digest(slot, SLOT.name) });
    return used;
  }

  /**
   * What a former worker left, and if that was master, the right to say what becomes of it: until `settle` the watchdog does not give it
   * up, unless that takes too long.
   */
  claim(slot: number, nowUs: number): SlotContent {
    if (this.#slotWord(slot, SLOT.life) !== this.life) {
      this.#view.setFloat64(placeOf(slot) + SLOT.claimed, nowUs, true);
      this.#exchangeRole(slot, MASTER, CLAIMED);
    }
    return this.slot(slot);
  }

  /** As `setRole` of what was claimed. False: that took too long, and the watchdog has given it up meanwhile. */
  settle(slot: number, role: SlotRole, told: boolean): boolean {
    const at = placeOf(slot);
    this.#view.setUint32(at + SLOT.told, told ? 1 : 0, true);
    this.#view.setUint32(at + SLOT.life, this.life, true);
    return this.#exchangeRole(slot, CLAIMED, ROLES.indexOf(role));
  }

  slot(slot: number): SlotContent {
    const role = this.#slotWord(slot, SLOT.role);
    return {
      role: role === CLAIMED ? 'master' : (ROLES[role] ?? 'none'),
      keptUntilUs: this.#view.getFloat64(placeOf(slot) + SLOT.keptUntil, true),
      advertUs: this.#view.getFloat64(placeOf(slot) + SLOT.advert, true),
      told: this.#slotWord(slot, SLOT.told) === 1,
      digest: this.#digest(slot, SLOT.digest),
    };
  }

  nameSlot(slot: number, name: string): void {
    this.#bytes.set(Buffer.from(name, 'hex'), placeOf(slot) + SLOT.name);
  }

  /** Where `sent` writes, for whoever sends without a turn of the loop: a double. */
  sentPlace(slot: number): SharedPlace {
    return { memory: this.#memory, offset: placeOf(slot) + SLOT.advert };
  }

  /** Where the thread that repeats adverts shows that it lives. */
  get announcerPlace(): SharedPlace {
    return { memory: this.#memory, offset: ANNOUNCER * 4 };
  }

  /** The hot path: one store. */
  sent(slot: number, nowUs: number): void {
    this.#view.setFloat64(placeOf(slot) + SLOT.advert, nowUs, true);
  }

  /** From now on the slot is this worker's. */
  setRole(slot: number, role: SlotRole, told: boolean): void {
    const at = placeOf(slot);
    this.#view.setUint32(at + SLOT.told, told ? 1 : 0, true);
    this.#view.setUint32(at + SLOT.role, ROLES.indexOf(role), true);
    this.#view.setUint32(at + SLOT.life, this.life, true);
  }

  setPriority(slot: number, priority: number): void {
    this.#view.setUint32(placeOf(slot) + SLOT.priority, priority, true);
  }

  setTerms(slot: number, digest: string, leaseUs: number, intervalUs: number): void {
    this.#bytes.set(Buffer.from(digest, 'hex'), placeOf(slot) + SLOT.digest);
    this.#view.setFloat64(placeOf(slot) + SLOT.lease, leaseUs, true);
    this.#view.setFloat64(placeOf(slot) + SLOT.interval, intervalUs, true);
  }

  /** All are written anew. Those of a former worker stay valid until then. */
  beginReleases(): void {
    this.#inSecondHalf = !this.#inSecondHalf;
    this.#releasesEnd = this.#inSecondHalf ? RELEASE_BYTES / 2 : 0;
  }

  /** What does not fit is left out: then silence tells, and the next worker tidies up. */
  setReleases(slot: number, releases: readonly Release[]): void {
    const lengths = releases.map(({ bytes }) => RELEASE_HEAD_BYTES + ((bytes.length + 3) & ~3));
    const length = lengths.reduce((sum, each) => sum + each, 0);
    const start = this.#releasesEnd;
    const fits = start + length <= (this.#inSecondHalf ? RELEASE_BYTES : RELEASE_BYTES / 2);
    this.#view.setUint32(placeOf(slot) + SLOT.releaseLength, 0, true);
    if (!fits) return;
    let at = RELEASE_AT + start;
    for (const [index, release] of releases.entries()) {
      this.#view.setUint32(at, release.type, true);
      this.#view.setUint32(at + 4, release.index, true);
      this.#view.setUint32(at + 8, release.bytes.length, true);
      this.#bytes.set(release.bytes, at + RELEASE_HEAD_BYTES);
      at += lengths[index] ?? 0;
    }
    this.#view.setUint32(placeOf(slot) + SLOT.releaseAt, start, true);
    this.#view.setUint32(placeOf(slot) + SLOT.releaseLength, length, true);
    this.#releasesEnd = start + length;
  }

  /** Names of failed checks, one a line, and when they were written; null: never. */
  failedChecks(): { readonly text: string; readonly atUs: number } | null {
    const half = this.#word(FAILED_HALF);
    if (half === 0) return null;
    const at = FAILED_AT + (half - 1) * (FAILED_BYTES / 2);
    const start = at + FAILED_HEAD_BYTES;
    const length = Math.min(this.#view.getUint32(at, true), FAILED_BYTES / 2 - FAILED_HEAD_BYTES);
    const text = Buffer.from(this.#bytes.slice(start, start + length)).toString();
    return { text, atUs: this.#view.getFloat64(at + 8, true) };
  }

  /** What does not fit is left out: those checks begin as after any start. */
  setFailedChecks(text: string, nowUs: number): void {
    const half = this.#word(FAILED_HALF) === 1 ? 2 : 1;
    const at = FAILED_AT + (half - 1) * (FAILED_BYTES / 2);
    const bytes = Buffer.from(text);
    const room = FAILED_BYTES / 2 - FAILED_HEAD_BYTES;
    const end = bytes.length <= room ? bytes.length : bytes.lastIndexOf('\n', room - 1);
    this.#bytes.set(bytes.subarray(0, Math.max(0, end)), at + FAILED_HEAD_BYTES);
    this.#view.setUint32(at, Math.max(0, end), true);
    this.#view.setFloat64(at + 8, nowUs, true);
    this.#words[FAILED_HALF] = half;
  }

  #slotWord(slot: number, at: number): number {
    return this.#view.getUint32(placeOf(slot) + at, true);
  }

  #exchangeRole(slot: number, from: number, to: number): boolean {
    const index = (placeOf(slot) + SLOT.role) / 4;
    return Atomics.compareExchange(this.#shared, index, from, to) === from;
  }

  #digest(slot: number, at: number): string {
    const start = placeOf(slot) + at;
    return Buffer.from(this.#bytes.slice(start, start + DIGEST_BYTES)).toString('hex');
  }

  #word(at: number): number {
    return this.#words[at] ?? 0;
  }

  #note(index: number): WatchdogNote {
    const at = NOTES_AT + index * NOTE_BYTES;
    const view = this.#view;
    return {
      atUs: view.getFloat64(at, true),
      atWallUs: view.getFloat64(at + 8, true),
      fact: view.getUint32(at + 16, true),
      pid: view.getInt32(at + 20, true),
      signal: view.getInt32(at + 24, true),
      exitCode: view.getInt32(at + 28, true),
      spanUs: view.getFloat64(at + 32, true),
      gapUs: view.getFloat64(at + 40, true),
    };
  }
}

function placeOf(slot: number): number {
  return SLOTS_AT + slot * SLOT_BYTES;
}
