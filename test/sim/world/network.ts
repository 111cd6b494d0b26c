/**
 * Two Ethernets in virtual time. A way from one router to another is open, cut or faulty; what is lost, doubled or late is
 * drawn for each packet (luck.ts).
 */
import type { VirtualClock } from '../../../src/engine/virtual-clock.ts';
import { formatIpBytes } from '../../../src/protocol/ip.ts';
import { destinationOffset, packetFamily } from '../../../src/protocol/ip-packet.ts';
import type { Lan } from '../story/model.ts';
import { flowOf } from './advert-bytes.ts';
import { Luck, type PathFault } from './luck.ts';

/** Whoever is plugged in. */
export interface Station {
  readonly linkUp: (lan: Lan) => boolean;
  /** True if it takes unicast packets to the address. */
  readonly takes: (lan: Lan, address: string) => boolean;
  /** A packet, shared with other receivers: it must not be changed. */
  receive(lan: Lan, packet: Uint8Array): void;
}

export interface Way {
  readonly to: number;
  /** How many reasons there are for nothing to get through. */
  cuts: number;
  readonly luck: Luck[];
}

/** Packets that nothing befell arrive in the order in which they were sent: a queue, and no appointments. */
interface Delivery {
  readonly atUs: number;
  readonly lan: Lan;
  readonly stations: readonly Station[];
  readonly packet: Uint8Array;
}

/** Deliveries that have been made are forgotten so many at a time. */
const FORGOTTEN_AT_ONCE = 256;

export class Network {
  readonly #time: VirtualClock;
  /** How long a packet takes that nothing befalls. */
  readonly latencyUs: number;
  readonly #stations: readonly Station[];
  readonly #ways: readonly (readonly (readonly Way[])[])[];
  /** By LAN and sender: those whom multicast reaches; null: to be worked out again. */
  readonly #routes: (readonly Station[] | null)[][];
  readonly #queue: Delivery[] = [];
  #head = 0;
  /** Of unicast packets, by their bytes' object, which a sender uses again and again: where they go. */
  readonly #destinations = new WeakMap<Uint8Array, string | null>();
  /** Deliveries that were made, and lost by draw. */
  readonly counters = { sent: 0, delivered: 0, lost: 0 };

  constructor(time: VirtualClock, latencyUs: number, stations: readonly Station[]) {
    this.#time = time;
    this.latencyUs = latencyUs;
    this.#stations = stations;
    const numbers = [...stations.keys()];
    this.#routes = [0, 1].map(() => numbers.map(() => null));
    this.#ways = [0, 1].map(() =>
      numbers.map((from) => numbers.filter((to) => to !== from).map((to) => ({ to, cuts: 0, luck: [] }))),
    );
  }

  /** When the next packet arrives that nothing befell; Infinity: none is on its way. */
  get nextUs(): number {
    return this.#queue[this.#head]?.atUs ?? Number.POSITIVE_INFINITY;
  }

  /** That packet arrives; it is the caller who moves time. */
  deliverNext(): void {
    const next = this.#queue[this.#head];
    if (next === undefined) return;
    this.#head += 1;
    if (this.#head >= FORGOTTEN_AT_ONCE) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    this.#arrive(next.lan, next.stations, next.packet);
  }

  /** One reason more, or less, for nothing to get from one to the other. */
  cut(lan: Lan, from: number, to: number, by: 1 | -1): void {
    const way = this.#way(lan, from, to);
    if (way !== undefined) way.cuts += by;
    this.#forgetRoutes();
  }

  /** On every way of the LAN. Gives what ends it. */
  begin(lan: Lan, fault: PathFault): () => void {
    const begun = this.#ways[lan]?.flatMap((ways, from) =>
      ways.map((way) => {
        const luck = new Luck(fault, from, way.to);
        way.luck.push(luck);
        return { way, luck };
      }),
    );
    return () => {
      for (const { way, luck } of begun ?? []) way.luck.splice(way.luck.indexOf(luck), 1);
    };
  }

  /** True if what one sends reaches the other, but for what is lost on the way. */
  reaches(lan: Lan, from: number, to: number): boolean {
    if (from === to) return true;
    const isUp = (at: number): boolean => this.#stations[at]?.linkUp(lan) === true;
    return isUp(from) && isUp(to) && this.#way(lan, from, to)?.cuts === 0;
  }

  /**
   * Sends a whole IP packet. It is not copied: what its sender changes of it before it arrives is the identification of the
   * IP header, which nobody looks at. A sender does not hear itself.
   */
  transmit(lan: Lan, from: number, packet: Uint8Array): void {
    this.counters.sent += 1;
    const address = this.#destinationOf(packet);
    const route = address === null ? this.#routeOf(lan, from) : this.#unicastRoute(lan, from, address);
    const left = this.#luckyOf(lan, from, route, packet);
    if (left.length === 0) return;
    this.#queue.push({ atUs: this.#time.monotonicUs() + this.latencyUs, lan, stations: left, packet });
  }

  /** Those that a packet takes, whatever befalls it on them. */
  waysOf(lan: Lan, from: number, packet: Uint8Array): readonly Way[] {
    const address = this.#destinationOf(packet);
    const takes = ({ to }: Way): boolean =>
      address === null || this.#stations[to]?.takes(lan, address) === true;
    return (this.#ways[lan]?.[from] ?? []).filter((way) => way.cuts === 0 && takes(way));
  }

  /** A packet that left a while ago arrives then. */
  deliverAt(atUs: number, lan: Lan, to: readonly number[], packet: Uint8Array): void {
    let place = this.#queue.length;
    while (place > this.#head && (this.#queue[place - 1] as Delivery).atUs > atUs) place -= 1;
    const stations = to.flatMap((index) => this.#stations[index] ?? []);
    this.#queue.splice(place, 0, { atUs, lan, stations, packet });
  }

  #routeOf(lan: Lan, from: number): readonly Station[] {
    const routes = this.#routes[lan] ?? [];
    const known = routes[from] ?? null;
    if (known !== null) return known;
    const route = (this.#ways[lan]?.[from] ?? [])
      .filter(({ cuts }) => cuts === 0)
      .flatMap(({ to }) => this.#stations[to] ?? []);
    routes[from] = route;
    return route;
  }

  #unicastRoute(lan: Lan, from: number, address: string): readonly Station[] {
    return this.#routeOf(lan, from).filter((station) => station.takes(lan, address));
  }

  #forgetRoutes(): void {
    for (const routes of this.#routes) routes.fill(null);
  }

  /** Those of a route whom the packet reaches as if nothing were wrong; the others lose it, or get it otherwise. */
  #luckyOf(lan: Lan, from: number, route: readonly Station[], packet: Uint8Array): readonly Station[] {
    let lucky = route;
    for (const { to, cuts, luck } of this.#ways[lan]?.[from] ?? []) {
      if (luck.length === 0 || cuts > 0) continue;
      const station = this.#stations[to];
      if (station === undefined || !route.includes(station) || this.#isLucky(lan, luck, station, packet))
        continue;
      lucky = lucky.filter((each) => each !== station);
    }
    return lucky;
  }

  /** False: it is lost, or what comes of it comes otherwise. */
  #isLucky(lan: Lan, luck: readonly Luck[], station: Station, packet: Uint8Array): boolean {
    let copies = 1;
    let lateUs = 0;
    const flow = flowOf(packet);
    for (const each of luck) {
      if (!each.flow(flow).hitsNext()) continue;
      if (each.fault.kind === 'loss') copies = 0;
      else if (each.fault.kind === 'duplication') copies *= 2;
      else lateUs += each.lateUs();
    }
    if (copies === 1 && lateUs === 0) return true;
    if (copies === 0) this.counters.lost += 1;
    const atUs = this.#time.monotonicUs() + this.latencyUs + lateUs;
    for (let copy = 0; copy < copies; copy++) this.#time.at(atUs, () => this.#arrive(lan, [station], packet));
    return false;
  }

  #arrive(lan: Lan, stations: readonly Station[], packet: Uint8Array): void {
    for (const station of stations) {
      if (!station.linkUp(lan)) continue;
      this.counters.delivered += 1;
      station.receive(lan, packet);
    }
  }

  #destinationOf(packet: Uint8Array): string | null {
    const known = this.#destinations.get(packet);
    if (known !== undefined) return known;
    const address = unicastAddress(packet);
    this.#destinations.set(packet, address);
    return address;
  }

  #way(lan: Lan, from: number, to: number): Way | undefined {
    return this.#ways[lan]?.[from]?.find((way) => way.to === to);
  }
}

/** Null: the packet is for the multicast group. */
function unicastAddress(packet: Uint8Array): string | null {
  const family = packetFamily(packet);
  const at = destinationOffset(family);
  const first = packet[at] ?? 0;
  if (family === 'inet' ? first >>> 4 === 0xe : first === 0xff) return null;
  return formatIpBytes(packet, at, family);
}
