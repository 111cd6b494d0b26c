/** An Ethernet in virtual time: latency, loss, duplication, partitions. One seed, one history. */
import type { Clock, Scheduler } from '../../src/engine/types.ts';
import { formatIpv4 } from '../../src/protocol/ipv4.ts';
import { parseIpv4Header, writeIpv4HeaderChecksum } from '../../src/protocol/ipv4-header.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface LanQuality {
  /** Each delivery takes from `leastLatencyUs` to `mostLatencyUs`; where these differ packets overtake each other. */
  readonly leastLatencyUs: number;
  readonly mostLatencyUs: number;
  /** Probability that a delivery is lost, and that it comes twice. Each receiver has its own luck. */
  readonly loss: number;
  readonly duplication: number;
}

export const PERFECT_LAN: LanQuality = { leastLatencyUs: 50, mostLatencyUs: 50, loss: 0, duplication: 0 };

/** A host's plug in this LAN. */
export interface LanStation {
  readonly name: string;
  /** A packet for this station: its own copy. */
  receive(packet: Uint8Array): void;
  /** True if this station takes unicast packets to the address. */
  holds(address: string): boolean;
}

export class SimulatedLan {
  readonly #time: Clock & Scheduler;
  readonly #random: SeededRandom;
  readonly #stations = new Set<LanStation>();
  /** Group of each station while the LAN is parted; stations of different groups do not hear each other. */
  #groups: ReadonlyMap<string, number> | null = null;
  readonly #blocked = new Set<string>();
  quality: LanQuality;
  /** Packets sent, and deliveries that were made, lost and kept apart. */
  readonly counters = { sent: 0, delivered: 0, lost: 0, parted: 0 };

  constructor(time: Clock & Scheduler, random: SeededRandom, quality: LanQuality = PERFECT_LAN) {
    this.#time = time;
    this.#random = random;
    this.quality = quality;
  }

  attach(station: LanStation): void {
    this.#stations.add(station);
  }

  detach(station: LanStation): void {
    this.#stations.delete(station);
  }

  /** Parts the LAN: stations hear only those of their own group. Whoever is not named forms one more group. */
  partition(groups: readonly (readonly string[])[]): void {
    this.#groups = new Map(groups.flatMap((names, group) => names.map((name) => [name, group] as const)));
  }

  /** Lets nothing from one station reach another; the other way stays open. */
  block(from: string, to: string): void {
    this.#blocked.add(`${from}>${to}`);
  }

  /** One LAN again. */
  heal(): void {
    this.#groups = null;
    this.#blocked.clear();
  }

  /** Sends a whole IPv4 packet, of which a copy is taken. A sender does not hear itself. */
  transmit(from: LanStation, packet: Uint8Array): void {
    this.counters.sent++;
    const sent = packet.slice();
    writeIpv4HeaderChecksum(sent);
    const parsed = parseIpv4Header(sent);
    if (!parsed.ok) return;
    const { destination } = parsed.header;
    const multicast = destination >>> 28 === 0xe;
    for (const station of this.#stations) {
      if (station === from || !(multicast || station.holds(formatIpv4(destination)))) continue;
      if (this.#isParted(from.name, station.name)) this.counters.parted++;
      else this.#deliver(station, sent);
    }
  }

  #isParted(from: string, to: string): boolean {
    if (this.#blocked.has(`${from}>${to}`)) return true;
    return this.#groups !== null && this.#groups.get(from) !== this.#groups.get(to);
  }

  #deliver(station: LanStation, packet: Uint8Array): void {
    const copies = this.#random.chance(this.quality.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random.chance(this.quality.loss)) {
        this.counters.lost++;
        continue;
      }
      const { leastLatencyUs, mostLatencyUs } = this.quality;
      const arrivesUs = this.#time.monotonicUs() + this.#random.integer(leastLatencyUs, mostLatencyUs);
      this.#time.at(arrivesUs, () => {
        if (!this.#stations.has(station)) return;
        this.counters.delivered++;
        station.receive(packet.slice());
      });
    }
  }
}
