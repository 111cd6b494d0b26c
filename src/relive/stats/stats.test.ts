import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournalReader } from '../../journal/reader.ts';
import { type Pair, peacefulPair, takeOver } from '../story.fixture.ts';
import { percentile } from './group.ts';
import { dataOfStats, statsLines } from './report.ts';
import { gatherJitter, gatherStats, type StatsOptions } from './stats.ts';

const SECOND = 1_000_000;
const EVERYTHING: StatsOptions = { by: 'node', actor: null, rangeOf: () => [0, Number.MAX_SAFE_INTEGER - 1] };

describe('figures of a pair', () => {
  let pair: Pair;
  let readers: JournalReader[];

  // r1 is master after 3.4 s, dies after 13.4 s; r2 takes over, hears r1 again 20 s later and gives way.
  beforeAll(async () => {
    pair = peacefulPair();
    await pair.r1.end();
    takeOver(pair);
    pair.story.pass(20 * SECOND);
    pair.r2.post({ type: 'self.stalled', stalledUs: 40_000 });
    pair.r2.hear(pair.r1);
    pair.story.pass(5 * SECOND);
    await pair.r2.stop('SIGTERM');
    readers = [pair.r1, pair.r2].map(({ journal }) => new JournalReader(journal));
  });

  afterAll(() => {
    for (const reader of readers) reader.close();
    pair.story.remove();
  });

  it('count failovers, their durations, flaps and roles', () => {
    const { groups } = gatherStats(readers, EVERYTHING);
    const r2 = groups.byName.get('r2');
    expect(r2).toMatchObject({
      failovers: 1,
      flaps: 1,
      unmeasured: 0,
      stalls: { count: 1, largestUs: 40_000 },
    });
    // Three intervals and the skew; the story's kernel answers at once.
    expect(r2?.durationsUs).toEqual([3_609_375]);
    expect([...(r2?.gained ?? [])]).toEqual([['master.silent', 1]]);
    expect([...(r2?.lost ?? [])]).toEqual([['advert.received', 1]]);
    expect(r2?.timeUs.master).toBe(20 * SECOND);
    expect(r2?.observedUs).toBe(pair.story.nowUs);
    // Nobody was known until r1 was heard; from then on always one, or r2 itself.
    expect(Math.abs((r2?.masterKnownUs ?? 0) - (pair.story.nowUs - 3_414_262))).toBeLessThan(1000);
    expect(groups.byName.get('r1')).toMatchObject({ failovers: 0, flaps: 0 });
    expect(groups.total.betweenFailoversUs).toBe(groups.total.observedUs);
  });

  it('ask why about each change, and read runs only when told to', () => {
    const stats = gatherStats(readers, { ...EVERYTHING, by: 'cause' });
    expect(stats.changes).toBe(3);
    expect(stats.explained).toBe(3);
    expect([...stats.verdicts.values()].reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(statsLines(stats, 'cause').join('\n')).toContain('verdicts of why on all 3 changes');
    const jitter = gatherJitter(readers, {});
    expect(jitter).toMatchObject([
      { node: 'r2', direction: 'received', adverts: 10, largestGapUs: 1_000_400 },
    ]);
    expect([...(jitter[0]?.buckets ?? [])]).toEqual([[SECOND, 1]]);
    expect(JSON.parse(JSON.stringify(dataOfStats(stats, jitter)))).toMatchObject({
      total: { failovers: 1, failoverUs: { measured: 1, p50: 3_609_375 } },
      jitter: [{ buckets: { 1000000: 1 } }],
    });
  });

  it('split time at midnight, UTC', () => {
    const { groups } = gatherStats(readers, { ...EVERYTHING, by: 'day' });
    expect([...groups.byName.keys()]).toEqual(['2026-11-22']);
    expect(groups.byName.get('2026-11-22')?.observedUs).toBe(groups.total.observedUs);
  });
});

it('a percentile is a value that there is', () => {
  expect(percentile([], 0.5)).toBeNull();
  expect([0.5, 0.9, 1].map((share) => percentile([5, 1, 3, 2, 4], share))).toEqual([3, 5, 5]);
});
