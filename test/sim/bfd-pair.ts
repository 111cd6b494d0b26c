/** Two ends of a BFD session in virtual time: the real machine, engine, packet service and wire format on a simulated cable. */
import { createBfdExecutor } from '../../src/effects/bfd.ts';
import { BfdCore } from '../../src/engine/bfd/core.ts';
import type { BfdPort } from '../../src/engine/bfd.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { ActorEvent, JournalRow } from '../../src/engine/types.ts';
import { VirtualClock } from '../../src/engine/virtual-clock.ts';
import type { BfdContext } from '../../src/machines/bfd/bfd.context.ts';
import { bfdInput } from '../../src/machines/bfd/bfd.fixture.ts';
import type { BfdInput } from '../../src/machines/bfd/bfd.input.ts';
import { bfdDefinition } from '../../src/machines/registry.ts';
import type { BfdArrival } from '../../src/protocol/bfd.ts';
import type { SeededRandom } from './seeded-random.ts';

export const ACTOR = 'bfd/wan';
const LEAST_LATENCY_US = 30;
const MOST_LATENCY_US = 900;
/** As many packets as a paused end's socket keeps. */
const SOCKET_PACKETS = 1000;

type Way = Omit<BfdArrival, 'ageUs'>;

/** What happens to packets in one direction. */
export interface Cable {
  cut: boolean;
  loss: number;
  duplication: number;
}

export class BfdEnd {
  readonly address: string;
  readonly input: BfdInput;
  readonly cable: Cable = { cut: false, loss: 0, duplication: 0 };
  readonly rows: JournalRow[] = [];
  /** What the tracker of the session was told in this life. */
  told: string[] = [];
  other: BfdEnd | null = null;
  paused = false;
  readonly #time: VirtualClock;
  readonly #random: SeededRandom;
  readonly #waiting: { readonly bytes: Uint8Array; readonly arrival: Way; readonly atUs: number }[] = [];
  #life: { readonly engine: Engine; readonly core: BfdCore } | null = null;
  #cancelTimer: () => void = () => {};

  constructor(time: VirtualClock, random: SeededRandom, address: string, input: BfdInput) {
    this.#time = time;
    this.#random = random;
    this.address = address;
    this.input = input;
  }

  get state(): string {
    return String(this.#life?.engine.view(ACTOR)?.state ?? 'dead');
  }

  get context(): BfdContext {
    return this.#life?.engine.view(ACTOR)?.context as unknown as BfdContext;
  }

  start(): void {
    const time = this.#time;
    const core = new BfdCore({
      send: (_actor, bytes) => this.#send(bytes),
      random: () => this.#random.next(),
      event: (actor, event) => engine.post(actor, { ...event } as ActorEvent),
      run: () => {},
    });
    const port: BfdPort = {
      drawDiscriminator: () => core.drawDiscriminator(),
      open: (actor, identity) => core.open(actor, identity),
      close: (actor) => core.close(actor),
      transmit: (actor, packet, intervalUs, answerPoll) => {
        core.transmit(actor, packet, intervalUs, answerPoll, time.monotonicUs(), time.wallUs());
        this.#arm();
      },
      await: (actor, awaited, detectUs) => {
        core.await(actor, awaited, detectUs, time.monotonicUs());
        this.#arm();
      },
      status: (actor) => core.status(actor),
      strays: () => core.strays(),
    };
    const engine = new Engine({
      clock: time,
      scheduler: time,
      journal: { row: (row) => this.#see(row), run: () => {}, define: () => {} },
      executor: createBfdExecutor(port),
    });
    this.#life = { engine, core };
    this.told = [];
    engine.spawn(ACTOR, bfdDefinition, { ...this.input });
    const [discriminator, spare] = [core.drawDiscriminator(), core.drawDiscriminator()];
    engine.post(ACTOR, { type: 'session.started', discriminator, spare });
  }

  /** SIGKILL: nothing is said. */
  kill(): void {
    this.#cancelTimer();
    this.#life = null;
    this.#waiting.length = 0;
    this.paused = false;
  }

  pause(): void {
    this.paused = true;
    this.#cancelTimer();
  }

  resume(): void {
    this.paused = false;
    this.#turn();
  }

  #see(row: JournalRow): void {
    this.rows.push(row);
    for (const effect of row.effects)
      if (effect.type === 'signalActor') this.told.push((effect.params.event as { type: string }).type);
  }

  #send(bytes: Uint8Array): null {
    const { other, cable } = this;
    if (other === null || cable.cut) return null;
    const copies = this.#random.chance(cable.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random.chance(cable.loss)) continue;
      const arrival: Way = {
        source: this.address,
        destination: other.address,
        ttl: 255,
        multihop: false,
      };
      const atUs = this.#time.monotonicUs() + this.#random.integer(LEAST_LATENCY_US, MOST_LATENCY_US);
      this.#time.at(atUs, () => other.#arrive(bytes, arrival));
    }
    return null;
  }

  #arrive(bytes: Uint8Array, arrival: Way): void {
    if (this.#life === null || this.#waiting.length >= SOCKET_PACKETS) return;
    this.#waiting.push({ bytes, arrival, atUs: this.#time.monotonicUs() });
    if (!this.paused) this.#drain();
  }

  #drain(): void {
    const { core } = this.#life ?? {};
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const nowUs = this.#time.monotonicUs();
      core?.packetReceived(
        next.bytes,
        { ...next.arrival, ageUs: nowUs - next.atUs },
        nowUs,
        this.#time.wallUs(),
      );
    }
    this.#arm();
  }

  /** As the driver of real sockets does it: drain before you declare. */
  #turn(): void {
    const core = this.#life?.core;
    if (core === undefined || this.paused) return;
    if (core.wantsDrain(this.#time.monotonicUs())) this.#drain();
    core.due(this.#time.monotonicUs(), this.#time.wallUs());
    this.#drain();
  }

  #arm(): void {
    this.#cancelTimer();
    const atUs = this.#life?.core.nextDueUs() ?? null;
    if (atUs !== null && !this.paused) this.#cancelTimer = this.#time.at(atUs, () => this.#turn());
  }
}

export interface BfdPair {
  readonly time: VirtualClock;
  readonly a: BfdEnd;
  readonly b: BfdEnd;
}

export function bfdPair(
  random: SeededRandom,
  inputs: { readonly a?: Partial<BfdInput>; readonly b?: Partial<BfdInput> } = {},
): BfdPair {
  const time = new VirtualClock();
  const a = new BfdEnd(time, random, '10.0.0.1', bfdInput({ neighbor: '10.0.0.2', ...inputs.a }));
  const b = new BfdEnd(time, random, '10.0.0.2', bfdInput({ neighbor: '10.0.0.1', ...inputs.b }));
  a.other = b;
  b.other = a;
  return { time, a, b };
}
