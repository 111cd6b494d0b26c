/**
 * What repeats of an instance, done by somebody who needs no turn of the loop for it (src/io/heartbeat: the native engine).
 * It decides nothing: the core says what leaves, which packet says the same again, and how long silence may last.
 */
import type { AdvertPacket } from './advert-packets.ts';

/** An accepted packet. */
export interface KnownPacket {
  readonly bytes: Uint8Array;
  /** 255 where another packet must be equal to say the same, 0 where it may differ. */
  readonly mask: Uint8Array;
}

export interface Repeated {
  readonly packets: readonly AdvertPacket[];
  /** What gives the mastership up, for when nobody can be asked any more. */
  readonly resignation: readonly AdvertPacket[];
}

export interface Schedule extends Repeated {
  readonly nextUs: number;
  readonly intervalUs: number;
  /** Lateness from which on the process must have been kept from running. */
  readonly stallToleranceUs: number;
  /** Lateness from which on an advert does not leave, until somebody has decided; 0: it always leaves. */
  readonly expiredUs: number;
  /** Whether the last advert could not be sent to everybody. */
  readonly failing: boolean;
  /** IP identification of the last advert. */
  readonly identification: number;
}

/** Adverts in a row that said the same, in one direction. Times monotonic, `...WallUs` Unix. */
export interface Stretch {
  readonly count: number;
  readonly firstUs: number;
  readonly firstWallUs: number;
  readonly lastUs: number;
  readonly lastWallUs: number;
  readonly largestGapUs: number;
}

export interface RepeatedAdverts {
  readonly sent: Stretch;
  readonly received: Stretch;
  /** IP identification of the last advert. */
  readonly identification: number;
}

/** Nobody has said for so long that this process still runs its statecharts that what was announced has been given up. */
export interface LeaseLoss {
  /** How long nobody has. */
  readonly leaseUs: number;
  /** Whether priority 0 could be sent. */
  readonly resigned: boolean;
  readonly atUs: number;
  readonly atWallUs: number;
}

/** Of one instance. Calls take effect before they return. */
export interface Repetition {
  announce(schedule: Schedule): void;
  /** From the next advert on. Nothing if nothing is announced. */
  revise(repeated: Repeated): void;
  setFailing(failing: boolean): void;
  stopAnnouncing(): void;
  readonly isAnnouncing: boolean;
  /**
   * This advert leaves at the deadline itself, once, if there is silence and nothing is left to think about. No packets: none
   * does. False: it has left and nothing changes any more. `identification`: IP identification of the advert before it.
   */
  lead(packets: readonly AdvertPacket[], identification: number): boolean;
  /** Of an advert that has left by itself: the core answers for it from now on. False: that is an old story. */
  takeUp(): boolean;
  /** Silence is told once at `deadlineUs`, unless what puts it off comes before. */
  watch(deadlineUs: number, allowedUs: number, stallToleranceUs: number): void;
  /** The deadline moves by as much as the allowed time changes. */
  adjustWatch(allowedUs: number): void;
  /** The awaited advert came then: the deadline is the allowed time later, but never nearer than it was. */
  heard(atUs: number): void;
  /** A packet that is equal to this one puts the deadline off and is counted, not told. Null: none is. */
  setKnown(known: KnownPacket | null): void;
  /** Nothing is awaited, and no packet known, any more. */
  stopWatching(): void;
  /** Whether the silence that was told under this number still is one. Then nothing is awaited any more. */
  confirmSilence(generation: number): boolean;
  /** What it has counted since it was asked last. */
  take(): RepeatedAdverts;
  end(): void;
}
