/**
 * What repeats for one instance, its adverts or those that it awaits, as the native engine does it for a daemon (native/src/heartbeat).
 * Whether each of them is an event is decided by Repeaters. Times are those of the router's own clock.
 */
import type { AdvertPacket } from '../../../src/engine/heartbeat/advert-packets.ts';
import type {
  Stretch as Counted,
  KnownPacket,
  RepeatedAdverts,
  Repetition,
  Repeated as Said,
  Schedule,
} from '../../../src/engine/heartbeat/repetition.ts';
import type { ActorId } from '../../../src/engine/types.ts';
import type { Lan } from '../story/model.ts';
import type { Host } from './host.ts';
import type { Repeaters } from './repeaters.ts';
import type { Leg, Stretch } from './stretch.ts';

/** What an instance has of its process. */
export interface RepeatedParts {
  readonly host: Host;
  readonly lan: Lan;
  /** A whole packet leaves. Null, or why it does not. */
  readonly send: (packet: Uint8Array) => string | null;
  /** The newest of several packets that have left without `send`. */
  readonly sent: (packet: Uint8Array, atUs: number) => void;
  readonly stalled: (stalledUs: number) => void;
  readonly silenceFound: (generation: number, deadlineUs: number) => void;
  readonly led: (deadlineUs: number, sentUs: number) => void;
  readonly sendingFailed: (packet: number, error: string) => void;
  readonly sendingRecovered: () => void;
}

const NONE: Counted = { count: 0, firstUs: 0, firstWallUs: 0, lastUs: 0, lastWallUs: 0, largestGapUs: 0 };
const IDENTIFICATIONS = 0xffff;
const NEVER = Number.POSITIVE_INFINITY;

export class Repeated implements Repetition {
  readonly actor: ActorId;
  readonly parts: RepeatedParts;
  packets: readonly AdvertPacket[] = [];
  intervalUs = 0;
  nextUs = 0;
  failing = false;
  known: KnownPacket | null = null;
  isWatching = false;
  deadlineUs = 0;
  allowedUs = 0;
  /** When the awaited advert came last, as an event or otherwise. */
  heardUs = Number.NEGATIVE_INFINITY;
  /** Counts announcements, of all instances. */
  turn = 0;
  /** Those of its own that leave without an event each, and those of another that it hears so. */
  sending: Stretch | null = null;
  hearing: Leg | null = null;
  readonly #repeaters: Repeaters;
  #schedule: Schedule | null = null;
  #identification = 0;
  #silenceToleranceUs = 0;
  #sent = NONE;
  #received = NONE;
  #generation = 0;
  #cancelAdvert: () => void = () => {};
  #cancelSilence: () => void = () => {};
  #silenceArmedUs = NEVER;
  /** Leaves as soon as there is silence; null: none does. */
  #first: readonly AdvertPacket[] | null = null;
  #hasLed = false;

  constructor(actor: ActorId, parts: RepeatedParts, repeaters: Repeaters) {
    this.actor = actor;
    this.parts = parts;
    this.#repeaters = repeaters;
  }

  announce(schedule: Schedule): void {
    this.#repeaters.breakOff();
    this.#schedule = schedule;
    this.packets = schedule.packets;
    this.intervalUs = schedule.intervalUs;
    this.failing = schedule.failing;
    this.#identification = schedule.identification;
    this.turn = this.#repeaters.nextTurn();
    this.planAdvert(schedule.nextUs);
  }

  revise({ packets }: Said): void {
    this.#repeaters.breakOff();
    this.packets = packets;
  }

  setFailing(failing: boolean): void {
    this.#repeaters.breakOff();
    this.failing = failing;
  }

  stopAnnouncing(): void {
    this.#repeaters.breakOff();
    this.#schedule = null;
    this.#cancelAdvert();
  }

  get isAnnouncing(): boolean {
    return this.#schedule !== null;
  }

  lead(packets: readonly AdvertPacket[], identification: number): boolean {
    this.#first = packets.length === 0 ? null : packets;
    if (this.#schedule === null) this.#identification = identification;
    return true;
  }

  takeUp(): boolean {
    const hasLed = this.#hasLed;
    this.#hasLed = false;
    return hasLed;
  }

  watch(deadlineUs: number, allowedUs: number, stallToleranceUs: number): void {
    this.#repeaters.breakOff();
    this.isWatching = true;
    this.#generation += 1;
    this.deadlineUs = deadlineUs;
    this.allowedUs = allowedUs;
    this.#silenceToleranceUs = stallToleranceUs;
    this.armSilence();
  }

  adjustWatch(allowedUs: number): void {
    this.#repeaters.breakOff();
    this.deadlineUs += allowedUs - this.allowedUs;
    this.allowedUs = allowedUs;
    this.armSilence();
  }

  heard(atUs: number): void {
    this.heardUs = Math.max(this.heardUs, atUs);
    this.deadlineUs = Math.max(this.deadlineUs, atUs + this.allowedUs);
  }

  setKnown(known: KnownPacket | null): void {
    this.#repeaters.breakOff();
    this.known = known;
  }

  stopWatching(): void {
    this.#repeaters.breakOff();
    this.isWatching = false;
    this.known = null;
    this.#first = null;
    this.#cancelSilence();
    this.#silenceArmedUs = NEVER;
  }

  confirmSilence(generation: number): boolean {
    if (!this.isWatching || generation !== this.#generation) return false;
    this.isWatching = false;
    return true;
  }

  take(): RepeatedAdverts {
    this.#repeaters.count(this.sending);
    this.#repeaters.count(this.hearing?.stretch ?? null);
    const taken = { sent: this.#sent, received: this.#received, identification: this.#identification };
    this.#sent = NONE;
    this.#received = NONE;
    return taken;
  }

  end(): void {
    this.stopAnnouncing();
    this.stopWatching();
    this.#repeaters.ended(this);
  }

  /** Its process is gone. */
  kill(): void {
    this.#schedule = null;
    this.isWatching = false;
    this.#cancelAdvert();
    this.#cancelSilence();
  }

  /** The next advert that is an event. */
  planAdvert(atUs: number): void {
    this.nextUs = atUs;
    this.wakeAt(atUs);
  }

  /** Nothing of its schedule is an event until then. */
  wakeAt(atUs: number): void {
    this.#cancelAdvert();
    this.#cancelAdvert = this.parts.host.clock.at(atUs, () => {
      if (this.parts.host.life?.isPaused !== true) this.#repeaters.advertDue(this);
    });
  }

  /** Once for many adverts: whoever comes too early looks again. */
  armSilence(): void {
    if (!this.isWatching) return;
    const dueUs = Math.max(this.deadlineUs, this.hearing?.silenceUs ?? 0);
    if (dueUs >= this.#silenceArmedUs) return;
    this.#cancelSilence();
    this.#silenceArmedUs = dueUs;
    this.#cancelSilence = this.parts.host.clock.at(dueUs, () => {
      this.#silenceArmedUs = NEVER;
      if (this.parts.host.life?.isPaused !== true) this.lookForSilence();
    });
  }

  lookForSilence(): void {
    this.#repeaters.count(this.hearing?.stretch ?? null);
    if (!this.isWatching) return;
    if (this.deadlineUs > this.#nowUs()) this.armSilence();
    else if (!this.#leads()) this.parts.silenceFound(this.#generation, this.deadlineUs);
  }

  /** False: it could not leave. */
  #leads(): boolean {
    const packets = this.#first;
    this.#first = null;
    if (packets === null) return false;
    this.#identification = (this.#identification % IDENTIFICATIONS) + 1;
    if (!packets.map(({ bytes }) => this.parts.send(bytes)).includes(null)) return false;
    const nowUs = this.#nowUs();
    this.#repeaters.breakOff();
    this.#countSent(1, nowUs);
    this.isWatching = false;
    this.#hasLed = true;
    this.parts.led(this.deadlineUs, nowUs);
    return true;
  }

  /** By how much whoever repeats is late, where that is worth a fact; 0: it is not. */
  get stalledUs(): number {
    const nowUs = this.#nowUs();
    const lateUs = [
      [this.#schedule === null ? NEVER : this.nextUs, this.#schedule?.stallToleranceUs ?? 0],
      [this.isWatching ? this.deadlineUs : NEVER, this.#silenceToleranceUs],
    ].map(([dueUs = NEVER, toleranceUs = 0]) => (nowUs - dueUs > toleranceUs ? nowUs - dueUs : 0));
    return Math.max(...lateUs);
  }

  /** One advert as an event. The schedule is absolute; after a stall it begins anew. */
  sendNow(): void {
    const schedule = this.#schedule;
    if (schedule === null) return;
    const nowUs = this.#nowUs();
    const isLate = nowUs - this.nextUs > schedule.stallToleranceUs;
    this.planAdvert((isLate ? nowUs : this.nextUs) + this.intervalUs);
    this.#identification = (this.#identification % IDENTIFICATIONS) + 1;
    const failures = this.packets.map(({ bytes }) => this.parts.send(bytes));
    if (failures.includes(null)) this.#countSent(1, nowUs);
    const failed = failures.findIndex((failure) => failure !== null);
    const error = failures[failed];
    const wasFailing = this.failing;
    if (failures.length > 0) this.failing = failed !== -1;
    if (this.failing === wasFailing) return;
    if (typeof error === 'string') this.parts.sendingFailed(failed, error);
    else this.parts.sendingRecovered();
  }

  /** So many adverts have left without an event each, the first of them then. */
  passOver(count: number, firstUs: number): void {
    this.#countSent(count, firstUs);
    this.#identification = ((this.#identification + count - 1) % IDENTIFICATIONS) + 1;
    const lastUs = firstUs + (count - 1) * this.intervalUs;
    for (const { bytes } of this.packets) this.parts.sent(bytes, lastUs);
  }

  /** So many adverts that are awaited have come. */
  countHeard(count: number, firstUs: number, everyUs: number): void {
    this.#received = this.#counted(this.#received, count, firstUs, everyUs);
    this.heard(firstUs + (count - 1) * everyUs);
  }

  #countSent(count: number, firstUs: number): void {
    this.#sent = this.#counted(this.#sent, count, firstUs, this.intervalUs);
  }

  #counted(before: Counted, count: number, firstUs: number, everyUs: number): Counted {
    const { clock } = this.parts.host;
    const wallUs = clock.wallUs() - clock.monotonicUs();
    const lastUs = firstUs + (count - 1) * everyUs;
    const isFirst = before.count === 0;
    const gapUs = Math.max(count > 1 ? everyUs : 0, isFirst ? 0 : firstUs - before.lastUs);
    return {
      count: before.count + count,
      firstUs: isFirst ? firstUs : before.firstUs,
      firstWallUs: isFirst ? firstUs + wallUs : before.firstWallUs,
      lastUs,
      lastWallUs: lastUs + wallUs,
      largestGapUs: Math.max(before.largestGapUs, gapUs),
    };
  }

  #nowUs(): number {
    return this.parts.host.clock.monotonicUs();
  }
}
