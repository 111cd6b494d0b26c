/**
 * Routers in virtual time: the real machines, engine, heartbeat core and wire format on a simulated LAN, with a recording
 * executor for a kernel. One seed, one history.
 */
import { createRecordingExecutor, type RecordingExecutor } from '../../src/effects/recording-executor.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { ActorEvent, EffectExecutor, JournalRow, JournalRun } from '../../src/engine/types.ts';
import { VirtualClock } from '../../src/engine/virtual-clock.ts';
import { type MachineDefinition, vrrpDefinition } from '../../src/machines/registry.ts';
import { vrrpInput } from '../../src/machines/vrrp/vrrp.fixture.ts';
import type { VrrpInput } from '../../src/machines/vrrp/vrrp.input.ts';
import type { SeededRandom } from './seeded-random.ts';
import { SimulatedHeartbeat } from './simulated-heartbeat.ts';
import { type LanQuality, SimulatedLan } from './simulated-lan.ts';

export const ACTOR = 'vrrp/VI_1';

/** A LAN as it is on a good day: some jitter, nothing lost. */
export const GOOD_LAN: LanQuality = { leastLatencyUs: 30, mostLatencyUs: 900, loss: 0, duplication: 0 };

/** How long the simulated kernel takes to answer. */
const KERNEL_US = 150;
const KERNEL_EFFECTS: readonly string[] = ['addVips', 'removeVips', 'sendGratuitousArps'];

/** The daemon's patience at its end. */
const STOP_DEADLINE_US = 3_000_000;
const STOP_POLL_US = 5_000;

export interface RouterOptions {
  readonly name: string;
  readonly address: string;
  readonly input: Partial<VrrpInput>;
}

/** What differs from the real thing, to prove that the checks notice. */
export interface Sabotage {
  readonly definition?: MachineDefinition;
  readonly wrapExecutor?: (executor: EffectExecutor) => EffectExecutor;
  /** Answers of the kernel come this late; 150 us. */
  readonly kernelUs?: number;
}

/** The journal of one life of a router's process. */
export interface Life {
  readonly rows: JournalRow[];
  readonly runs: JournalRun[];
  /** Unix time of its end; null while it lasts. */
  endWallUs: number | null;
}

export class SimulatedRouter {
  readonly name: string;
  readonly address: string;
  readonly input: VrrpInput;
  readonly lives: Life[] = [];
  linkUp = true;
  paused = false;
  /** True if an orderly end left an address behind. */
  stoppedHolding = false;
  #running: { engine: Engine; heartbeat: SimulatedHeartbeat; executor: RecordingExecutor } | null = null;
  readonly #time: VirtualClock;
  readonly #lan: SimulatedLan;
  readonly #sabotage: Sabotage;
  #held: readonly string[] = [];
  #late: (() => void)[] = [];

  constructor(options: RouterOptions, time: VirtualClock, lan: SimulatedLan, sabotage: Sabotage) {
    this.name = options.name;
    this.address = options.address;
    this.input = vrrpInput(options.input);
    this.#time = time;
    this.#lan = lan;
    this.#sabotage = sabotage;
  }

  get alive(): boolean {
    return this.#running !== null;
  }

  /** Virtual addresses in its kernel's table, also those that a killed process left. */
  get held(): readonly string[] {
    return this.#running?.executor.held('eth0') ?? this.#held;
  }

  get role(): string {
    const state = this.#running?.engine.view(ACTOR)?.state as { protocol?: unknown } | undefined;
    const protocol = state?.protocol ?? 'dead';
    return typeof protocol === 'string' ? protocol : (Object.keys(protocol as object)[0] ?? '');
  }

  get addressState(): unknown {
    return (this.#running?.engine.view(ACTOR)?.state as { addresses?: unknown } | undefined)?.addresses;
  }

  start(): void {
    const life: Life = { rows: [], runs: [], endWallUs: null };
    this.lives.push(life);
    const scheduler = { at: (atUs: number, due: () => void) => this.#time.at(atUs, this.#whenRunning(due)) };
    const heartbeat = new SimulatedHeartbeat({
      name: this.name,
      time: this.#time,
      interfaces: { eth0: this.#lan },
      listener: {
        event: (actor, event) => engine.post(actor, { ...event } as ActorEvent),
        run: (run) => life.runs.push({ ...run, afterSeq: engine.seq }),
      },
    });
    heartbeat.setLink('eth0', this.linkUp);
    const executor = createRecordingExecutor({
      interfaces: [{ name: 'eth0', arp: true }],
      heartbeats: heartbeat,
      later: (task) => scheduler.at(this.#time.monotonicUs(), task),
    });
    for (const vip of this.input.addresses) {
      if (this.#held.includes(`${vip.address}/${vip.prefixLength}`)) executor.holdForeign(vip);
    }
    const engine = new Engine({
      clock: this.#time,
      scheduler,
      journal: { row: (row) => life.rows.push(row), run: () => {}, define: () => {} },
      executor: this.#slowKernel(this.#sabotage.wrapExecutor?.(executor) ?? executor),
    });
    this.#running = { engine, heartbeat, executor };
    this.paused = false;
    engine.spawn(ACTOR, this.#sabotage.definition ?? vrrpDefinition, this.input);
    this.#post({ type: 'instance.started', linkUp: this.linkUp, sourceAddress: this.address });
  }

  /** kill -9: the process is gone, its addresses stay in the kernel. */
  kill(): void {
    if (this.#running === null) return;
    this.#held = this.held;
    this.#running.heartbeat.kill();
    this.#running = null;
    const life = this.lives.at(-1);
    if (life !== undefined) life.endWallUs = this.#time.wallUs();
    this.#late = [];
  }

  /** SIGTERM: it resigns, and ends when its chart says that its addresses are gone. */
  stop(): void {
    if (this.#running === null) return;
    this.#post({ type: 'shutdown.requested', reason: 'SIGTERM' });
    const life = this.lives.length;
    const deadlineUs = this.#time.monotonicUs() + STOP_DEADLINE_US;
    const look = () => {
      if (life !== this.lives.length || this.#running === null) return;
      if (this.addressState === 'absent' || this.#time.monotonicUs() >= deadlineUs) {
        this.stoppedHolding = this.held.length > 0;
        this.kill();
      } else this.#time.at(this.#time.monotonicUs() + STOP_POLL_US, look);
    };
    look();
  }

  /** Somebody deletes the virtual addresses by hand. */
  deleteAddresses(): void {
    for (const vip of this.input.addresses) {
      if (!this.held.includes(`${vip.address}/${vip.prefixLength}`)) continue;
      this.#running?.executor.deleteForeign(vip);
      this.#post({ type: 'object.deleted', object: 'address', name: vip.address });
    }
  }

  setLink(up: boolean): void {
    if (this.linkUp === up) return;
    this.linkUp = up;
    this.#running?.heartbeat.setLink('eth0', up);
    this.#post({ type: up ? 'link.up' : 'link.down' });
  }

  /** The process does not run: nothing is read, no timer fires, until resume(). */
  pause(): void {
    this.paused = true;
    this.#running?.heartbeat.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    const late = this.#late;
    this.#late = [];
    this.#running?.heartbeat.resume();
    for (const task of late) task();
  }

  /** Kernel effects take hold after a while, in their order. What they delete is reported before they are answered. */
  #slowKernel(executor: EffectExecutor): EffectExecutor {
    const latencyUs = this.#sabotage.kernelUs ?? KERNEL_US;
    return {
      perform: (actor, effect, cause, post) => {
        if (!KERNEL_EFFECTS.includes(effect.type)) return executor.perform(actor, effect, cause, post);
        const perform = () => {
          const before = this.held;
          executor.perform(actor, effect, cause, post);
          for (const vip of this.input.addresses) {
            const text = `${vip.address}/${vip.prefixLength}`;
            const gone = before.includes(text) && !this.held.includes(text);
            if (gone) this.#post({ type: 'object.deleted', object: 'address', name: vip.address });
          }
        };
        this.#time.at(this.#time.monotonicUs() + latencyUs, this.#whenRunning(perform));
      },
    };
  }

  /** Facts that reach a paused process are read when it runs again. */
  #post(event: ActorEvent): void {
    const { engine } = this.#running ?? {};
    if (engine !== undefined) this.#whenRunning(() => engine.post(ACTOR, event))();
  }

  #whenRunning(task: () => void): () => void {
    const life = this.lives.length;
    return () => {
      if (life !== this.lives.length || this.#running === null) return;
      if (this.paused) this.#late.push(task);
      else task();
    };
  }
}

export class Cluster {
  readonly time = new VirtualClock();
  readonly lan: SimulatedLan;
  readonly routers: readonly SimulatedRouter[];
  /** Names that can hear each other; one group while the LAN is whole. */
  groups: readonly (readonly string[])[];

  constructor(routers: readonly RouterOptions[], random: SeededRandom, sabotage: Sabotage = {}) {
    this.lan = new SimulatedLan(this.time, random, GOOD_LAN);
    this.routers = routers.map((options) => new SimulatedRouter(options, this.time, this.lan, sabotage));
    this.groups = [routers.map((router) => router.name)];
  }

  start(): void {
    for (const router of this.routers) router.start();
  }

  partition(groups: readonly (readonly string[])[]): void {
    this.groups = groups;
    this.lan.partition(groups);
  }

  heal(): void {
    this.groups = [this.routers.map((router) => router.name)];
    this.lan.heal();
  }

  router(name: string): SimulatedRouter {
    const found = this.routers.find((router) => router.name === name);
    if (found === undefined) throw new Error(`no router ${name}`);
    return found;
  }
}
