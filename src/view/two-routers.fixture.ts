/**
 * Two routers on one simulated LAN that write real journals: the real engine, statechart and heartbeat core, with time
 * that moves only when told. A history to look at where no network namespace can be had.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { SeededRandom } from '../../test/sim/seeded-random.ts';
import { SimulatedHeartbeat } from '../../test/sim/simulated-heartbeat.ts';
import { PERFECT_LAN, SimulatedLan } from '../../test/sim/simulated-lan.ts';
import { createRecordingExecutor } from '../effects/recording-executor.ts';
import { Engine } from '../engine/engine.ts';
import type { ActorEvent } from '../engine/types.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { type JournalWriter, openJournal } from '../journal/writer.ts';
import { vrrpDefinition } from '../machines/registry.ts';
import { vrrpInput } from '../machines/vrrp/vrrp.fixture.ts';

export const INSTANCE = 'vrrp/VI_1';
const INTERFACE = 'eth0';

/** How long the simulated kernel takes to answer. */
const KERNEL_US = 800;

export interface RouterOptions {
  readonly name: string;
  readonly address: string;
  readonly priority: number;
  readonly startAsMaster: boolean;
}

export class SimulatedRouter {
  readonly name: string;
  readonly engine: Engine;
  readonly journal: JournalWriter;
  readonly #heartbeat: SimulatedHeartbeat;
  readonly #options: RouterOptions;

  constructor(clock: VirtualClock, lan: SimulatedLan, directory: string, options: RouterOptions) {
    this.name = options.name;
    this.#options = options;
    this.journal = openJournal({ directory, node: options.name, process: 'vrrp' });
    this.#heartbeat = new SimulatedHeartbeat({
      name: options.name,
      time: clock,
      interfaces: { [INTERFACE]: lan },
      listener: {
        event: (actor, event) => this.engine.post(actor, { ...event } as ActorEvent),
        run: (run) => this.journal.run({ ...run, afterSeq: this.engine.seq }),
      },
    });
    const executor = createRecordingExecutor({
      interfaces: [{ name: INTERFACE, arp: true }],
      heartbeats: this.#heartbeat,
      later: (task) => {
        clock.at(clock.monotonicUs() + KERNEL_US, task);
      },
    });
    this.engine = new Engine({ clock, scheduler: clock, journal: this.journal, executor });
  }

  start(): void {
    const { address: sourceAddress, priority, startAsMaster } = this.#options;
    this.journal.define({ kind: 'config', name: 'config@1', body: { instance: 'VI_1' } });
    const cause = this.engine.note({ type: 'process.started', node: this.name });
    const input = vrrpInput({ interface: INTERFACE, priority, startAsMaster });
    this.engine.spawn(INSTANCE, vrrpDefinition, { ...input });
    this.engine.post(INSTANCE, { type: 'instance.started', linkUp: true, sourceAddress }, cause);
  }

  /** Its cable is pulled or plugged in again. */
  setLink(up: boolean): void {
    this.#heartbeat.setLink(INTERFACE, up);
    this.engine.post(INSTANCE, { type: up ? 'link.up' : 'link.down' });
  }
}

export interface TwoRouters {
  readonly r1: SimulatedRouter;
  readonly r2: SimulatedRouter;
  readonly clock: VirtualClock;
  /** Journal directories, r1's first. */
  readonly directories: readonly string[];
  /** Resolves when everything that happened is in the journals. */
  flush(): Promise<void>;
  /** Ends both and deletes their journals. */
  close(): Promise<void>;
}

/** r1 (priority 150) becomes master, r2 (100) backs it up. `beganUs`: Unix time at which they start. */
export function startTwoRouters(
  beganUs: number,
  directory: string = temporaryDirectory('two-routers'),
): TwoRouters {
  const clock = new VirtualClock(0, beganUs);
  const lan = new SimulatedLan(clock, new SeededRandom(1), PERFECT_LAN);
  const directories = ['r1', 'r2'].map((name) => join(directory, name));
  const options = [
    { name: 'r1', address: '10.0.0.1', priority: 150, startAsMaster: true },
    { name: 'r2', address: '10.0.0.2', priority: 100, startAsMaster: false },
  ];
  const routers = options.map(
    (option, index) => new SimulatedRouter(clock, lan, directories[index] ?? '', option),
  );
  const [r1, r2] = routers;
  if (r1 === undefined || r2 === undefined) throw new Error('two routers are needed');
  for (const router of routers) router.start();
  return {
    r1,
    r2,
    clock,
    directories,
    flush: async () => {
      for (const router of routers) await router.journal.flush();
    },
    close: async () => {
      for (const router of routers) await router.journal.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
