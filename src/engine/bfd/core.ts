/**
 * The packet service of BFD without any input or output of its own: given the time, the packets and chance, it says what
 * to send, what changed and when it wants to be called again. The driver (real sockets) holds the clock.
 */
import type { BfdIdentity } from '../../machines/bfd/bfd.effects.ts';
import type { ControlFact } from '../../machines/bfd/bfd.events.ts';
import {
  BFD_STATES,
  type BfdArrival,
  type BfdControl,
  type BfdFault,
  decodeControl,
  encodeControl,
} from '../../protocol/bfd.ts';
import type { BfdListener, BfdStatus } from '../bfd.ts';
import { DeadlineHeap } from '../heartbeat/deadline-heap.ts';
import type { ActorId } from '../types.ts';
import {
  factOf,
  isSameFact,
  noFaults,
  Session,
  type SessionOwner,
  STALL_FLOOR_US,
  saysTheSame,
} from './session.ts';

export interface BfdOutputs extends BfdListener {
  /** Returns null, or why the packet did not leave. May not call back into the core. */
  send(actor: ActorId, packet: Uint8Array): string | null;
  /** At least 0, less than 1. */
  random(): number;
}

/** No interval is shorter, so that a wrong one cannot make a busy loop. */
const SHORTEST_INTERVAL_US = 1_000;
/** keepalived: every interval is shortened by 10 to 25 %, which satisfies RFC 5880 section 6.8.7 for any multiplier. */
const LEAST_JITTER = 0.1;
const GREATEST_JITTER = 0.25;
/** No process is kept from running for longer without being taken for dead; a longer age is a clock that was set. */
const LONGEST_WAIT_US = 60_000_000;
/** `maxHops` that allows every TTL. */
const ANY_HOPS = 255;

/**
 * Semantics are those of BfdPort. Times: `nowUs` monotonic, `wallUs` Unix, integers in microseconds.
 * A driver's turn is: if `wantsDrain(now)`, read the sockets empty into `packetReceived`; then `due(now)`.
 * Calls for an actor that is not open do nothing. `event` and `run` may be called back from within any of these, and
 * may call into the core again.
 */
export class BfdCore {
  readonly #outputs: BfdOutputs;
  readonly #sessions = new Map<ActorId, Session>();
  readonly #byDiscriminator = new Map<number, Session>();
  /** Drawn, and not in use yet. */
  readonly #drawn = new Set<number>();
  readonly #deadlines = new DeadlineHeap<SessionOwner>();
  readonly #strays = noFaults();
  /** Deadlines up to here have had their lateness judged. */
  #stallsNotedUs = Number.NEGATIVE_INFINITY;

  constructor(outputs: BfdOutputs) {
    this.#outputs = outputs;
  }

  /** Not 0 (RFC 5880 section 6.8.1). There are four thousand million: chance finds a free one soon. */
  drawDiscriminator(): number {
    for (;;) {
      const drawn = 1 + Math.floor(this.#outputs.random() * 0xffff_ffff);
      if (this.#byDiscriminator.has(drawn) || this.#drawn.has(drawn)) continue;
      this.#drawn.add(drawn);
      return drawn;
    }
  }

  /** An open session goes on with another identity. */
  open(actor: ActorId, identity: BfdIdentity): void {
    const session = this.#sessions.get(actor);
    if (session !== undefined) session.identity = identity;
    else this.#sessions.set(actor, new Session(actor, identity, (run) => this.#outputs.run(run)));
  }

  close(actor: ActorId): void {
    const session = this.#sessions.get(actor);
    if (session === undefined) return;
    this.#sessions.delete(actor);
    if (session.packet !== null) this.#byDiscriminator.delete(session.packet.myDiscriminator);
    for (const deadline of [session.transmitDue, session.silenceDue, session.runsDue])
      this.#deadlines.disarm(deadline);
    session.sentRun.end();
    session.receivedRun.end();
  }

  transmit(
    actor: ActorId,
    packet: BfdControl,
    intervalUs: number | null,
    answerPoll: boolean,
    nowUs: number,
    wallUs: number,
  ): void {
    const session = this.#sessions.get(actor);
    if (session === undefined) return;
    const before = session.packet;
    const intervalBeforeUs = session.intervalUs;
    this.#identify(session, packet);
    session.packet = packet;
    session.intervalUs = intervalUs === null ? null : Math.max(intervalUs, SHORTEST_INTERVAL_US);
    if (before?.state !== packet.state) {
      session.sentRun.begin(session.identity.source ?? '', BFD_STATES.indexOf(packet.state), null);
      this.#armRuns(session);
    }
    const says = intervalUs !== null && !saysTheSame(before, packet);
    if (answerPoll) this.#answerPoll(session, nowUs, wallUs);
    else if (says) this.#send(session, packet, nowUs, wallUs);
    if (session.intervalUs === null) this.#deadlines.disarm(session.transmitDue);
    else if (says || answerPoll || intervalBeforeUs === null) this.#armTransmit(session, nowUs);
    // A shorter interval holds at once (RFC 5880 section 6.8.3); a longer one from the next packet on.
    else if (session.intervalUs < intervalBeforeUs)
      this.#armTransmit(session, nowUs, session.transmitDue.atUs);
  }

  await(actor: ActorId, awaited: ControlFact | null, detectUs: number | null, nowUs: number): void {
    const session = this.#sessions.get(actor);
    if (session === undefined) return;
    if (awaited === null) session.receivedRun.end();
    else if (!isSameFact(session.awaited, awaited))
      session.receivedRun.begin(
        session.identity.neighbor,
        BFD_STATES.indexOf(awaited.state),
        session.lastReceivedUs,
      );
    session.awaited = awaited;
    session.detectUs = detectUs;
    this.#armRuns(session);
    if (detectUs === null) this.#deadlines.disarm(session.silenceDue);
    else this.#deadlines.arm(session.silenceDue, (session.lastReceivedUs ?? nowUs) + detectUs);
  }

  /** A datagram from one of the ports. The bytes may be reused after the call returns. Never throws, whatever they are. */
  packetReceived(bytes: Uint8Array, arrival: BfdArrival, nowUs: number, wallUs: number): void {
    this.#noteStalls(nowUs);
    const decoded = decodeControl(bytes);
    if (!decoded.ok) {
      this.#strays[decoded.error]++;
      return;
    }
    const session = this.#find(decoded.control, arrival);
    if (session === null) {
      this.#strays.session++;
      return;
    }
    const fault = faultIn(session, arrival, decoded.authenticated);
    if (fault !== null) {
      session.errors[fault]++;
      return;
    }
    session.received++;
    // A packet that has waited says that the neighbour lived when it came, not that it lives now.
    const atUs = Math.max(nowUs - Math.min(arrival.ageUs, LONGEST_WAIT_US), session.lastReceivedUs ?? 0);
    session.lastReceivedUs = atUs;
    if (session.detectUs !== null) this.#deadlines.arm(session.silenceDue, atUs + session.detectUs);
    const fact = factOf(decoded.control);
    if (!isSameFact(session.awaited, fact)) {
      this.#outputs.event(session.actor, { type: 'control.received', ...fact });
      return;
    }
    if (session.receivedRun.add(atUs, wallUs - (nowUs - atUs))) this.#armRuns(session);
    // A poll that is repeated because our answer was lost.
    if (fact.poll) this.#answerPoll(session, nowUs, wallUs);
  }

  /** When `due` wants to be called, null if nothing is planned. */
  nextDueUs(): number | null {
    return this.#deadlines.peek()?.atUs ?? null;
  }

  /** The sockets must be read empty before `due`: a neighbour is about to be called silent. */
  wantsDrain(nowUs: number): boolean {
    this.#noteStalls(nowUs);
    return this.#deadlines.dueAt(nowUs).some(({ owner }) => owner.kind === 'silence');
  }

  /** Does what is due. What only becomes due meanwhile waits for the next call, so that no listener can hold it here. */
  due(nowUs: number, wallUs: number): void {
    this.#noteStalls(nowUs);
    for (let left = this.#deadlines.size; left > 0; left--) {
      const first = this.#deadlines.peek();
      if (first === null || first.atUs > nowUs) return;
      const { session, kind } = first.owner;
      if (kind === 'transmit') this.#transmitDue(session, nowUs, wallUs);
      else if (kind === 'silence') this.#silenceDue(session, nowUs);
      else this.#runsDue(session, nowUs);
    }
  }

  status(actor: ActorId): BfdStatus | null {
    return this.#sessions.get(actor)?.status() ?? null;
  }

  strays(): Readonly<Record<BfdFault, number>> {
    return { ...this.#strays };
  }

  /** Packets are found by the discriminator that the session sends; a spare one waits until it does. */
  #identify(session: Session, { myDiscriminator }: BfdControl): void {
    const before = session.packet?.myDiscriminator;
    if (before === myDiscriminator) return;
    if (before !== undefined) this.#byDiscriminator.delete(before);
    this.#drawn.delete(myDiscriminator);
    this.#byDiscriminator.set(myDiscriminator, session);
  }

  /** RFC 5880 section 6.8.6 and RFC 5881 section 4: by discriminator, and by addresses while there is none. */
  #find({ yourDiscriminator }: BfdControl, arrival: BfdArrival): Session | null {
    if (yourDiscriminator !== 0) {
      const found = this.#byDiscriminator.get(yourDiscriminator);
      return found !== undefined && found.identity.multihop === arrival.multihop ? found : null;
    }
    for (const session of this.#sessions.values()) {
      const { neighbor, source, multihop } = session.identity;
      if (neighbor !== arrival.source || multihop !== arrival.multihop) continue;
      if (source === null || source === arrival.destination) return session;
    }
    return null;
  }

  #answerPoll(session: Session, nowUs: number, wallUs: number): void {
    if (session.packet === null) return;
    this.#send(session, { ...session.packet, poll: false, final: true }, nowUs, wallUs);
  }

  #send(session: Session, packet: BfdControl, nowUs: number, wallUs: number): void {
    const error = this.#outputs.send(session.actor, encodeControl(packet));
    if (error === null) {
      session.sent++;
      if (session.sentRun.add(nowUs, wallUs)) this.#armRuns(session);
    }
    if ((error !== null) === session.sendFailing) return;
    session.sendFailing = error !== null;
    this.#outputs.event(
      session.actor,
      error === null ? { type: 'control.sendRecovered' } : { type: 'control.sendFailed', error },
    );
  }

  #armTransmit(session: Session, nowUs: number, noLaterUs = Number.POSITIVE_INFINITY): void {
    if (session.intervalUs === null) return;
    const jitter = LEAST_JITTER + this.#outputs.random() * (GREATEST_JITTER - LEAST_JITTER);
    const atUs = nowUs + Math.floor(session.intervalUs * (1 - jitter));
    this.#deadlines.arm(session.transmitDue, Math.min(atUs, noLaterUs));
  }

  #transmitDue(session: Session, nowUs: number, wallUs: number): void {
    const { packet } = session;
    this.#armTransmit(session, nowUs);
    if (packet === null) this.#deadlines.disarm(session.transmitDue);
    else this.#send(session, packet, nowUs, wallUs);
  }

  #silenceDue(session: Session, nowUs: number): void {
    const allowedUs = session.detectUs ?? 0;
    const lateUs = nowUs - session.silenceDue.atUs;
    const silentUs = nowUs - (session.lastReceivedUs ?? nowUs - allowedUs - lateUs);
    this.#deadlines.disarm(session.silenceDue);
    session.receivedRun.end();
    session.awaited = null;
    this.#armRuns(session);
    this.#outputs.event(session.actor, { type: 'neighbor.silent', silentUs, allowedUs, lateUs });
  }

  #runsDue(session: Session, nowUs: number): void {
    for (const run of [session.receivedRun, session.sentRun]) if (run.mustCloseUs <= nowUs) run.roll();
    this.#armRuns(session);
  }

  #armRuns(session: Session): void {
    this.#deadlines.arm(session.runsDue, session.runsMustCloseUs);
  }

  /** Tells every session whose deadline passed long ago that this process did not run. Once for each stall. */
  #noteStalls(nowUs: number): void {
    const first = this.#deadlines.peek();
    if (first === null || nowUs - first.atUs <= STALL_FLOOR_US || first.atUs <= this.#stallsNotedUs) return;
    const stalledUs = new Map<Session, number>();
    for (const { owner, atUs } of this.#deadlines.dueAt(nowUs)) {
      const lateUs = nowUs - atUs;
      if (owner.kind === 'runs' || lateUs <= owner.session.stallToleranceUs(owner.kind)) continue;
      stalledUs.set(owner.session, Math.max(lateUs, stalledUs.get(owner.session) ?? 0));
    }
    if (stalledUs.size === 0) return;
    this.#stallsNotedUs = nowUs;
    for (const [session, lateUs] of stalledUs)
      this.#outputs.event(session.actor, { type: 'self.stalled', stalledUs: lateUs });
  }
}

function faultIn({ identity }: Session, { ttl }: BfdArrival, authenticated: boolean): BfdFault | null {
  // RFC 5881 section 5; keepalived lets the configuration say how far the neighbour may be.
  if (identity.maxHops !== ANY_HOPS && ttl + identity.maxHops < identity.ttl) return 'hops';
  return authenticated ? 'authentication' : null;
}
