/** One router of a story: its kernel and clocks, which last, and the lives of its process. */
import { configuredActors } from '../../../src/config/actors.ts';
import { memoryFiles } from '../../../src/config/config.fixture.ts';
import { UNKNOWN_ENVIRONMENT } from '../../../src/config/environment.ts';
import { readConfig } from '../../../src/config/read.ts';
import type { Configured } from '../../../src/config/reload.ts';
import type { VirtualClock } from '../../../src/engine/virtual-clock.ts';
import { configText, ownAddress } from '../story/config-text.ts';
import type { ConfigSpec, Lan, RouterSpec } from '../story/model.ts';
import { virtualAddresses } from '../story/text-blocks.ts';
import { HostKernel } from './host-kernel.ts';
import type { LeftBehind } from './left-behind.ts';
import { Life, type LifeParts } from './life.ts';
import { Truths } from './looks.ts';
import type { Station } from './network.ts';
import { RouterClock } from './router-clock.ts';
import { ServicePremises } from './services.ts';
import type { ServerTruths } from './simulated-probes.ts';

const FILE = '/etc/keepalived/keepalived.conf';

/** 2023-11-14 22:13:20 UTC. */
const WALL_US = 1_700_000_000_000_000;

/** How long a process that ends tries to let go, and how long it waits before it tries again. */
const PATIENCE_US = 4_000_000;

const ENVIRONMENT = {
  ...UNKNOWN_ENVIRONMENT,
  interfaces: new Set(['lo', 'eth0', 'eth1']),
  program: (command: string) => ({ path: command.split(' ')[0] ?? '', executable: true, unsafe: false }),
};

const known = new WeakMap<ConfigSpec, Map<number, readonly Configured[]>>();

/** What the real reader makes of a configuration. @throws Error if it does not like it */
export function actorsOf(config: ConfigSpec, number: number): readonly Configured[] {
  const read = known.get(config)?.get(number);
  if (read !== undefined) return read;
  const text = configText(config, number);
  const { config: usable, diagnostics } = readConfig(FILE, memoryFiles({ [FILE]: text }), ENVIRONMENT);
  if (usable === null || diagnostics.length > 0)
    throw new Error(`${text}\n${diagnostics.map((each) => JSON.stringify(each)).join('\n')}`);
  // The tree is the reader's own; what actors keep of it is copied, as through the journal.
  const actors = JSON.parse(JSON.stringify(configuredActors(usable))) as readonly Configured[];
  known.set(config, (known.get(config) ?? new Map()).set(number, actors));
  return actors;
}

type OfLives = 'host' | 'clock' | 'kernel' | 'truths' | 'onRow' | 'premises' | 'seed';

export interface HostParts extends Omit<LifeParts, OfLives> {
  readonly onRow: (host: Host, ...row: Parameters<LifeParts['onRow']>) => void;
  /** It has ended by itself. */
  readonly onEnd: (host: Host) => void;
  readonly time: VirtualClock;
  readonly kernelUs: number;
  readonly drifts: (router: string) => boolean;
  readonly servers: ServerTruths;
  /** Whether there are virtual servers in the story. */
  readonly hasServices: boolean;
}

export class Host implements Station {
  readonly name: string;
  readonly number: number;
  /** Place among the routers of the story. */
  readonly index: number;
  readonly clock: RouterClock;
  readonly kernel: HostKernel;
  readonly truths = new Truths();
  readonly premises: ServicePremises;
  readonly lives: Life[] = [];
  life: Life | null = null;
  /** The file, as it is now. */
  config: ConfigSpec;
  /** Set when an orderly end left a virtual address behind. */
  leftBehind: string | null = null;
  /** When its kernel last ceased to refuse, or to be slow; -Infinity: it never did. */
  healedUs = Number.NEGATIVE_INFINITY;
  readonly #parts: HostParts;
  #left: LeftBehind | null = null;

  constructor({ name, number, config }: RouterSpec, index: number, parts: HostParts) {
    this.name = name;
    this.number = number;
    this.index = index;
    this.config = config;
    this.#parts = parts;
    this.clock = new RouterClock(parts.time, WALL_US, parts.drifts(name));
    this.kernel = new HostKernel(number, parts.kernelUs);
    this.premises = new ServicePremises(parts.servers);
  }

  /** Runs, and is not kept from running. */
  get isActive(): boolean {
    return this.life !== null && !this.life.isPaused && !this.life.isStopping;
  }

  start(): void {
    if (this.life !== null) return;
    const { clock, kernel, truths } = this;
    const parts: LifeParts = {
      ...this.#parts,
      host: this,
      clock,
      kernel,
      truths,
      premises: this.#parts.hasServices ? this.premises : null,
      seed: this.number + 1000 * this.lives.length,
      onRow: (row) => this.#parts.onRow(this, row),
    };
    const life = new Life(parts, this.config, this.#left);
    this.#left = null;
    this.life = life;
    this.lives.push(life);
    life.begin(actorsOf(this.config, this.number));
  }

  /** kill -9: the process is gone, its addresses stay. `warm`: and what it has written down for the next one. */
  crash(warm = false): void {
    this.#left = warm ? (this.life?.leftBehind() ?? null) : null;
    this.life?.kill();
    this.life = null;
  }

  powerOff(): void {
    this.crash();
    this.premises.table.forget();
    this.kernel.forget((address) =>
      ([0, 1] as const).some((lan) =>
        (['inet', 'inet6'] as const).some((family) => ownAddress(lan, family, this.number) === address),
      ),
    );
  }

  stop(): void {
    const { life } = this;
    life?.stop(() => {
      if (this.life !== life) return;
      const held = life.config.instances.flatMap((instance) =>
        virtualAddresses(instance).filter(({ address }) => this.kernel.holds(instance.lan, address)),
      );
      const couldLetGo = this.#parts.time.monotonicUs() - this.healedUs > PATIENCE_US;
      if (held.length > 0 && couldLetGo && !this.kernel.isRefusing('remove'))
        this.leftBehind = held.map(({ address }) => address).join();
      this.crash();
      this.#parts.onEnd(this);
    });
  }

  reload(config: ConfigSpec): void {
    this.config = config;
    this.life?.reload(config, actorsOf(config, this.number));
  }

  linkUp(lan: Lan): boolean {
    return this.kernel.linkUp(lan);
  }

  takes(lan: Lan, address: string): boolean {
    return this.kernel.holds(lan, address);
  }

  receive(lan: Lan, packet: Uint8Array): void {
    this.life?.arrive(lan, packet);
  }
}
