/**
 * Two Ethernets in virtual time. A way from one router to another is open, cut or faulty; what is lost, doubled or late is
 * drawn for each packet by counting down to the next one (geometric skipping), which is the same as a draw for each.
 */
import type { VirtualClock } from '../../../src/engine/virtual-clock.ts';
import { formatIpBytes } from '../../../src/protocol/ip.ts';
import { destinationOffset, packetFamily } from '../../../src/protocol/ip-packet.ts';
import { SeededRandom } from '../seeded-random.ts';
import type { Lan } from '../story/model.ts';

/** Whoever is plugged in. */
export interface Station {
  readonly linkUp: (lan: Lan) => boolean;
  /** True if it takes unicast packets to the address. */
  readonly takes: (lan: Lan, address: string) => boolean;
  /** A packet, shared with other receivers: it must not be changed. */
  receive(lan: Lan, packet: Uint8Array): void;
}

export interface PathFault {
  readonly kind: 'loss' | 'duplication' | 'delay';
  readonly rate: number;
  readonly seed: number;
  readonly byUs: number;
}

/** A fault on one way, with its own luck. */
class Luck {
  readonly fault: PathFault;
  readonly #random: SeededRandom;
  /** Packets up to the next that is hit. */
  #left: number;

  constructor(fault: PathFault, from: number, to: number) {
    this.fault = fault;
    this.#random = new SeededRandom(fault.seed + from * 7919 + to * 104_729);
    this.#left = this.#draw();
  }

  hits(): boolean {
    this.#left -= 1;
    if (this.#left > 0) return false;
    this.#left = this.#draw();
    return true;
  }

  lateUs(): number {
    return this.#random.integer(1, this.fault.byUs);
  }

  #draw(): number {
    const { rate } = this.fault;
    if (rate >= 1) return 1;
    return 1 + Math.floor(Math.log(1 - this.#random.next()) / Math.log(1 - rate));
  }
}

interface Way {
  readonly to: number;
  /** How many reasons there are for nothing to get through. */
  cuts: number;
  readonly luck: Luck[];
}

export class Network {
  readonly #time: VirtualClock;
  readonly #latencyUs: number;
  readonly #stations: readonly Station[];
  readonly #ways: readonly (readonly (readonly Way[])[])[];
  /** Deliveries that were made, and lost by draw. */
  readonly counters = { sent: 0, delivered: 0, lost: 0 };

  constructor(time: VirtualClock, latencyUs: number, stations: readonly Station[]) {
    this.#time = time;
    this.#latencyUs = latencyUs;
    this.#stations = stations;
    const numbers = [...stations.keys()];
    this.#ways = [0, 1].map(() =>
      numbers.map((from) => numbers.filter((to) => to !== from).map((to) => ({ to, cuts: 0, luck: [] }))),
    );
  }

  /** One reason more, or less, for nothing to get from one to the other. */
  cut(lan: Lan, from: number, to: number, by: 1 | -1): void {
    const way = this.#way(lan, from, to);
    if (way !== undefined) way.cuts += by;
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

  /** Sends a whole IP packet, of which a copy is taken. A sender does not hear itself. */
  transmit(lan: Lan, from: number, packet: Uint8Array): void {
    this.counters.sent += 1;
    const sent = packet.slice();
    const address = unicastAddress(sent);
    const atOnce: number[] = [];
    for (const way of this.#ways[lan]?.[from] ?? []) {
      if (way.cuts > 0) continue;
      if (address !== null && this.#stations[way.to]?.takes(lan, address) !== true) continue;
      if (way.luck.length === 0) atOnce.push(way.to);
      else this.#tryLuck(lan, way, sent);
    }
    if (atOnce.length > 0) this.#deliver(lan, atOnce, sent, this.#latencyUs);
  }

  #tryLuck(lan: Lan, { to, luck }: Way, packet: Uint8Array): void {
    let copies = 1;
    let lateUs = 0;
    for (const each of luck) {
      if (!each.hits()) continue;
      if (each.fault.kind === 'loss') copies = 0;
      else if (each.fault.kind === 'duplication') copies *= 2;
      else lateUs += each.lateUs();
    }
    if (copies === 0) this.counters.lost += 1;
    for (let copy = 0; copy < copies; copy++) this.#deliver(lan, [to], packet, this.#latencyUs + lateUs);
  }

  #deliver(lan: Lan, receivers: readonly number[], packet: Uint8Array, afterUs: number): void {
    this.#time.at(this.#time.monotonicUs() + afterUs, () => {
      for (const to of receivers) {
        const station = this.#stations[to];
        if (station?.linkUp(lan) !== true) continue;
        this.counters.delivered += 1;
        station.receive(lan, packet);
      }
    });
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
