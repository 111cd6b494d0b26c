/** What the engine repeats for one instance. */
import type { HeartbeatEngine } from '../../../native/heartbeat-engine.ts';
import type { AdvertPacket } from '../../engine/heartbeat/advert-packets.ts';
import type {
  KnownPacket,
  Repeated,
  RepeatedAdverts,
  Repetition,
  Schedule,
} from '../../engine/heartbeat/repetition.ts';

export interface RepetitionListener {
  announces(slot: number, announces: boolean): void;
  /** There is an advert that may leave by itself. */
  leads(slot: number, leads: boolean): void;
  ended(slot: number): void;
}

export class NativeRepetition implements Repetition {
  readonly #engine: HeartbeatEngine;
  readonly #slot: number;
  readonly #listener: RepetitionListener;

  constructor(engine: HeartbeatEngine, slot: number, listener: RepetitionListener) {
    this.#engine = engine;
    this.#slot = slot;
    this.#listener = listener;
  }

  announce({ packets, resignation, ...schedule }: Schedule): void {
    const { intervalUs, nextUs, stallToleranceUs, expiredUs, failing, identification } = schedule;
    const times = [intervalUs, nextUs, stallToleranceUs, expiredUs] as const;
    const all = [bytesOf(packets), bytesOf(resignation)] as const;
    this.#listener.announces(this.#slot, true);
    this.#engine.native.announce(this.#slot, ...all, ...times, failing, identification);
  }

  revise({ packets, resignation }: Repeated): void {
    this.#engine.native.revise(this.#slot, bytesOf(packets), bytesOf(resignation));
  }

  setFailing(failing: boolean): void {
    this.#engine.native.setFailing(this.#slot, failing);
  }

  stopAnnouncing(): void {
    this.#listener.announces(this.#slot, false);
    this.#engine.native.stopAnnouncing(this.#slot);
  }

  get isAnnouncing(): boolean {
    return this.#engine.native.isAnnounced(this.#slot);
  }

  lead(packets: readonly AdvertPacket[], identification: number): boolean {
    this.#listener.leads(this.#slot, packets.length > 0);
    return this.#engine.native.lead(this.#slot, bytesOf(packets), identification);
  }

  takeUp(): boolean {
    this.#listener.leads(this.#slot, false);
    return this.#engine.native.takeUp(this.#slot);
  }

  watch(deadlineUs: number, allowedUs: number, stallToleranceUs: number): void {
    this.#engine.native.watch(this.#slot, deadlineUs, allowedUs, stallToleranceUs);
  }

  adjustWatch(allowedUs: number): void {
    this.#engine.native.adjust(this.#slot, allowedUs);
  }

  heard(atUs: number): void {
    this.#engine.native.heard(this.#slot, atUs);
  }

  setKnown(known: KnownPacket | null): void {
    this.#engine.native.setKnown(this.#slot, known?.bytes ?? null, known?.mask ?? null);
  }

  stopWatching(): void {
    this.#listener.leads(this.#slot, false);
    this.#engine.native.stopWatching(this.#slot);
  }

  confirmSilence(generation: number): boolean {
    return this.#engine.native.confirmSilence(this.#slot, generation);
  }

  take(): RepeatedAdverts {
    return this.#engine.take(this.#slot);
  }

  end(): void {
    this.#engine.native.removeSlot(this.#slot);
    this.#listener.announces(this.#slot, false);
    this.#listener.leads(this.#slot, false);
    this.#listener.ended(this.#slot);
  }
}

function bytesOf(packets: readonly AdvertPacket[]): Uint8Array[] {
  return packets.map(({ bytes }) => bytes);
}
