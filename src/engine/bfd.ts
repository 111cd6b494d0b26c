/**
 * The packet service of BFD sessions: periodic packets and the Detection Time are the hot path, so a machine declares
 * what shall hold and hears only of change. Implementation: src/io/bfd.
 */
import type { BfdIdentity } from '../machines/bfd/bfd.effects.ts';
import type { BfdEvent, ControlFact } from '../machines/bfd/bfd.events.ts';
import type { BfdControl, BfdFault } from '../protocol/bfd.ts';
import type { ActorId, JournalRun } from './types.ts';

export interface BfdCounters {
  readonly received: number;
  readonly sent: number;
  /** Packets that reached the session and were discarded all the same. */
  readonly errors: Readonly<Record<BfdFault, number>>;
}

export interface BfdStatus {
  readonly counters: BfdCounters;
  /** Monotonic time of the newest accepted packet; null if there was none. */
  readonly lastReceivedUs: number | null;
  /** Before jitter; null: nothing is sent periodically. */
  readonly transmitIntervalUs: number | null;
  /** Detection Time; null: silence does not matter. */
  readonly detectUs: number | null;
}

export interface BfdListener {
  event(actor: ActorId, event: BfdEvent): void;
  /** Packets that say the same, summed up: `priority` is the code of the state they carry. */
  run(run: Omit<JournalRun, 'afterSeq'>): void;
}

export interface BfdPort {
  /** A discriminator that no session has. */
  drawDiscriminator(): number;
  /**
   * An open session goes on with another identity and new sockets. Throws, with the reason, if it cannot be heard or
   * cannot send; it is open all the same, and hears what others' sockets hear for it.
   */
  open(actor: ActorId, identity: BfdIdentity): void;
  transmit(actor: ActorId, packet: BfdControl, intervalUs: number | null, answerPoll: boolean): void;
  await(actor: ActorId, awaited: ControlFact | null, detectUs: number | null): void;
  close(actor: ActorId): void;
  status(actor: ActorId): BfdStatus | null;
  /** Discarded packets that belong to no session. */
  strays(): Readonly<Record<BfdFault, number>>;
}
