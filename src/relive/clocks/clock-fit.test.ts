import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import { seedOfRun } from '../../../test/harness/seed.ts';
import { Cluster } from '../../../test/sim/cluster.ts';
import { SeededRandom } from '../../../test/sim/seeded-random.ts';
import { JournalReader } from '../../journal/reader.ts';
import { type Skew, skewed, TRUE_CLOCK, writeJournals } from '../cluster.fixture.ts';
import { type ClockFit, clockBetween } from './clock-fit.ts';
import { ALL_TIME } from './record.ts';

const SECOND = 1_000_000;
const ROUTERS = [
  { name: 'r1', address: '10.0.0.1', input: { priority: 150 } },
  { name: 'r2', address: '10.0.0.2', input: { priority: 100 } },
];

/** r1 is master, is killed, comes back and preempts, stops; r2 is master in between. */
function swaps(seed: number): Cluster {
  const cluster = new Cluster(ROUTERS, new SeededRandom(seed));
  cluster.start();
  const r1 = cluster.router('r1');
  cluster.time.advanceBy(100 * SECOND);
  r1.kill();
  cluster.time.advanceBy(200 * SECOND);
  r1.start();
  cluster.time.advanceBy(100 * SECOND);
  r1.stop();
  cluster.time.advanceBy(50 * SECOND);
  r1.start();
  cluster.time.advanceBy(60 * SECOND);
  return cluster;
}

async function compared(
  cluster: Cluster,
  skew: Skew,
  use: (fit: ClockFit, beginUs: number, endUs: number) => void,
): Promise<void> {
  const root = temporaryDirectory('clocks');
  try {
    await writeJournals(cluster, root, { r1: TRUE_CLOCK, r2: skew });
    const [r1, r2] = ['r1', 'r2'].map((name) => new JournalReader(join(root, name)));
    if (r1 === undefined || r2 === undefined) throw new Error('unreachable');
    const endUs = cluster.time.wallUs();
    use(
      clockBetween(r1, r2, ALL_TIME, { evenOnOneMachine: true }),
      endUs - cluster.time.monotonicUs(),
      endUs,
    );
    r1.close();
    r2.close();
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** The true time must lie inside the bounds everywhere. Gives the errors, in order of time. */
function errorsOf(fit: ClockFit, skew: Skew, beginUs: number, endUs: number): number[] {
  const errors: number[] = [];
  for (let us = beginUs; us <= endUs; us += 5 * SECOND) {
    const { leastUs, mostUs, errorUs } = fit.toReference(skewed(skew, us, beginUs));
    const side = us < leastUs ? 'before' : us > mostUs ? 'after' : 'inside';
    expect([us - beginUs, side]).toEqual([us - beginUs, 'inside']);
    errors.push(errorUs);
  }
  return errors;
}

describe('the clocks of two journals', () => {
  const seed = seedOfRun();
  const cluster = swaps(seed);

  it.each<[string, Skew]>([
    ['differ by milliseconds', { aheadUs: 3_412 }],
    ['differ by an hour', { aheadUs: 3_600_000_000 }],
    ['differ, and one is set', { aheadUs: 40_000, step: { atUs: 220 * SECOND, byUs: 2_500_000 } }],
  ])('%s', async (_, skew) => {
    await compared(cluster, skew, (fit, beginUs, endUs) => {
      const errors = errorsOf(fit, skew, beginUs, endUs);
      // When exactly a clock was set is not known.
      const worst = errors.filter((_, i) => skew.step === undefined || i < 20 || i > 60);
      expect(Math.max(...worst)).toBeLessThan(30_000);
      const { kind, assumed } = fit.relationAt(skewed(skew, endUs, beginUs));
      expect([kind, assumed]).toEqual(['two-sided', null]);
    });
  });
});
