/**
 * What befalls packets by chance on one way. The packets of each virtual router have draws of their own, each as good as a draw
 * for every packet: what is drawn is how many pass up to the next that is hit (geometric skipping).
 */
import { SeededRandom } from '../seeded-random.ts';

export interface PathFault {
  readonly kind: 'loss' | 'duplication' | 'delay';
  readonly rate: number;
  readonly seed: number;
  readonly byUs: number;
}

/** So that neighbouring seeds, ways and virtual routers have nothing in common. */
const WAY_SEEDS = [7919, 104_729] as const;
const FLOW_SEED = 15_485_863;
const LATENESS_SEED = 0x1a7e;

/** The packets of one virtual router. */
export class Flow {
  readonly #random: SeededRandom;
  readonly #rate: number;
  /** Packets that have been sent. */
  #sent = 0;
  /** Those that are hit, counted from the first one of all; drawn as far as somebody wanted to know. */
  readonly #hits: number[] = [];
  #last = -1;

  constructor(rate: number, seed: number) {
    this.#rate = rate;
    this.#random = new SeededRandom(seed);
  }

  /** How many packets pass before the one that is hit next (0), the one after that (1), and so on. */
  before(hit: number): number {
    while (this.#hits.length <= hit) {
      this.#last += this.#draw();
      this.#hits.push(this.#last);
    }
    return (this.#hits[hit] as number) - this.#sent;
  }

  /** So many packets are sent. */
  pass(packets: number): void {
    this.#sent += packets;
    let gone = 0;
    while (gone < this.#hits.length && (this.#hits[gone] as number) < this.#sent) gone += 1;
    if (gone > 0) this.#hits.splice(0, gone);
  }

  /** One packet is sent: whether it is hit. */
  hitsNext(): boolean {
    const isHit = this.before(0) === 0;
    this.pass(1);
    return isHit;
  }

  #draw(): number {
    if (this.#rate >= 1) return 1;
    return 1 + Math.floor(Math.log(1 - this.#random.next()) / Math.log(1 - this.#rate));
  }
}

/** A fault on one way. */
export class Luck {
  readonly fault: PathFault;
  readonly #seed: number;
  readonly #flows = new Map<number, Flow>();
  readonly #lateness: SeededRandom;

  constructor(fault: PathFault, from: number, to: number) {
    this.fault = fault;
    this.#seed = fault.seed + from * WAY_SEEDS[0] + to * WAY_SEEDS[1];
    this.#lateness = new SeededRandom(this.#seed ^ LATENESS_SEED);
  }

  /** `flow`: flowOf its packets. */
  flow(flow: number): Flow {
    const known = this.#flows.get(flow);
    if (known !== undefined) return known;
    const begun = new Flow(this.fault.rate, this.#seed + flow * FLOW_SEED);
    this.#flows.set(flow, begun);
    return begun;
  }

  /** By how much one that is hit comes late. */
  lateUs(): number {
    return this.#lateness.integer(1, this.fault.byUs);
  }
}
