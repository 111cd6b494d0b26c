/** Simulated routers whose true history is known, lived again from their journals. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import { Cluster } from '../../../test/sim/cluster.ts';
import { SeededRandom } from '../../../test/sim/seeded-random.ts';
import { JournalReader } from '../../journal/reader.ts';
import { writeJournals } from '../cluster.fixture.ts';
import { ask, withinHistory } from './ask.ts';
import { type ChangeOptions, NO_CHANGES } from './changes.ts';
import type { Report } from './telling.ts';

const SECOND = 1_000_000;
const readers: JournalReader[] = [];
afterAll(() => {
  for (const reader of readers) reader.close();
});

function pair(r1 = {}, r2 = {}): Cluster {
  const routers = [
    { name: 'r1', address: '10.0.0.1', input: { priority: 150, ...r1 } },
    { name: 'r2', address: '10.0.0.2', input: { priority: 100, ...r2 } },
  ];
  const cluster = new Cluster(routers, new SeededRandom(7));
  cluster.start();
  cluster.time.advanceBy(20 * SECOND);
  return cluster;
}

async function journalsOf(cluster: Cluster): Promise<readonly JournalReader[]> {
  const root = temporaryDirectory('whatif');
  await writeJournals(cluster, root, {});
  const opened = cluster.routers.map(({ name }) => new JournalReader(join(root, name)));
  readers.push(...opened);
  return opened;
}

async function whatIf(
  journals: readonly JournalReader[],
  changes: Partial<ChangeOptions>,
  range = { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER },
): Promise<Report> {
  const sources = journals.map((reader) => ({ name: reader.node, reader, moveUs: 0 }));
  const question = { sources, range: withinHistory(range, journals), actor: 'vrrp/VI_1' };
  return ask({ ...question, changes: { ...NO_CHANGES, ...changes } });
}

/** Answer about the one virtual router of a history that came out as recorded. */
function answerOf(report: Report) {
  expect(report.mismatches).toEqual([]);
  expect(report.proven.states).toBeGreaterThan(0);
  const [answer] = report.answers;
  if (answer === undefined) throw new Error('no answer');
  return answer;
}

describe('a master that is killed', () => {
  const story = (async () => {
    const cluster = pair();
    cluster.router('r1').kill();
    cluster.time.advanceBy(20 * SECOND);
    const [r1, r2] = await journalsOf(cluster);
    if (r1 === undefined || r2 === undefined) throw new Error('two journals');
    return { r1, r2 };
  })();

  it('is missed for a tenth of the time with a tenth of the interval, as the backup alone tells', async () => {
    const { r2 } = await story;
    const { recorded, changed, unknownFromUs, difference } = answerOf(
      await whatIf([r2], { set: ['advert_int=0.1'] }),
    );
    expect(recorded.takeOvers).toBe(1);
    expect(changed.takeOvers).toBe(1);
    expect(recorded.nobodyUs / 1000).toBeCloseTo(3609.375, 0);
    expect(changed.nobodyUs / 1000).toBeCloseTo(360.937, 0);
    expect(unknownFromUs).toBe(difference?.atUs);
  });

  it('and as both tell', async () => {
    const { r1, r2 } = await story;
    const { recorded, changed } = answerOf(await whatIf([r1, r2], { set: ['advert_int=0.1'] }));
    expect([recorded.takeOvers, changed.takeOvers]).toEqual([1, 1]);
    expect(recorded.nobodyUs).toBeGreaterThan(2.6 * SECOND);
    expect(recorded.nobodyUs).toBeLessThan(3.7 * SECOND);
    expect(changed.nobodyUs).toBeGreaterThan(0.26 * SECOND);
    expect(changed.nobodyUs).toBeLessThan(0.37 * SECOND);
    expect([recorded.falseTakeOvers, changed.falseTakeOvers]).toEqual([0, 0]);
  });

  it('is not missed at all if it had not been master', async () => {
    const { r1, r2 } = await story;
    const { changed } = answerOf(await whatIf([r1, r2], { set: ['r1:VI_1.priority=90'] }));
    expect(changed.takeOvers).toBe(0);
    expect(changed.nobodyUs).toBe(0);
  });
});
