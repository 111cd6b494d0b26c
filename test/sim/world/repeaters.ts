/**
 * Who repeats adverts for all routers of a story. As long as a master says the same again, everybody whom it reaches has heard it say
 * so and nothing befalls, all that it sends and the others hear is counted when somebody asks, and none of it is an event (stretch.ts).
 * The histories are those that an event for each advert gives.
 */
import type { AdvertPacket } from '../../../src/engine/heartbeat/advert-packets.ts';
import type { KnownPacket } from '../../../src/engine/heartbeat/repetition.ts';
import type { VirtualClock } from '../../../src/engine/virtual-clock.ts';
import type { WireIdentity } from '../../../src/machines/vrrp/vrrp.effects.ts';
import type { Lan } from '../story/model.ts';
import { flowOf } from './advert-bytes.ts';
import type { Host } from './host.ts';
import { type Life, lanOf } from './life.ts';
import type { Network, Way } from './network.ts';
import { Repeated, type RepeatedParts } from './repeated.ts';
import { type Ear, Stretch, type StretchParts } from './stretch.ts';

export interface RepeatersParts {
  readonly time: VirtualClock;
  readonly network: () => Network;
  readonly hosts: () => readonly Host[];
  readonly heard: StretchParts['heard'];
  /** Each advert is an event all the same. */
  readonly everyAdvert: boolean;
}

/** A packet that reached a router as an event. */
interface Arrival {
  readonly state: number;
  /** By the router's clock. */
  readonly atUs: number;
}

export class Repeaters {
  readonly #parts: RepeatersParts;
  readonly #stretches = new Set<Stretch>();
  /** Of each process that runs, by LAN and flow. */
  readonly #lives = new Map<Life, Map<number, Repeated>>();
  /** By the object that holds its bytes, and the place of the router. */
  readonly #arrivals = new WeakMap<Uint8Array, Arrival[]>();
  /** Counts what happens. Between two adverts of a stretch that is nothing. */
  #state = 0;
  #turns = 0;

  constructor(parts: RepeatersParts) {
    this.#parts = parts;
  }

  create(life: Life, actor: string, identity: WireIdentity, parts: Omit<RepeatedParts, 'lan'>): Repeated {
    const lan = lanOf(identity.interface);
    const repeated = new Repeated(actor, { ...parts, lan }, this);
    const own = this.#lives.get(life) ?? new Map<number, Repeated>();
    const flow = identity.virtualRouterId + (identity.family === 'inet' ? 0 : 256);
    this.#lives.set(life, own.set(placeOf(lan, flow), repeated));
    return repeated;
  }

  ended(repeated: Repeated): void {
    for (const own of this.#lives.values())
      for (const [place, each] of own) if (each === repeated) own.delete(place);
  }

  /** A process is gone. */
  forget(life: Life): void {
    this.disturb();
    for (const repeated of this.#lives.get(life)?.values() ?? []) repeated.kill();
    this.#lives.delete(life);
  }

  /** Something is about to happen. */
  disturb(): void {
    this.#state += 1;
    this.breakOff();
  }

  /** What is under way becomes events. */
  breakOff(): void {
    if (this.#stretches.size === 0) return;
    const stretches = [...this.#stretches].sort((a, b) => inTurn(a.sender, b.sender));
    this.#stretches.clear();
    for (const stretch of stretches) stretch.breakOff();
  }

  nextTurn(): number {
    this.#turns += 1;
    return this.#turns;
  }

  /** What of a stretch is over by now. */
  count(stretch: Stretch | null): void {
    stretch?.count();
  }

  /** A packet reaches the sockets of a router that is to read it. */
  arrived({ index, clock }: Host, packet: Uint8Array): void {
    const arrivals = this.#arrivals.get(packet) ?? [];
    this.#arrivals.set(packet, arrivals);
    arrivals[index] = { state: this.#state, atUs: clock.monotonicUs() };
  }

  /** True if the packet says what is known already: it is counted, and nobody has to look at it. */
  takes(life: Life, lan: Lan, packet: Uint8Array, nowUs: number): boolean {
    const receiver = this.#lives.get(life)?.get(placeOf(lan, flowOf(packet)));
    if (receiver === undefined || !knows(receiver, packet)) return false;
    // One that comes late comes between others.
    this.count(receiver.hearing?.stretch ?? null);
    receiver.countHeard(1, nowUs, 0);
    return true;
  }

  /** An advert of its schedule leaves now: as an event, or as the first of many that are none. */
  advertDue(sender: Repeated): void {
    const { sending } = sender;
    if (sending !== null) {
      sending.count();
      sending.end();
      this.#stretches.delete(sending);
    } else if (this.#begins(sender)) return;
    sender.sendNow();
  }

  /** A process runs again: what is late is told first, and what is overdue leaves. */
  resumed(life: Life): void {
    const own = [...(this.#lives.get(life)?.values() ?? [])];
    for (const { stalledUs, parts } of own) if (stalledUs > 0) parts.stalled(stalledUs);
    const overdue = own.filter(({ isAnnouncing, nextUs, parts }) => isAnnouncing && nextUs <= nowOf(parts));
    for (const sender of overdue.sort((a, b) => a.nextUs - b.nextUs)) sender.sendNow();
  }

  /** What waited in its sockets has been read. */
  caughtUp(life: Life): void {
    for (const repeated of [...(this.#lives.get(life)?.values() ?? [])]) repeated.lookForSilence();
  }

  /** True if a stretch begins. */
  #begins(sender: Repeated): boolean {
    const { host } = sender.parts;
    const network = this.#parts.network();
    const isSteady = !sender.failing && host.clock.isSteady && sender.nextUs === nowOf(sender.parts);
    if (this.#parts.everyAdvert || !isSteady || sender.intervalUs <= network.latencyUs) return false;
    const ears = sender.packets.map((packet) => this.#earsFor(sender, packet));
    if (ears.length === 0 || !ears.every((each) => each !== null)) return false;
    const stretch = new Stretch(sender, ears, { ...this.#parts, network });
    if (!stretch.isWorthIt) return false;
    this.#stretches.add(stretch);
    stretch.begin();
    return true;
  }

  /** Null: a packet like that would be news to somebody, or does not leave. */
  #earsFor(sender: Repeated, { bytes }: AdvertPacket): readonly Ear[] | null {
    const { host, lan } = sender.parts;
    if (!host.linkUp(lan)) return null;
    const ears: Ear[] = [];
    for (const way of this.#parts.network().waysOf(lan, host.index, bytes)) {
      const ear = this.#earOf(way, lan, bytes);
      if (ear === null) return null;
      ears.push(ear);
    }
    return ears;
  }

  /**
   * It has heard the packet since something happened last. Either it awaits it, and knows it; or it came to nothing, and will again.
   */
  #earOf(way: Way, lan: Lan, bytes: Uint8Array): Ear | null {
    const host = this.#parts.hosts()[way.to];
    if (host === undefined) return null;
    const { life, clock } = host;
    const isPlugged = host.linkUp(lan);
    const nobody = { way, host, isPlugged, receiver: null };
    if (!isPlugged || life === null) return nobody;
    const arrival = this.#arrivals.get(bytes)?.[way.to];
    if (arrival?.state !== this.#state || life.isPaused || !clock.isSteady) return null;
    const receiver = this.#lives.get(life)?.get(placeOf(lan, flowOf(bytes)));
    if (receiver === undefined || receiver.heardUs < arrival.atUs) return nobody;
    return receiver.isWatching && receiver.hearing === null && knows(receiver, bytes)
      ? { way, host, isPlugged, receiver }
      : null;
  }
}

/** Of adverts due at the same moment that leaves first whose deadline was set first. */
function inTurn(a: Repeated, b: Repeated): number {
  return b.intervalUs - a.intervalUs || a.turn - b.turn;
}

function nowOf({ host }: RepeatedParts): number {
  return host.clock.monotonicUs();
}

function placeOf(lan: Lan, flow: number): number {
  return lan * 512 + flow;
}

function knows({ known }: Repeated, packet: Uint8Array): boolean {
  return known !== null && saysTheSame(packet, known);
}

function saysTheSame(packet: Uint8Array, { bytes, mask }: KnownPacket): boolean {
  if (packet.length !== bytes.length) return false;
  for (let at = 0; at < bytes.length; at++)
    if ((((bytes[at] ?? 0) ^ (packet[at] ?? 0)) & (mask[at] ?? 0)) !== 0) return false;
  return true;
}
