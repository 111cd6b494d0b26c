/** A repetition that only remembers what it was asked for. What it has counted is written to it. */
import type { AdvertPacket } from '../../src/engine/heartbeat/advert-packets.ts';
import type {
  KnownPacket,
  Repeated,
  RepeatedAdverts,
  Repetition,
  Schedule,
  Stretch,
} from '../../src/engine/heartbeat/repetition.ts';

const WALL_OFFSET_US = 1_700_000_000_000_000;

type Counted = Pick<Stretch, 'count' | 'firstUs' | 'lastUs'> & Partial<Stretch>;

const NOTHING: Counted = { count: 0, firstUs: 0, lastUs: 0 };

export class RecordedRepetition implements Repetition {
  schedule: Schedule | null = null;
  revised: Repeated | null = null;
  failing = false;
  deadlineUs: number | null = null;
  known: KnownPacket | null = null;
  generation = 0;
  ended = false;
  /** What may leave by itself; whether it has. */
  first: readonly AdvertPacket[] = [];
  hasLed = false;
  sent: Counted = NOTHING;
  received: Counted = NOTHING;
  #allowedUs = 0;

  announce(schedule: Schedule): void {
    this.schedule = schedule;
  }
  revise(repeated: Repeated): void {
    this.revised = repeated;
  }
  setFailing(failing: boolean): void {
    this.failing = failing;
  }
  stopAnnouncing(): void {
    this.schedule = null;
  }
  get isAnnouncing(): boolean {
    return this.schedule !== null;
  }
  lead(packets: readonly AdvertPacket[]): boolean {
    if (!this.hasLed) this.first = packets;
    return !this.hasLed;
  }
  takeUp(): boolean {
    const { hasLed } = this;
    this.hasLed = false;
    return hasLed;
  }
  watch(deadlineUs: number, allowedUs: number): void {
    this.generation++;
    this.#allowedUs = allowedUs;
    this.deadlineUs = deadlineUs;
  }
  adjustWatch(allowedUs: number): void {
    this.watch((this.deadlineUs ?? 0) + allowedUs - this.#allowedUs, allowedUs);
  }
  heard(atUs: number): void {
    this.generation++;
    this.deadlineUs = Math.max(this.deadlineUs ?? 0, atUs + this.#allowedUs);
  }
  setKnown(known: KnownPacket | null): void {
    this.known = known;
  }
  stopWatching(): void {
    this.generation++;
    this.deadlineUs = null;
    this.known = null;
    this.first = [];
  }
  confirmSilence(generation: number): boolean {
    return generation === this.generation;
  }
  take(): RepeatedAdverts {
    const { sent, received } = this;
    this.sent = NOTHING;
    this.received = NOTHING;
    return { sent: stretch(sent), received: stretch(received), identification: sent.count };
  }
  end(): void {
    this.ended = true;
  }
}

function stretch(counted: Counted): Stretch {
  const firstWallUs = WALL_OFFSET_US + counted.firstUs;
  const lastWallUs = WALL_OFFSET_US + counted.lastUs;
  return { largestGapUs: 0, firstWallUs, lastWallUs, ...counted };
}
