/**
 * Two routers on one simulated LAN that write real journals: the real engine, statechart and heartbeat core, with time
 * that moves only when told. A history to look at where no network namespace can be had.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRecordingExecutor } from '../effects/recording-executor.ts';
import { Engine } from '../engine/engine.ts';
import { HeartbeatCore } from '../engine/heartbeat/core.ts';
import type { HeartbeatPort } from '../engine/heartbeat.ts';
import type { ActorEvent } from '../engine/types.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { type JournalWriter, openJournal } from '../journal/writer.ts';
import { vrrpDefinition } from '../machines/registry.ts';
import type { VrrpInput } from '../machines/vrrp/vrrp.context.ts';
import { vrrpInput } from '../machines/vrrp/vrrp.fixture.ts';

export const INSTANCE = 'vrrp/VI_1';
const INTERFACE = 'eth0';

export interface RouterOptions {
  readonly name: string;
  readonly address: string;
  readonly priority: number;
  readonly startAsMaster: boolean;
}

function inputOf({ priority, startAsMaster }: RouterOptions): VrrpInput {
  return vrrpInput({ interface: INTERFACE, priority, startAsMaster });
}

export class SimulatedRouter {
  readonly name: string;
  readonly engine: Engine;
  readonly journal: JournalWriter;
  readonly #clock: VirtualClock;
  readonly #core: HeartbeatCore;
  readonly #options: RouterOptions;
  #connected = true;
  #cancelDue: () => void = () => {};

  constructor(
    clock: VirtualClock,
    directory: string,
    options: RouterOptions,
    transmit: (from: SimulatedRouter, packet: Uint8Array) => void,
  ) {
    this.name = options.name;
    this.#clock = clock;
    this.#options = options;
    this.journal = openJournal({ directory, node: options.name, process: 'vrrp' });
    this.#core = new HeartbeatCore({
      event: (actor, event) => this.engine.post(actor, { ...event } as ActorEvent),
      run: (run) => this.journal.run({ ...run, afterSeq: this.engine.seq }),
      send: (_interface, packet) => {
        if (!this.#connected) return 'network is down';
        transmit(this, packet.slice());
        return null;
      },
    });
    const executor = createRecordingExecutor({
      interfaces: [{ name: INTERFACE, arp: true }],
      heartbeats: this.#port(),
      later: (task) => {
        clock.at(clock.monotonicUs() + 800, task);
      },
    });
    this.engine = new Engine({ clock, scheduler: clock, journal: this.journal, executor });
  }

  start(): void {
    this.journal.define({ kind: 'config', name: 'config@1', body: { instance: 'VI_1' } });
    const cause = this.engine.note({ type: 'process.started', node: this.name });
    this.engine.spawn(INSTANCE, vrrpDefinition, { ...inputOf(this.#options) });
    const sourceAddress = this.#options.address;
    this.engine.post(INSTANCE, { type: 'instance.started', linkUp: true, sourceAddress }, cause);
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Its cable is pulled or plugged in again. */
  setLink(up: boolean): void {
    this.#connected = up;
    this.engine.post(INSTANCE, { type: up ? 'link.up' : 'link.down' });
  }

  receive(packet: Uint8Array): void {
    if (!this.#connected) return;
    this.#core.packetReceived(packet, INTERFACE, this.#clock.monotonicUs(), this.#clock.wallUs());
    this.#plan();
  }

  #plan(): void {
    this.#cancelDue();
    const next = this.#core.nextDueUs();
    if (next === null) return;
    this.#cancelDue = this.#clock.at(next, () => {
      this.#core.due(this.#clock.monotonicUs(), this.#clock.wallUs());
      this.#plan();
    });
  }

  #port(): HeartbeatPort {
    const core = this.#core;
    const clock = this.#clock;
    const planned = (act: () => void): void => {
      act();
      this.#plan();
    };
    const now = (): [number, number] => [clock.monotonicUs(), clock.wallUs()];
    return {
      open: (actor, identity) => planned(() => core.open(actor, identity)),
      setSource: (actor, address) => planned(() => core.setSource(actor, address)),
      announce: (actor, content) => planned(() => core.announce(actor, content, ...now())),
      stopAnnouncing: (actor) => planned(() => core.stopAnnouncing(actor)),
      sendOnce: (actor, content) => planned(() => core.sendOnce(actor, content, ...now())),
      watch: (actor, awaited, allowedUs, expectedUs) =>
        planned(() => core.watch(actor, awaited, allowedUs, expectedUs, clock.monotonicUs())),
      stopWatching: (actor) => planned(() => core.stopWatching(actor)),
      close: (actor) => planned(() => core.close(actor)),
      status: (actor) => core.status(actor),
    };
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
export function startTwoRouters(beganUs: number): TwoRouters {
  const directory = mkdtempSync(join(tmpdir(), 'relived-two-routers-'));
  const clock = new VirtualClock(0, beganUs);
  const routers: SimulatedRouter[] = [];
  const transmit = (from: SimulatedRouter, packet: Uint8Array): void => {
    for (const router of routers) {
      if (router !== from) clock.at(clock.monotonicUs() + 120, () => router.receive(packet));
    }
  };
  const directories = ['r1', 'r2'].map((name) => join(directory, name));
  const options = [
    { name: 'r1', address: '10.0.0.1', priority: 150, startAsMaster: true },
    { name: 'r2', address: '10.0.0.2', priority: 100, startAsMaster: false },
  ];
  options.forEach((option, index) => {
    routers.push(new SimulatedRouter(clock, directories[index] ?? '', option, transmit));
  });
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
