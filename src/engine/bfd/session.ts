/** What the packet service knows of one BFD session. */
import type { BfdIdentity } from '../../machines/bfd/bfd.effects.ts';
import type { ControlFact } from '../../machines/bfd/bfd.events.ts';
import { BFD_FAULTS, type BfdControl, type BfdFault } from '../../protocol/bfd.ts';
import type { BfdStatus } from '../bfd.ts';
import { Deadline, NEVER } from '../heartbeat/deadline-heap.ts';
import { type HeartbeatRun, RunCounter } from '../heartbeat/run-counter.ts';
import type { ActorId } from '../types.ts';

/** What falls due for a session: its next packet, its neighbour's silence, or the hand-over of a run. */
export type SessionDeadline = 'transmit' | 'silence' | 'runs';

export interface SessionOwner {
  readonly session: Session;
  readonly kind: SessionDeadline;
}

/** Lateness below this is the ordinary noise of a scheduler and not worth a fact. */
export const STALL_FLOOR_US = 10_000;

export function noFaults(): Record<BfdFault, number> {
  return Object.fromEntries(BFD_FAULTS.map((fault) => [fault, 0])) as Record<BfdFault, number>;
}

export class Session {
  readonly actor: ActorId;
  identity: BfdIdentity;
  /** What is sent, and as which bytes; null before the machine has said. */
  packet: BfdControl | null = null;
  intervalUs: number | null = null;
  awaited: ControlFact | null = null;
  detectUs: number | null = null;
  sendFailing = false;

  received = 0;
  sent = 0;
  readonly errors = noFaults();
  lastReceivedUs: number | null = null;

  readonly transmitDue: Deadline<SessionOwner>;
  readonly silenceDue: Deadline<SessionOwner>;
  readonly runsDue: Deadline<SessionOwner>;
  readonly receivedRun: RunCounter;
  readonly sentRun: RunCounter;

  constructor(actor: ActorId, identity: BfdIdentity, emitRun: (run: HeartbeatRun) => void) {
    this.actor = actor;
    this.identity = identity;
    this.transmitDue = new Deadline<SessionOwner>({ session: this, kind: 'transmit' });
    this.silenceDue = new Deadline<SessionOwner>({ session: this, kind: 'silence' });
    this.runsDue = new Deadline<SessionOwner>({ session: this, kind: 'runs' });
    this.receivedRun = new RunCounter(actor, 'received', emitRun);
    this.sentRun = new RunCounter(actor, 'sent', emitRun);
  }

  get runsMustCloseUs(): number {
    return Math.min(this.receivedRun.mustCloseUs, this.sentRun.mustCloseUs, NEVER);
  }

  /**
   * Lateness of this deadline from which on the process was kept from running for so long that it endangers the session:
   * half of the time after which one end takes the other one for dead.
   */
  stallToleranceUs(kind: 'transmit' | 'silence'): number {
    const patienceUs =
      kind === 'silence' ? this.detectUs : (this.intervalUs ?? 0) * (this.packet?.multiplier ?? 1);
    return Math.max(STALL_FLOOR_US, (patienceUs ?? 0) / 2);
  }

  status(): BfdStatus {
    return {
      counters: { received: this.received, sent: this.sent, errors: { ...this.errors } },
      lastReceivedUs: this.lastReceivedUs,
      transmitIntervalUs: this.intervalUs,
      detectUs: this.detectUs,
    };
  }
}

/** RFC 5880 section 6.8.7: the bits of a poll sequence alone are no reason to send out of turn. */
export function saysTheSame(a: BfdControl | null, b: BfdControl): boolean {
  return (
    a !== null &&
    a.state === b.state &&
    a.diagnostic === b.diagnostic &&
    a.demand === b.demand &&
    a.multiplier === b.multiplier &&
    a.myDiscriminator === b.myDiscriminator &&
    a.yourDiscriminator === b.yourDiscriminator &&
    a.desiredMinTxUs === b.desiredMinTxUs &&
    a.requiredMinRxUs === b.requiredMinRxUs
  );
}

export function isSameFact(a: ControlFact | null, b: ControlFact): boolean {
  return (
    a !== null &&
    a.state === b.state &&
    a.diagnostic === b.diagnostic &&
    a.poll === b.poll &&
    a.final === b.final &&
    a.demand === b.demand &&
    a.multiplier === b.multiplier &&
    a.discriminator === b.discriminator &&
    a.minTxUs === b.minTxUs &&
    a.minRxUs === b.minRxUs
  );
}

/** The neighbour's packet from its own side. */
export function factOf(control: BfdControl): ControlFact {
  return {
    state: control.state,
    diagnostic: control.diagnostic,
    poll: control.poll,
    final: control.final,
    demand: control.demand,
    multiplier: control.multiplier,
    discriminator: control.myDiscriminator,
    minTxUs: control.desiredMinTxUs,
    minRxUs: control.requiredMinRxUs,
  };
}
