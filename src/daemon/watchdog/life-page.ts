/**
 * Memory that this process shares with its watchdog (native/starter/life-page.h has the same places). It outlives this process, and
 * nobody else can reach it. Times are microseconds of CLOCK_MONOTONIC. Writing is a store to memory: no system call, no copy.
 */
import { mapFile } from '../../../native/process.ts';

const PAGE_MAGIC = 0x524c5750;
const NOTES_AT = 1_536;
const NOTE_BYTES = 40;
const MOST_NOTES = 64;
const SLOTS_AT = 4_096;
const SLOT_BYTES = 128;
export const MOST_SLOTS = 4_096;
const RELEASE_AT = SLOTS_AT + MOST_SLOTS * SLOT_BYTES;
export const RELEASE_BYTES = 4 * 1024 * 1024;
export const PAGE_BYTES = RELEASE_AT + RELEASE_BYTES;
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
/** Places of numbers of 64 bits, counted in such numbers. */
const BEAT = 1;
const RELOADING_US = 6;

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
  readonly #view: DataView;

  /** @throws SystemError, or Error if this is not the memory of a watchdog of this version */
  constructor(path: string) {
    const memory = mapFile(path, PAGE_BYTES);
    this.#words = new Int32Array(memory, 0, SLOTS_AT / 4);
    this.#numbers = new Float64Array(memory, 0, SLOTS_AT / 8);
    this.#view = new DataView(memory);
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

  /** What the watchdog saw and no history has yet, oldest first; before that, the first worker of these was ready. */
  untold(): {
    readonly notes: readonly WatchdogNote[];
    readonly wasReady: boolean;
    readonly quickDeaths: number;
  } {
    const end = this.#word(NOTES);
    const first = Math.max(this.#word(TOLD_NOTES), end - MOST_NOTES);
    const notes = Array.from({ length: end - first }, (_, index) => this.#note((first + index) % MOST_NOTES));
    return { notes, wasReady: this.#word(WAS_READY) === 1, quickDeaths: this.#word(QUICK_DEATHS) };
  }

  /** All notes so far are in the history. */
  told(): void {
    this.#words[TOLD_NOTES] = this.#word(NOTES);
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
    };
  }
}
