import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DestinationPlan, ServicePlan, ServiceRange } from '../../protocol/ipvs/plan.ts';
import { ModelKernel } from './kernel.fixture.ts';
import { TableExecutor, type TableOutcome } from './table-executor.ts';

const range = (first: string, last = first): ServiceRange => ({ protocol: 'TCP', first, last, port: 80 });
const plan = (...ranges: readonly ServiceRange[]): ServicePlan => ({
  ranges,
  ...{ scheduler: 'rr', flags: 0, persistenceSeconds: 0, granularity: null },
});
const server = (last: number, method: 'NAT' | 'DR' = 'NAT', port = 8080): DestinationPlan => ({
  ...{ address: `10.0.1.${last}`, port, method },
});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Scene {
  readonly kernel = new ModelKernel();
  readonly told: (readonly [string, TableOutcome])[] = [];
  executor = this.#fresh();

  #fresh(): TableExecutor {
    return new TableExecutor({
      perform: this.kernel.perform,
      settled: (actor, outcome) => this.told.push([actor, outcome]),
    });
  }

  /** As after a kill: it knows what the kernel tells, and nothing else. */
  restart(): void {
    this.executor = this.#fresh();
    this.executor.learn(new Map(this.kernel.services));
    this.kernel.sent.length = 0;
    this.told.length = 0;
  }

  async settle(): Promise<void> {
    for (let turns = 0; turns < 1_000; turns++) {
      await turn();
      if (this.executor.isIdle) return turn();
    }
    throw new Error('it comes to no end');
  }
}

describe('the table', () => {
  it('has services with their destinations, and each change of them', async () => {
    const scene = new Scene();
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(1), server(2, 'DR'), server(3)], [1, 2, null]);
    await scene.settle();
    expect(scene.kernel.table).toEqual({ '[10.0.0.1]:tcp:80': { '[10.0.1.1]:8080': 1, '[10.0.1.2]:80': 2 } });
    expect(scene.told.splice(0)).toEqual([
      ['a', { added: 3, changed: 0, removed: 0, refused: 0, errors: [] }],
    ]);
    scene.executor.weigh('a', [
      [0, 0],
      [1, null],
      [2, 7],
    ]);
    await scene.settle();
    expect(scene.kernel.table).toEqual({
      '[10.0.0.1]:tcp:80': { '[10.0.1.1]:8080': 0, '[10.0.1.3]:8080': 7 },
    });
    expect(scene.told.splice(0)).toMatchObject([['a', { added: 1, changed: 1, removed: 1, refused: 0 }]]);
    scene.executor.release('a');
    await scene.settle();
    expect(scene.kernel.table).toEqual({});
    expect(scene.told).toMatchObject([['a', { removed: 1 }]]);
  });

  it.each([
    ['a service of 3,000 servers', 1, 3_000],
    ['300 services', 300, 3],
  ])('leaves the event loop its turns where the kernel refuses %s', (_, services, count) => {
    const tasks: (() => void)[] = [];
    const outcomes: TableOutcome[] = [];
    const executor = new TableExecutor({
      later: (task) => tasks.push(task),
      perform: (requests) => requests.map(() => 'ENOMEM'),
      settled: (_actor, outcome) => outcomes.push(outcome),
    });
    const servers = Array.from({ length: count }, (_none, at) => server(at % 250, 'NAT', 1_000 + at));
    const weights = servers.map(() => 1);
    for (let at = 0; at < services; at++)
      executor.hold(`${at}`, plan(range(`10.0.${at >> 8}.${at & 255}`)), servers, weights);
    let [turns, mostTold] = [0, 0];
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      const before = outcomes.length;
      task();
      turns += 1;
      mostTold = Math.max(mostTold, outcomes.length - before);
    }
    expect(turns).toBeGreaterThan((services * count) / 128);
    expect(mostTold).toBeLessThanOrEqual(16);
    expect(outcomes.map(({ refused }) => refused)).toEqual(Array(services).fill(1 + count));
    expect(executor.isIdle).toBe(true);
  });

  it('is asked for few services at a time, for one that is refused may take the kernel long', () => {
    const tasks: (() => void)[] = [];
    const sizes: number[] = [];
    const executor = new TableExecutor({
      later: (task) => tasks.push(task),
      perform: (requests) => {
        sizes.push(requests.length);
        return requests.map(() => 'ENOENT');
      },
      settled: () => {},
    });
    for (let at = 0; at < 50; at++) executor.hold(`${at}`, plan(range(`10.0.0.${at}`)), [server(1)], [1]);
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
    expect(Math.max(...sizes)).toBe(4);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(50);
  });

  it('is asked for in few datagrams, and once for what changes many times', async () => {
    const scene = new Scene();
    const servers = Array.from({ length: 2_000 }, (_, at) => server(at % 250, 'NAT', 1_000 + at));
    scene.executor.hold(
      'a',
      plan(range('10.0.0.1')),
      servers,
      servers.map(() => 1),
    );
    await scene.settle();
    expect(scene.kernel.asked).toBe(2_001);
    expect(scene.kernel.sent.length).toBeLessThan(40);
    scene.kernel.sent.length = 0;
    for (let weight = 2; weight < 50; weight++) scene.executor.weigh('a', [[0, weight]]);
    await scene.settle();
    expect(scene.kernel.asked).toBe(1);
    expect(scene.told).toHaveLength(2);
  });

  it('has every address of a range', async () => {
    const scene = new Scene();
    const mark: ServiceRange = { fwmark: 5, family: 'inet6' };
    scene.executor.hold('a', plan(range('10.0.0.254', '10.0.1.1'), mark), [server(1, 'DR')], [1]);
    await scene.settle();
    expect(scene.kernel.table).toEqual({
      '[10.0.0.254]:tcp:80': { '[10.0.1.1]:80': 1 },
      '[10.0.0.255]:tcp:80': { '[10.0.1.1]:80': 1 },
      '[10.0.1.0]:tcp:80': { '[10.0.1.1]:80': 1 },
      '[10.0.1.1]:tcp:80': { '[10.0.1.1]:80': 1 },
      'FWM 5 inet6': { '[10.0.1.1]:0': 1 },
    });
  });

  it('of several actors stays until the last of them lets go', async () => {
    const scene = new Scene();
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(1), server(2)], [1, 1]);
    scene.executor.hold('b', plan(range('10.0.0.1')), [server(2), server(3)], [5, 1]);
    await scene.settle();
    const service = '[10.0.0.1]:tcp:80';
    const names = (...weights: readonly (number | null)[]) =>
      Object.fromEntries(
        weights.flatMap((weight, at) => (weight === null ? [] : [[`[10.0.1.${at + 1}]:8080`, weight]])),
      );
    expect(scene.kernel.table).toEqual({ [service]: names(1, 5, 1) });
    scene.executor.weigh('b', [[0, null]]);
    await scene.settle();
    expect(scene.kernel.table).toEqual({ [service]: names(1, 1, 1) });
    scene.executor.release('a');
    await scene.settle();
    expect(scene.kernel.table).toEqual({ [service]: names(null, null, 1) });
    scene.executor.release('b');
    await scene.settle();
    expect(scene.kernel.table).toEqual({});
  });
});

describe('what stands already', () => {
  it('is taken over: only what differs is asked for', async () => {
    const scene = new Scene();
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(1), server(2), server(3)], [1, 1, 1]);
    await scene.settle();
    scene.restart();
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(1), server(2), server(3)], [1, 4, null]);
    await scene.settle();
    expect(scene.kernel.sent.flat().map(({ does }) => does)).toEqual([
      'changeDestination',
      'removeDestination',
    ]);
  });

  it('stays as it is while nothing is known of it', async () => {
    const scene = new Scene();
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(1), server(2)], [3, null]);
    await scene.settle();
    scene.restart();
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(1), server(2)], ['asFound', 'asFound']);
    await scene.settle();
    expect([scene.kernel.asked, scene.executor.drift('a')]).toEqual([0, null]);
    scene.executor.weigh('a', [[0, null]]);
    await scene.settle();
    expect(scene.kernel.table).toEqual({ '[10.0.0.1]:tcp:80': {} });
  });

  it('stays as it is while nothing is known of it, or comes with weight 0', async () => {
    const scene = new Scene();
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(1), server(2)], [3, null]);
    await scene.settle();
    scene.restart();
    const idle = ['asFoundOrIdle', 'asFoundOrIdle'] as const;
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(1), server(2)], idle);
    await scene.settle();
    expect(scene.kernel.table).toEqual({
      '[10.0.0.1]:tcp:80': { '[10.0.1.1]:8080': 3, '[10.0.1.2]:8080': 0 },
    });
    expect([scene.kernel.asked, scene.executor.drift('a')]).toEqual([1, null]);
  });

  it('of others is left alone', async () => {
    const scene = new Scene();
    scene.executor.hold('x', plan(range('10.0.0.1'), range('10.0.0.9')), [server(7)], [3]);
    await scene.settle();
    scene.restart();
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(1)], [1]);
    await scene.settle();
    expect(scene.executor.drift('a')).toBeNull();
    expect(scene.kernel.table).toEqual({
      '[10.0.0.1]:tcp:80': { '[10.0.1.7]:8080': 3, '[10.0.1.1]:8080': 1 },
      '[10.0.0.9]:tcp:80': { '[10.0.1.7]:8080': 3 },
    });
  });
});

describe('what a reload changes', () => {
  it('is the only thing asked for', async () => {
    const scene = new Scene();
    scene.executor.hold('a', plan(range('10.0.0.1', '10.0.0.2')), [server(1), server(2)], [1, 1]);
    await scene.settle();
    scene.kernel.sent.length = 0;
    scene.executor.hold('a', plan(range('10.0.0.2', '10.0.0.3')), [server(2), server(3)], [1, 1]);
    await scene.settle();
    expect(scene.kernel.table).toEqual({
      '[10.0.0.2]:tcp:80': { '[10.0.1.2]:8080': 1, '[10.0.1.3]:8080': 1 },
      '[10.0.0.3]:tcp:80': { '[10.0.1.2]:8080': 1, '[10.0.1.3]:8080': 1 },
    });
    expect(
      scene.kernel.sent
        .flat()
        .map(({ does }) => does)
        .toSorted(),
    ).toEqual(['add', 'addDestination', 'addDestination', 'addDestination', 'remove', 'removeDestination']);
  });
});

describe('a table that others change', () => {
  it('is told of, and mended', async () => {
    const scene = new Scene();
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(1), server(2), server(3)], [1, 1, null]);
    await scene.settle();
    scene.kernel.perform([
      {
        does: 'removeDestination',
        service: { protocol: 'TCP', address: '10.0.0.1', port: 80 },
        destination: { address: '10.0.1.1', port: 8080 },
      },
    ]);
    scene.executor.learn(new Map(scene.kernel.services));
    expect(scene.executor.drift('a')).toEqual({
      ...{ missing: 1, changed: 0, unwanted: 0 },
      entries: ['[10.0.0.1]:tcp:80 -> [10.0.1.1]:8080 missing'],
    });
    expect(scene.executor.counts('a')).toEqual({ wanted: 3, standing: 2 });
    scene.executor.mend('a');
    await scene.settle();
    expect(scene.executor.drift('a')).toBeNull();
    expect(scene.executor.counts('a')).toEqual({ wanted: 3, standing: 3 });
  });

  it('is mended on the way: what exists is changed, what does not is added, errors are told', async () => {
    const scene = new Scene();
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(1), server(2)], [1, 1]);
    await scene.settle();
    scene.told.length = 0;
    // Nobody has looked since.
    scene.kernel.services.clear();
    scene.executor.weigh('a', [[0, 2]]);
    await scene.settle();
    expect(scene.kernel.table).toEqual({
      '[10.0.0.1]:tcp:80': { '[10.0.1.1]:8080': 2, '[10.0.1.2]:8080': 1 },
    });
    const entry = '[10.0.0.1]:tcp:80 -> [10.0.1.1]:8080';
    expect(scene.told).toMatchObject([
      ['a', { refused: 0, errors: [{ command: 'IP_VS_SO_SET_EDITDEST(1161)', error: 'ESRCH', entry }] }],
    ]);
  });

  it('loses what it does not have any more when a service that the kernel refused to remove is wanted again', async () => {
    const scene = new Scene();
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(1), server(2)], [1, 1]);
    await scene.settle();
    scene.kernel.refuses.set('[10.0.0.1]:tcp:80 ', 'EBUSY');
    scene.executor.release('a');
    await scene.settle();
    scene.kernel.refuses.clear();
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(2), server(3)], [1, 1]);
    await scene.settle();
    expect(scene.kernel.table).toEqual({
      '[10.0.0.1]:tcp:80': { '[10.0.1.2]:8080': 1, '[10.0.1.3]:8080': 1 },
    });
  });

  it('leaves to others what they add after it is gone', async () => {
    const scene = new Scene();
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(1), server(2)], [1, 1]);
    await scene.settle();
    scene.executor.release('a');
    await scene.settle();
    const other = new TableExecutor({ perform: scene.kernel.perform, settled: () => {} });
    other.hold('b', plan(range('10.0.0.1')), [server(1)], [4]);
    while (!other.isIdle) await turn();
    scene.executor.learn(new Map(scene.kernel.services));
    scene.executor.hold('a', plan(range('10.0.0.1')), [server(2)], [1]);
    await scene.settle();
    expect(scene.kernel.table).toEqual({
      '[10.0.0.1]:tcp:80': { '[10.0.1.1]:8080': 4, '[10.0.1.2]:8080': 1 },
    });
  });

  it('is refused, and told of with its first errors', async () => {
    const scene = new Scene();
    scene.kernel.refuses.set('[10.0.0.1]:tcp:80 ', 'ENOENT');
    scene.executor.hold(
      'a',
      plan(range('10.0.0.1')),
      Array.from({ length: 20 }, (_, at) => server(at)),
      Array(20).fill(1),
    );
    await scene.settle();
    const [[, outcome] = []] = scene.told;
    expect(outcome).toMatchObject({ added: 0, refused: 21 });
    expect(outcome?.errors).toHaveLength(8);
    expect(scene.kernel.asked).toBe(1);
  });
});

it('comes to what is wanted of any others and any changes, and asks for nothing twice', async () => {
  const actor = fc.constantFrom('a', 'b');
  const weight = fc.option(fc.integer({ min: 0, max: 3 }));
  const step = fc.oneof(
    fc.record({
      does: fc.constant('hold' as const),
      actor,
      first: fc.integer({ min: 1, max: 3 }),
      weights: fc.array(weight, { maxLength: 4 }),
    }),
    fc.record({ does: fc.constant('weigh' as const), actor, place: fc.nat(3), weight }),
    fc.record({ does: fc.constant('release' as const), actor }),
    fc.record({ does: fc.constant('steal' as const), at: fc.nat(5) }),
    fc.record({ does: fc.constant('settle' as const) }),
    fc.record({ does: fc.constant('look' as const) }),
  );
  const property = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
    const scene = new Scene();
    const { executor, kernel } = scene;
    for (const each of steps) {
      if (each.does === 'hold') {
        const servers = each.weights.map((_, at) => server(at));
        executor.hold(each.actor, plan(range(`10.0.0.${each.first}`, '10.0.0.3')), servers, each.weights);
      }
      if (each.does === 'weigh') executor.weigh(each.actor, [[each.place, each.weight]]);
      if (each.does === 'release') executor.release(each.actor);
      if (each.does === 'steal') {
        const service = [...kernel.services.values()][each.at % Math.max(1, kernel.services.size)];
        const [name = ''] = service?.destinations.keys() ?? [];
        service?.destinations.delete(name);
      }
      if (each.does !== 'settle' && each.does !== 'look') continue;
      await scene.settle();
      if (each.does === 'look') executor.learn(new Map(kernel.services));
    }
    await scene.settle();
    executor.learn(new Map(kernel.services));
    for (const id of ['a', 'b']) executor.mend(id);
    await scene.settle();
    expect([executor.drift('a'), executor.drift('b')]).toEqual([null, null]);
    for (const id of ['a', 'b']) executor.release(id);
    await scene.settle();
    expect(kernel.table).toEqual({});
    const asked = kernel.asked;
    for (const id of ['a', 'b']) executor.release(id);
    await scene.settle();
    expect(kernel.asked).toBe(asked);
  });
  await fc.assert(property, {
    seed: Number(process.env.RELIVED_SEED ?? Date.now() % 1_000_000),
    numRuns: 200,
  });
});
