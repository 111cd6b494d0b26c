/** What is asked of the kernel's table again, and what is told of it, while the kernel refuses and others meddle. */
import { describe, expect, it } from 'vitest';
import { ModelKernel } from '../effects/ipvs/kernel.fixture.ts';
import type { ActorEvent, Post } from '../engine/types.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import type { VirtualServerEffect } from '../machines/virtual-server/virtual-server.effects.ts';
import type { DestinationPlan, ServicePlan } from '../protocol/ipvs/plan.ts';
import type { IpvsTable } from '../protocol/ipvs/table.ts';
import { Ipvs } from './ipvs.ts';

const SECOND_US = 1_000_000;
const SERVICE = '[10.0.0.1]:tcp:80';
const SERVER = '[10.0.1.1]:80';
const service: ServicePlan = {
  ranges: [{ protocol: 'TCP', first: '10.0.0.1', last: '10.0.0.1', port: 80 }],
  ...{ scheduler: 'rr', flags: 0, persistenceSeconds: 0, granularity: null },
};
const destinations: readonly DestinationPlan[] = [{ address: '10.0.1.1', port: 80, method: 'NAT' }];

class Scene {
  readonly kernel = new ModelKernel();
  readonly clock = new VirtualClock();
  /** What reaches virtual servers, each with the second and what it is. */
  readonly told: string[] = [];
  readonly log: string[] = [];
  readonly ipvs: Ipvs;
  #refuses = false;

  constructor() {
    const { clock, kernel } = this;
    this.ipvs = new Ipvs({
      ...{ notices: { notifyServer: () => {}, mailServer: () => {} }, suspend: () => {}, namespace: null },
      engine: {
        post: (actor, event) => {
          this.#tell(actor, event);
          if (event.type === 'table.drifted') this.ask(actor, { type: 'mendServices', params: {} });
        },
      },
      log: (line) => this.log.push(line),
      means: {
        ...{ clock, scheduler: clock, load: () => Promise.resolve(), turn: () => Promise.resolve() },
        requests: {
          ...{ ask: () => [], timeouts: () => null, close: () => {} },
          perform: (asked) => (this.#refuses ? asked.map(() => 'ENOMEM') : kernel.perform(asked)),
        },
        read: () => Promise.resolve(new Map(kernel.services) as IpvsTable),
        later: (task) => void clock.at(clock.monotonicUs(), task),
      },
    });
  }

  static async open(...actors: readonly string[]): Promise<Scene> {
    const scene = new Scene();
    await scene.ipvs.open();
    for (const actor of actors) {
      scene.ipvs.follow(actor);
      scene.ask(actor, { type: 'holdServices', params: { service, destinations, weights: [1] } });
    }
    await scene.until(1);
    scene.told.length = 0;
    return scene;
  }

  get seconds(): number {
    return Math.floor(this.clock.monotonicUs() / SECOND_US);
  }

  get weight(): number | undefined {
    return this.kernel.table[SERVICE]?.[SERVER];
  }

  ask(actor: string, effect: VirtualServerEffect): void {
    const post: Post = (to, event) => this.#tell(to, event);
    this.ipvs.executors.virtual.perform(actor, effect as never, 1, post);
  }

  weigh(actor: string, weight: number | null): void {
    const changes = [{ place: 0, server: '10.0.1.1 80', weight }];
    this.ask(actor, { type: 'setDestinations', params: { changes } });
  }

  refuse(refuses: boolean): void {
    this.#refuses = refuses;
  }

  steal(): void {
    this.kernel.services.get(SERVICE)?.destinations.delete(SERVER);
  }

  /** All that is due up to then, with what promises wait for. */
  async until(seconds: number): Promise<void> {
    for (;;) {
      for (let turns = 0; turns < 20; turns++) await Promise.resolve();
      const nextUs = this.clock.nextUs();
      if (nextUs === null || nextUs > seconds * SECOND_US) break;
      this.clock.runNext();
    }
    this.clock.advanceTo(seconds * SECOND_US);
  }

  #tell(actor: string, { type }: ActorEvent): void {
    this.told.push(`${actor} ${type} ${this.seconds}`);
  }
}

describe('what the kernel refuses', () => {
  it('is asked for at every look, however long it has been refused, and told ever less often', async () => {
    const scene = await Scene.open('a');
    scene.refuse(true);
    scene.weigh('a', 2);
    await scene.until(135);
    expect(scene.told).toEqual([
      'a table.refused 1',
      ...[10, 20, 40, 80].flatMap((at) => [`a table.drifted ${at}`, `a table.refused ${at}`]),
    ]);
    scene.told.length = 0;
    scene.refuse(false);
    await scene.until(145);
    expect([scene.weight, scene.told]).toEqual([2, ['a table.applied 140']]);
    await scene.until(400);
    expect(scene.told).toHaveLength(1);
  });

  it('is asked for at the next look also if it was refused anew whenever it was told of', async () => {
    const scene = await Scene.open('a');
    for (const [from, to] of [
      [2, 15],
      [18, 22],
      [38, 42],
      [78, 82],
    ] as const) {
      await scene.until(from);
      scene.refuse(true);
      if (from === 2) scene.weigh('a', 2);
      await scene.until(to);
      scene.refuse(false);
      await scene.until(to + 10);
      expect(scene.weight, `refused until ${to} s`).toBe(2);
      scene.steal();
    }
  });

  it('and others do in its place is known to be as it shall be, by each virtual server that wants it', async () => {
    const scene = await Scene.open('a', 'b');
    scene.refuse(true);
    scene.weigh('a', 2);
    scene.weigh('b', 2);
    await scene.until(25);
    scene.told.length = 0;
    const held = scene.kernel.services.get(SERVICE)?.destinations.get(SERVER);
    if (held !== undefined)
      scene.kernel.services
        .get(SERVICE)
        ?.destinations.set(SERVER, { ...held, settings: { ...held.settings, weight: 2 } });
    await scene.until(35);
    expect(scene.told).toEqual(['a table.applied 30', 'b table.applied 30']);
    await scene.until(400);
    expect(scene.told).toHaveLength(2);
  });

  it('of a virtual server that is gone is removed later', async () => {
    const scene = await Scene.open('a');
    scene.refuse(true);
    scene.ask('a', { type: 'releaseServices', params: {} });
    await scene.until(2);
    scene.ipvs.forget('a');
    await scene.until(15);
    expect(scene.weight).toBe(1);
    scene.refuse(false);
    await scene.until(25);
    expect([scene.kernel.table, scene.log]).toEqual([{}, ['IPVS: what was left of a is removed']]);
  });
});

describe('what others do to the table', () => {
  it('is mended at every look, and told ever less often while it is the same', async () => {
    const scene = await Scene.open('a');
    for (let at = 9; at < 89; at += 10) {
      await scene.until(at);
      scene.steal();
      await scene.until(at + 5);
      expect(scene.weight, `taken at ${at} s`).toBe(1);
    }
    expect(scene.told).toEqual(
      [10, 20, 40, 80].flatMap((at) => [`a table.drifted ${at}`, `a table.applied ${at}`]),
    );
  });
});
