/**
 * Adverts in a row that are no events: all of a master's up to the first that could be news to anybody. Which of them get lost on the
 * way to whom is drawn when the stretch is planned; what is over of it is counted when somebody asks.
 */
import type { VirtualClock } from '../../../src/engine/virtual-clock.ts';
import type { Lan } from '../story/model.ts';
import { flowOf } from './advert-bytes.ts';
import type { Host } from './host.ts';
import type { Flow } from './luck.ts';
import type { Network, Way } from './network.ts';
import type { Repeated } from './repeated.ts';

/** Fewer are not worth a stretch, and more than so many are not drawn for at once. */
const FEWEST = 2;
const MOST = 50_000;

/** One packet of an advert on the way to one router. */
export interface Leg {
  readonly stretch: Stretch;
  readonly host: Host;
  /** Who hears it and knows it; null: nobody, or it changes nothing. */
  readonly receiver: Repeated | null;
  readonly isPlugged: boolean;
  /** What takes packets from it. */
  readonly flows: readonly Flow[];
  /** Places of those that get lost, in order; those from `lostAt` on have not been counted. */
  readonly lost: readonly number[];
  lostAt: number;
  /** When the receiver will miss it, by its own clock. */
  readonly silenceUs: number;
}

interface Lane {
  readonly bytes: Uint8Array;
  readonly legs: readonly Leg[];
}

export interface StretchParts {
  readonly time: VirtualClock;
  readonly network: Network;
  /** The newest of several packets that have reached a router, by its clock. */
  readonly heard: (host: Host, lan: Lan, packet: Uint8Array, atUs: number) => void;
}

/** Who hears what, for each packet of an advert. */
export interface Ear {
  readonly way: Way;
  readonly host: Host;
  /** Packets reach its sockets. */
  readonly isPlugged: boolean;
  readonly receiver: Repeated | null;
}

export class Stretch {
  readonly sender: Repeated;
  readonly #parts: StretchParts;
  /** By the world's time. */
  readonly #firstUs: number;
  readonly #lanes: readonly Lane[];
  #count = MOST;
  /** How many have been counted. */
  #sent = 0;
  #heard = 0;

  /** `ears`: in order of the sender's packets. */
  constructor(sender: Repeated, ears: readonly (readonly Ear[])[], parts: StretchParts) {
    this.sender = sender;
    this.#parts = parts;
    this.#firstUs = parts.time.monotonicUs();
    this.#lanes = sender.packets.map(({ bytes }, at) => ({
      bytes,
      legs: (ears[at] ?? []).map((ear) => this.#planned(ear, flowOf(bytes))),
    }));
  }

  get isWorthIt(): boolean {
    return this.#count >= FEWEST;
  }

  begin(): void {
    this.sender.sending = this;
    for (const leg of this.#legs()) if (leg.receiver !== null) leg.receiver.hearing = leg;
    this.sender.wakeAt(this.sender.nextUs + this.#count * this.sender.intervalUs);
  }

  /** What is over of it by now. */
  count(): void {
    const { time, network } = this.#parts;
    const nowUs = time.monotonicUs();
    this.#countSent(Math.min(this.#count, this.#before(nowUs)));
    this.#countHeard(Math.min(this.#count, this.#before(nowUs - network.latencyUs)));
  }

  /** It is over: what comes next is an event. */
  end(): void {
    const { sender } = this;
    sender.sending = null;
    const toOwnUs = offsetUs(sender.parts.host, this.#parts.time);
    sender.nextUs = this.#firstUs + this.#sent * sender.intervalUs + toOwnUs;
    for (const { receiver } of this.#legs()) if (receiver !== null) receiver.hearing = null;
  }

  /** It is over now, before its time: what is on its way arrives as an event, and all wait for themselves again. */
  breakOff(): void {
    this.count();
    this.end();
    const { sender } = this;
    const { network } = this.#parts;
    const { lan } = sender.parts;
    for (let at = this.#heard; at < this.#sent; at++)
      for (const { bytes, legs } of this.#lanes) {
        const to = legs.filter(({ lost }) => !lost.includes(at)).map(({ host }) => host.index);
        network.deliverAt(this.#firstUs + at * sender.intervalUs + network.latencyUs, lan, to, bytes);
      }
    sender.planAdvert(sender.nextUs);
    for (const { receiver } of this.#legs()) receiver?.armSilence();
  }

  #legs(): readonly Leg[] {
    return this.#lanes.flatMap(({ legs }) => legs);
  }

  /** How many are due before that. */
  #before(atUs: number): number {
    return Math.max(0, Math.ceil((atUs - this.#firstUs) / this.sender.intervalUs));
  }

  #countSent(upTo: number): void {
    const count = upTo - this.#sent;
    if (count <= 0) return;
    const { sender } = this;
    const { time, network } = this.#parts;
    const fromUs = this.#firstUs + this.#sent * sender.intervalUs;
    sender.passOver(count, fromUs + offsetUs(sender.parts.host, time));
    for (const { flows } of this.#legs()) for (const flow of flows) flow.pass(count);
    network.counters.sent += count * this.#lanes.length;
    this.#sent = upTo;
  }

  #countHeard(upTo: number): void {
    if (upTo <= this.#heard) return;
    for (const { bytes, legs } of this.#lanes) for (const leg of legs) this.#countLeg(leg, bytes, upTo);
    this.#heard = upTo;
  }

  #countLeg(leg: Leg, bytes: Uint8Array, upTo: number): void {
    const { time, network, heard } = this.#parts;
    const { intervalUs, parts } = this.sender;
    const { host, receiver, lost, isPlugged } = leg;
    const firstUs = this.#firstUs + network.latencyUs + offsetUs(host, time);
    let from = this.#heard;
    let last = -1;
    const pass = (to: number): void => {
      if (to <= from) return;
      if (isPlugged) network.counters.delivered += to - from;
      receiver?.countHeard(to - from, firstUs + from * intervalUs, intervalUs);
      last = to - 1;
    };
    for (; (lost[leg.lostAt] ?? upTo) < upTo; leg.lostAt++) {
      const at = lost[leg.lostAt] as number;
      network.counters.lost += 1;
      pass(at);
      from = at + 1;
    }
    pass(upTo);
    if (last >= 0 && isPlugged) heard(host, parts.lan, bytes, firstUs + last * intervalUs);
  }

  /** Ends the stretch before the first packet that is doubled or late, and when the first receiver misses too many. */
  #planned({ way, host, isPlugged, receiver }: Ear, flow: number): Leg {
    const { time, network } = this.#parts;
    const { intervalUs } = this.sender;
    const flows = way.luck.map((luck) => luck.flow(flow));
    way.luck.forEach(({ fault }, at) => {
      if (fault.kind !== 'loss') this.#endBefore(flows[at]?.before(0) ?? 0);
    });
    const losing = flows.filter((_, at) => way.luck[at]?.fault.kind === 'loss');
    const toOwnUs = offsetUs(host, time);
    const allowedUs = receiver?.allowedUs ?? Number.POSITIVE_INFINITY;
    let silentUs = receiver === null ? Number.POSITIVE_INFINITY : receiver.deadlineUs - toOwnUs;
    if (allowedUs <= intervalUs) this.#endBefore(0);
    const lost: number[] = [];
    const taken = losing.map(() => 0);
    for (let from = 0; ; ) {
      const heardUs = this.#firstUs + from * intervalUs + network.latencyUs;
      if (heardUs >= silentUs) {
        this.#endBefore(this.#before(silentUs));
        break;
      }
      const next = nextLost(losing, taken, this.#count);
      if (next > from) silentUs = Math.max(silentUs, heardUs + (next - 1 - from) * intervalUs + allowedUs);
      if (next >= this.#count) break;
      lost.push(next);
      from = next + 1;
    }
    return {
      stretch: this,
      host,
      isPlugged,
      receiver,
      flows,
      lost,
      lostAt: 0,
      silenceUs: silentUs + toOwnUs,
    };
  }

  #endBefore(place: number): void {
    this.#count = Math.min(this.#count, place);
  }
}

/** What a router's clock, at its present rate, is ahead of the world's. */
function offsetUs({ clock }: Host, time: VirtualClock): number {
  return clock.monotonicUs() - time.monotonicUs();
}

/** Place of the next packet that one of them takes; `taken`: how many hits of each have been passed. */
function nextLost(flows: readonly Flow[], taken: number[], limit: number): number {
  let next = limit;
  flows.forEach((flow, at) => {
    next = Math.min(next, flow.before(taken[at] ?? 0));
  });
  if (next < limit)
    flows.forEach((flow, at) => {
      if (flow.before(taken[at] ?? 0) === next) taken[at] = (taken[at] ?? 0) + 1;
    });
  return next;
}
