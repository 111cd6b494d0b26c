import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import { Cluster } from '../../../test/sim/cluster.ts';
import { SeededRandom } from '../../../test/sim/seeded-random.ts';
import { JournalReader } from '../../journal/reader.ts';
import { clockBetween } from '../clocks/clock-fit.ts';
import { ALL_TIME } from '../clocks/record.ts';
import { TRUE_CLOCK, writeJournals } from '../cluster.fixture.ts';
import { type Instant, lengthOf, Mastership } from './mastership.ts';
import { mastershipLines } from './report.ts';
import { type Line, Timeline } from './timeline.ts';

const SECOND = 1_000_000;
const ROUTERS = [
  { name: 'r1', address: '10.0.0.1', input: { priority: 150 } },
  { name: 'r2', address: '10.0.0.2', input: { priority: 100 } },
];
const AHEAD_US = 740_000;

const EVERYTHING = { since: null, until: null, actor: null, runs: false, changedOnly: true };

describe('a merged timeline of two nodes whose clocks differ', () => {
  const cluster = new Cluster(ROUTERS, new SeededRandom(7));
  const root = temporaryDirectory('merge');
  let readers: JournalReader[] = [];
  /** Since the beginning: when the LAN was parted and healed, and when r1 was killed. */
  const [partedUs, healedUs, killedUs] = [50 * SECOND, 70 * SECOND, 100 * SECOND];

  beforeAll(async () => {
    cluster.start();
    cluster.time.advanceTo(partedUs);
    cluster.partition([['r1'], ['r2']]);
    cluster.time.advanceTo(healedUs);
    cluster.heal();
    cluster.time.advanceTo(killedUs);
    cluster.router('r1').kill();
    cluster.time.advanceTo(130 * SECOND);
    cluster.router('r1').start();
    cluster.time.advanceTo(160 * SECOND);
    await writeJournals(cluster, root, { r1: TRUE_CLOCK, r2: { aheadUs: AHEAD_US } });
    readers = ['r1', 'r2'].map((name) => new JournalReader(join(root, name)));
  });

  afterAll(() => {
    for (const reader of readers) reader.close();
    rmSync(root, { recursive: true });
  });

  function merged(isCorrected: boolean): { lines: Line[]; mastership: Mastership; beginUs: number } {
    const [reference] = readers;
    if (reference === undefined) throw new Error('unreachable');
    const nodes = readers.map((reader) => {
      const fit = isCorrected ? clockBetween(reference, reader, ALL_TIME, { evenOnOneMachine: true }) : null;
      return { label: reader.node, reader, fit };
    });
    const timeline = new Timeline(nodes, EVERYTHING);
    const lines = [...timeline.lines()];
    return {
      lines,
      mastership: timeline.mastership,
      beginUs: cluster.time.wallUs() - cluster.time.monotonicUs(),
    };
  }

  const events = (lines: readonly Line[], type: string): string[] =>
    lines.flatMap(({ entry, node }) =>
      entry.type === 'row' && entry.row.event.type === type ? [node.label] : [],
    );

  it('puts a cause before what it led to', () => {
    const { lines } = merged(true);
    const at = (label: string, type: string): number =>
      lines.findIndex(
        ({ node, entry }) => node.label === label && entry.type === 'row' && entry.row.event.type === type,
      );
    expect(at('r1', 'master.silent')).toBeLessThan(at('r2', 'advert.received'));
    expect(events(lines, 'master.silent').length).toBeGreaterThan(2);
    expect(lines.filter(({ isConcurrent }) => isConcurrent).length).toBeGreaterThan(0);
    // By the clocks as they are, r2 hears of it most of a second later than it did.
    const raw = merged(false);
    const heard = raw.lines.find(
      ({ node, entry }) =>
        node.label === 'r2' && entry.type === 'row' && entry.row.event.type === 'advert.received',
    );
    expect((heard?.wallUs ?? 0) - raw.beginUs).toBeGreaterThan(3_414_062 + AHEAD_US - 1000);
  });

  it('lists two masters and no master, true times within the bounds', () => {
    const { mastership, beginUs } = merged(true);
    const holds = ({ leastUs, mostUs }: Instant, us: number): boolean => leastUs <= us && us <= mostUs;
    expect(mastership.splitBrains).toHaveLength(1);
    const [split] = mastership.splitBrains;
    expect(split?.nodes.toSorted()).toEqual(['r1', 'r2']);
    const { leastUs, mostUs } = lengthOf(split ?? never());
    expect(leastUs).toBeLessThan(healedUs - partedUs);
    expect(mostUs - leastUs).toBeLessThan(20_000);
    expect(mastership.vacancies).toHaveLength(1);
    const [vacancy] = mastership.vacancies;
    expect(holds(vacancy?.from ?? never(), beginUs + killedUs)).toBe(true);
    const [first, second] = mastershipLines(mastership, true);
    expect(first).toMatch(/two masters of VI_1 vrid 51 10\.0\.0\.100: r\d and r\d, 1\d{4} ms/);
    expect(second).toMatch(/no master of VI_1 vrid 51 10\.0\.0\.100: after r1, until r2, \d+ ms \+- /);
  });
});

function never(): never {
  throw new Error('there is none');
}

describe('mastership', () => {
  const about = (us: number, errorUs = 0): Instant => ({ us, leastUs: us - errorUs, mostUs: us + errorUs });

  it('takes no overlap for certain that the clocks may have made', () => {
    const mastership = new Mastership();
    mastership.begins('x', 'a', about(0));
    mastership.begins('x', 'b', about(10 * SECOND, 300_000));
    mastership.ends('x', 'a', about(10 * SECOND + 200_000));
    expect([mastership.splitBrains.length, mastership.handovers]).toEqual([0, 1]);
  });

  it('says nothing of a time that no journal tells of', () => {
    const mastership = new Mastership();
    mastership.begins('x', 'a', about(0));
    mastership.lost('a', about(SECOND));
    mastership.begins('x', 'b', about(60 * SECOND));
    mastership.ends('x', 'b', about(90 * SECOND));
    mastership.begins('x', 'b', about(95 * SECOND));
    expect([mastership.splitBrains.length, mastership.vacancies.length]).toEqual([0, 1]);
    mastership.foreign('x');
    expect(mastership.vacancies).toEqual([]);
    expect(mastership.foreignRouters()).toEqual(['x']);
  });
});
