/** When probes begin, and which of their results are told. Time is virtual; what a probe comes to is up to the test. */
import { Observable, of, type Subscriber } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../engine/virtual-clock.ts';
import type { ProbePlan, TcpProbe } from '../../machines/checker/checker.input.ts';
import { httpPage, httpProbe } from '../../machines/http-checker/http-checker.fixture.ts';
import { ProbeSchedule } from './probe-schedule.ts';
import type { ProbeResult } from './verdict.ts';

const SECOND = 1_000_000;

function plan(port: number): TcpProbe {
  const origin = { source: '', sourcePort: 0, device: '', mark: 0 };
  return { kind: 'tcp', address: '192.0.2.1', port, origin, timeoutUs: SECOND };
}

const PASSED: ProbeResult = { outcome: 'passed', code: 'L4OK', detail: '', durationUs: 1 };
const FAILED: ProbeResult = { outcome: 'failed', code: 'L4CON', detail: 'ECONNREFUSED', durationUs: 1 };
const UNABLE: ProbeResult = { outcome: 'unable', code: 'SOCKERR', detail: 'ENODEV', durationUs: 1 };

/** Turns of the event loop in which the schedule does what waits. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function scheduled(limit?: number) {
  const clock = new VirtualClock();
  const under = new Map<number, Subscriber<ProbeResult>>();
  const begun: [atUs: number, port: number][] = [];
  const told: [id: string, outcome: string][] = [];
  const pages: number[] = [];
  let most = 0;
  const schedule = new ProbeSchedule({
    probe: (plan, page) =>
      new Observable<ProbeResult>((subscriber) => {
        const { port } = plan as TcpProbe;
        pages.push(page);
        expect(under.has(port), `probes of ${port} overlap`).toBe(false);
        begun.push([clock.monotonicUs(), port]);
        under.set(port, subscriber);
        most = Math.max(most, under.size);
        return () => under.delete(port);
      }),
    report: (id, { outcome }) => told.push([id, outcome]),
    clock,
    scheduler: clock,
    ...(limit === undefined ? {} : { limit }),
  });
  const advance = async (byUs: number): Promise<void> => {
    clock.advanceBy(byUs);
    await settle();
  };
  const end = async (port: number, result: ProbeResult): Promise<void> => {
    under.get(port)?.next(result);
    under.get(port)?.complete();
    await settle();
  };
  return { schedule, begun, told, pages, under, advance, end, most: () => most };
}

test('the first probe waits its delay, each other one the interval from the end of the one before', async () => {
  const { schedule, begun, told, advance, end } = scheduled();
  schedule.probe('a', plan(1), 3 * SECOND, 10 * SECOND);
  await advance(2 * SECOND);
  expect(begun).toEqual([]);
  await advance(SECOND);
  // It takes longer than the interval: there is no other one beside it.
  await advance(25 * SECOND);
  expect(begun).toEqual([[3 * SECOND, 1]]);
  await end(1, PASSED);
  await advance(10 * SECOND - 1);
  expect(begun).toHaveLength(1);
  await advance(1);
  expect(begun[1]).toEqual([38 * SECOND, 1]);
  expect(told).toEqual([['a', 'passed']]);
});

test('what is expected is counted and not told; another result is', async () => {
  const { schedule, told, advance, end } = scheduled();
  schedule.probe('a', plan(1), 0, SECOND);
  schedule.expect('a', 'passed');
  for (const result of [PASSED, PASSED, FAILED, PASSED]) {
    await advance(SECOND);
    await end(1, result);
  }
  expect(told).toEqual([['a', 'failed']]);
  schedule.expect('a', null);
  await advance(SECOND);
  await end(1, PASSED);
  expect(told).toHaveLength(2);
  expect(schedule.summary('a')).toMatchObject({ runs: 5, isRunning: false, last: PASSED });
});

test('that it cannot be probed is told once, and that it can be again', async () => {
  const { schedule, told, advance, end } = scheduled();
  schedule.probe('a', plan(1), 0, SECOND);
  schedule.expect('a', 'passed');
  for (const result of [PASSED, UNABLE, UNABLE, { ...UNABLE, detail: 'EMFILE' }, PASSED, PASSED]) {
    await advance(SECOND);
    await end(1, result);
  }
  expect(told.map(([, outcome]) => outcome)).toEqual(['unable', 'unable', 'passed']);
});

test('a try that is asked for soon comes soon, and the interval holds again after it', async () => {
  const { schedule, begun, advance, end } = scheduled();
  schedule.probe('a', plan(1), 0, 10 * SECOND);
  await advance(0);
  await end(1, FAILED);
  schedule.again('a', SECOND, 10 * SECOND);
  await advance(SECOND);
  await end(1, PASSED);
  await advance(10 * SECOND);
  expect(begun.map(([atUs]) => atUs / SECOND)).toEqual([0, 1, 11]);
});

test('pages come in turn while they pass, one that fails stays, and one that is asked for is next', async () => {
  const page = (path: string) => httpPage({ path });
  const paged = httpProbe({ port: 1, pages: [page('/a'), page('/b'), page('/c')] });
  const { schedule, told, pages, advance, end } = scheduled();
  schedule.probe('a', paged, 0, SECOND);
  schedule.expect('a', 'passed');
  for (const result of [PASSED, PASSED, FAILED, FAILED, PASSED, PASSED]) {
    await advance(SECOND);
    await end(1, result);
  }
  schedule.again('a', SECOND, SECOND, 2);
  await advance(SECOND);
  expect(pages).toEqual([0, 1, 2, 2, 2, 0, 2]);
  expect(told).toEqual([
    ['a', 'failed'],
    ['a', 'failed'],
  ]);
});

test('another remark on a page that passes is told, and the same one is not', async () => {
  const paged = httpProbe({ port: 1, pages: [httpPage(), httpPage()] });
  const { schedule, told, advance, end } = scheduled();
  schedule.probe('a', paged, 0, SECOND);
  schedule.expect('a', 'passed');
  const odd = { ...PASSED, detail: 'odd' };
  for (const result of [PASSED, odd, PASSED, odd, PASSED, PASSED]) {
    await advance(SECOND);
    await end(1, result);
  }
  expect(told).toHaveLength(2);
});

test('a probe that is stopped, or replaced by another one, is given up and says nothing', async () => {
  const { schedule, begun, told, under, advance, end } = scheduled();
  schedule.probe('a', plan(1), 0, SECOND);
  schedule.probe('b', plan(2), 0, SECOND);
  await advance(0);
  schedule.stop('a');
  schedule.probe('b', plan(3), 0, SECOND);
  expect([...under.keys()]).toEqual([]);
  await advance(5 * SECOND);
  await end(3, PASSED);
  expect(begun.map(([, port]) => port)).toEqual([1, 2, 3]);
  expect(told).toEqual([['b', 'passed']]);
  schedule.close();
  await advance(5 * SECOND);
  expect(begun).toHaveLength(3);
});

test('no more run at once than may; the others follow in the order in which they were due', async () => {
  const limit = 100;
  const { schedule, begun, under, advance, end, most } = scheduled(limit);
  const ports = Array.from({ length: 250 }, (_, n) => n + 1);
  for (const port of ports) schedule.probe(`c${port}`, plan(port), port, 1_000 * SECOND);
  await advance(SECOND);
  expect(under.size).toBe(limit);
  schedule.stop('c150');
  while (under.size > 0) for (const port of [...under.keys()]) await end(port, PASSED);
  expect(most()).toBe(limit);
  expect(begun.map(([, port]) => port)).toEqual(ports.filter((port) => port !== 150));
});

test('a program is run in its interval, however long it takes', async () => {
  const { schedule, begun, advance, end } = scheduled();
  const misc = { ...plan(1), kind: 'misc' } as unknown as ProbePlan;
  schedule.probe('a', misc, SECOND, 10 * SECOND);
  await advance(SECOND);
  await advance(4 * SECOND);
  await end(1, PASSED);
  await advance(6 * SECOND);
  expect(begun.map(([atUs]) => atUs)).toEqual([SECOND, 11 * SECOND]);
  // Longer than its interval: the next one follows at once.
  await advance(12 * SECOND);
  await end(1, PASSED);
  await advance(0);
  expect(begun.map(([atUs]) => atUs)).toEqual([SECOND, 11 * SECOND, 23 * SECOND]);
  // A further try counts from there, too.
  await advance(2 * SECOND);
  await end(1, FAILED);
  schedule.again('a', 3 * SECOND, 10 * SECOND);
  await advance(SECOND);
  expect(begun.at(-1)?.[0]).toBe(26 * SECOND);
});

test('another weight is told, though it passes as expected', async () => {
  const { schedule, told, advance, end } = scheduled();
  schedule.probe('a', plan(1), 0, SECOND);
  schedule.expect('a', 'passed');
  for (const weight of [5, 5, 6, undefined]) {
    await advance(SECOND);
    await end(1, { ...PASSED, ...(weight === undefined ? {} : { weight }) });
  }
  expect(told).toHaveLength(3);
});

test('who is suspended lets its time pass', async () => {
  const { schedule, begun, advance, end } = scheduled();
  schedule.probe('checker/[a/b]:0/[192.0.2.1]:tcp:1/1', plan(1), SECOND, SECOND);
  schedule.probe('checker/[a]:0/[192.0.2.1]:tcp:2/1', plan(2), SECOND, 10 * SECOND);
  schedule.suspend('[a/b]:0', true);
  await advance(SECOND);
  await advance(SECOND);
  expect(begun.map(([, port]) => port)).toEqual([2]);
  schedule.suspend('[a/b]:0', false);
  await advance(SECOND);
  await end(1, PASSED);
  expect(begun.map(([, port]) => port)).toEqual([2, 1]);
});

describe('checks that share their probes', () => {
  /** Two of them that are alike, the second at a third of the pace. */
  function pair() {
    const all = scheduled();
    all.schedule.share(true);
    all.schedule.probe('a', plan(1), SECOND, SECOND);
    all.schedule.probe('b', plan(1), 2 * SECOND, 3 * SECOND);
    return all;
  }

  test('have one at the pace of the fastest, whose result each of them hears', async () => {
    const { schedule, begun, told, advance, end } = pair();
    for (const id of ['a', 'b']) schedule.expect(id, 'passed');
    for (const result of [PASSED, PASSED, PASSED, PASSED, FAILED]) {
      await advance(SECOND);
      await end(1, result);
    }
    expect(begun.map(([atUs]) => atUs / SECOND)).toEqual([1, 2, 3, 4, 5]);
    expect(told).toEqual([
      ['a', 'failed'],
      ['b', 'failed'],
    ]);
    expect(schedule.summary('b')).toMatchObject({ runs: 5, last: FAILED, dueUs: 8 * SECOND });
  });

  test('have further tries in their own time: those of one do not use up those of the other', async () => {
    const { schedule, begun, told, advance, end } = pair();
    await advance(SECOND);
    await end(1, FAILED);
    schedule.again('a', SECOND / 10, SECOND);
    schedule.again('b', SECOND, 3 * SECOND);
    for (let tries = 0; tries < 2; tries++) {
      await advance(SECOND / 10);
      await end(1, FAILED);
      schedule.again('a', SECOND / 10, SECOND);
    }
    expect(told.map(([id]) => id)).toEqual(['a', 'b', 'a', 'a']);
    schedule.again('a', 10 * SECOND, SECOND);
    await advance(SECOND);
    await end(1, FAILED);
    expect(told.at(-1)).toEqual(['b', 'failed']);
    expect(begun.map(([atUs]) => atUs)).toEqual([1, 1.1, 1.2, 2].map((at) => at * SECOND));
  });

  test('that are due while one is under way wait for it', async () => {
    const { schedule, begun, told, advance, end } = pair();
    await advance(SECOND);
    await advance(5 * SECOND);
    expect(schedule.summary('b')).toMatchObject({ isRunning: true, runs: 0 });
    await end(1, PASSED);
    expect(begun).toHaveLength(1);
    expect(told.map(([id]) => id)).toEqual(['a', 'b']);
  });

  test('go on with it when the one goes that was first, and give it up when the last one goes', async () => {
    const { schedule, told, under, advance, end } = pair();
    await advance(SECOND);
    schedule.stop('a');
    await end(1, PASSED);
    expect(told).toEqual([['b', 'passed']]);
    await advance(3 * SECOND);
    expect(under.size).toBe(1);
    schedule.stop('b');
    expect(under.size).toBe(0);
  });

  test('are apart when they differ, or when sharing ends', async () => {
    const { schedule, begun, advance, end } = pair();
    schedule.probe('b', plan(2), SECOND, SECOND);
    await advance(SECOND);
    expect(begun.map(([, port]) => port)).toEqual([1, 2]);
    schedule.probe('b', plan(1), 0, 10 * SECOND);
    await end(1, PASSED);
    schedule.share(false);
    schedule.stop('b');
    await advance(SECOND);
    await end(1, PASSED);
    expect(begun.map(([, port]) => port)).toEqual([1, 2, 1]);
  });

  test('that are suspended hear nothing, and the others are probed', async () => {
    const { schedule, told, advance, end } = scheduled();
    schedule.share(true);
    const [mine, other] = ['[10.0.0.1]:tcp:80', '[10.0.0.9]:tcp:80'].map((vs) => `checker/${vs}/rs/1`);
    for (const id of [mine, other]) schedule.probe(String(id), plan(1), SECOND, SECOND);
    schedule.suspend('[10.0.0.1]:tcp:80', true);
    await advance(SECOND);
    await end(1, FAILED);
    expect(told).toEqual([[other, 'failed']]);
  });

  test('come to the same page when all pass, and stay with their own while one fails', async () => {
    const paged = httpProbe({ port: 1, pages: [httpPage(), httpPage({ path: '/b' })] });
    const { schedule, pages, told, advance, end } = scheduled();
    schedule.share(true);
    schedule.probe('a', paged, 0, SECOND);
    schedule.expect('a', 'passed');
    await advance(0);
    await end(1, PASSED);
    schedule.probe('b', paged, 0, SECOND);
    await advance(0);
    await end(1, PASSED);
    schedule.expect('b', 'passed');
    for (let turn = 0; turn < 4; turn++) {
      await advance(SECOND);
      await end(1, PASSED);
    }
    expect(pages).toEqual([0, 0, 1, 0, 1, 0]);
    await advance(SECOND);
    await end(1, FAILED);
    expect(told.slice(-2)).toEqual([
      ['a', 'failed'],
      ['b', 'failed'],
    ]);
  });

  test('cost no timer each: a thousand that pass are armed as one', async () => {
    const clock = new VirtualClock();
    let armed = 0;
    const scheduler = {
      at: (atUs: number, due: () => void) => {
        armed += 1;
        return clock.at(atUs, due);
      },
    };
    const schedule = new ProbeSchedule({
      ...{ probe: () => of(PASSED), report: () => {}, clock, scheduler },
    });
    schedule.share(true);
    for (let n = 0; n < 1_000; n++) {
      schedule.probe(`c${n}`, plan(1), SECOND, SECOND);
      schedule.expect(`c${n}`, 'passed');
    }
    expect(armed).toBe(1);
    for (let turn = 0; turn < 10; turn++) {
      clock.advanceBy(SECOND);
      await settle();
    }
    expect(schedule.summary('c999')?.runs).toBe(10);
    expect(armed).toBe(11);
  });
});

test.each([false, true])(
  'a plan that is revised is that of the next probe, when it was due (shared: %s)',
  async (isShared) => {
    const { schedule, begun, told, advance, end } = scheduled();
    schedule.share(isShared);
    schedule.probe('a', plan(1), SECOND, 10 * SECOND);
    await advance(SECOND);
    await end(1, PASSED);
    await advance(4 * SECOND);
    schedule.revise('a', plan(2));
    await advance(6 * SECOND - 1);
    expect(begun).toHaveLength(1);
    await advance(1);
    expect(begun[1]).toEqual([11 * SECOND, 2]);
    await end(2, FAILED);
    expect(told.map(([, outcome]) => outcome)).toEqual(['passed', 'failed']);
    schedule.revise('nobody', plan(3));
  },
);

test('one under way is ended by nobody who revises its plan', async () => {
  const { schedule, begun, told, advance, end } = scheduled();
  schedule.probe('a', plan(1), SECOND, 10 * SECOND);
  await advance(SECOND);
  schedule.revise('a', plan(2));
  await end(1, FAILED);
  expect(told).toEqual([['a', 'failed']]);
  await advance(10 * SECOND);
  expect(begun.map(([, port]) => port)).toEqual([1, 2]);
});
