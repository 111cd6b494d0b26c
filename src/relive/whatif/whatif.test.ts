/** Simulated routers whose true history is known, lived again from their journals. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import { Cluster } from '../../../test/sim/cluster.ts';
import { SeededRandom } from '../../../test/sim/seeded-random.ts';
import { JournalReader } from '../../journal/reader.ts';
import { writeJournals } from '../cluster.fixture.ts';
import { answer } from '../why/question.ts';
import { ask, withinHistory } from './ask.ts';
import { type ChangeOptions, NO_CHANGES } from './changes.ts';
import { counterfactuals } from './counterfactual.ts';
import { liveAgain } from './live.ts';
import { prove, provedLines } from './prove.ts';
import { sweep } from './sweep.ts';
import type { Report } from './telling.ts';
import { UNCHANGED } from './terms.ts';

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

describe('three lost adverts', () => {
  it('are no failover with down_timer_adverts 5, and are one with 3', async () => {
    const cluster = pair();
    cluster.lan.block('r1', 'r2');
    cluster.time.advanceBy(4.2 * SECOND);
    cluster.heal();
    cluster.time.advanceBy(20 * SECOND);
    const journals = await journalsOf(cluster);
    const { recorded, changed } = answerOf(await whatIf(journals, { set: ['down_timer_adverts=5'] }));
    expect([recorded.takeOvers, recorded.falseTakeOvers]).toEqual([1, 1]);
    expect(recorded.twoUs).toBeGreaterThan(0);
    expect([changed.failovers, changed.twoUs, changed.nobodyUs]).toEqual([0, 0, 0]);
    const quicker = answerOf(await whatIf(journals, { set: ['advert_int=0.5'] }));
    expect(quicker.changed.falseTakeOvers).toBe(1);
  });
});

describe('a master that comes back', () => {
  it('does not preempt with nopreempt, so there is no second failover', async () => {
    const cluster = pair();
    cluster.router('r1').kill();
    cluster.time.advanceBy(20 * SECOND);
    cluster.router('r1').start();
    cluster.time.advanceBy(20 * SECOND);
    const journals = await journalsOf(cluster);
    const { recorded, changed, difference } = answerOf(
      await whatIf(journals, { set: ['r1:VI_1.nopreempt=true'] }),
    );
    expect([recorded.failovers, changed.failovers]).toEqual([2, 1]);
    expect(difference?.before).toMatchObject({ router: 'r1', role: 'master' });
    expect(difference?.after).toBeNull();
  });
});

describe('lost, late and added adverts', () => {
  it('are what they would have been', async () => {
    const cluster = pair();
    const beginUs = cluster.time.wallUs() - cluster.time.monotonicUs();
    cluster.time.advanceBy(20 * SECOND);
    const journals = await journalsOf(cluster);
    const word = (us: number): string => new Date((beginUs + us) / 1000).toISOString();
    const lost = `${word(22.9 * SECOND)}..${word(26.9 * SECOND)}`;
    const dropped = answerOf(await whatIf(journals, { drop: [`from=10.0.0.1,${lost}`] }));
    expect(dropped.recorded.failovers).toBe(0);
    expect(dropped.changed.falseTakeOvers).toBe(1);
    const late = answerOf(await whatIf(journals, { delay: [`4s,from=10.0.0.1,${lost}`] }));
    expect(late.changed.failovers).toBe(1);
    const added = answerOf(
      await whatIf(journals.slice(0, 1), { add: [`from=10.0.0.9,priority=200,${word(30 * SECOND)}`] }),
    );
    expect(added.timeline.map(({ role }) => role)).toEqual([
      'initialize',
      'backup',
      'master',
      'backup',
      'master',
    ]);
  });
});

describe('a sweep', () => {
  it('finds the silence in proportion to the interval', async () => {
    const cluster = pair();
    cluster.router('r1').kill();
    cluster.time.advanceBy(20 * SECOND);
    const [, r2] = await journalsOf(cluster);
    if (r2 === undefined) throw new Error('two journals');
    const range = withinHistory({ fromUs: 0, toUs: Number.MAX_SAFE_INTEGER }, [r2]);
    const report = await sweep({
      ...{ sources: [{ name: 'r2', reader: r2, moveUs: 0 }], range, changes: NO_CHANGES },
      ...{ sweep: 'advert_int=0.1..1', progress: () => {} },
    });
    expect(report.leftOut).toEqual([]);
    expect(report.values.map(({ value }) => value)).toEqual([null, '0.1', '0.2', '0.5', '1']);
    const silences = report.values.map(({ figures }) => Math.round((figures.detectionUs[0] ?? 0) / 1000));
    expect(silences).toEqual([3609, 361, 722, 1805, 3609]);
    expect(report.values.map(({ figures }) => figures.falseTakeOvers)).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('what would have prevented it', () => {
  it('is tried', async () => {
    const cluster = pair();
    cluster.router('r1').kill();
    cluster.time.advanceBy(20 * SECOND);
    cluster.router('r1').start();
    cluster.time.advanceBy(20 * SECOND);
    const journals = await journalsOf(cluster);
    const sources = journals.map((reader) => ({ name: reader.node, reader, moveUs: 0 }));
    const range = withinHistory({ fromUs: 0, toUs: Number.MAX_SAFE_INTEGER }, journals);
    const lived = liveAgain({ sources, range, unchanged: UNCHANGED, changed: [] });
    const gains = lived.recorded.changes.filter(
      ({ role, silentUs, isPreemption }) => role === 'master' && (silentUs !== null || isPreemption),
    );
    const [takeOver, preemption] = gains;
    if (takeOver === undefined || preemption === undefined) throw new Error('two failovers');
    const sets = async (occasion: typeof takeOver) => {
      const found = (await counterfactuals(sources, occasion)) ?? [];
      return found.map(({ set, prevents, changedUs, recordedUs }) => [
        set,
        prevents,
        changedUs < recordedUs / 5,
      ]);
    };
    expect(await sets(takeOver)).toEqual([
      ['r2:VI_1.nopreempt=true', false, false],
      ['down_timer_adverts=5', false, false],
      ['advert_int=2', false, false],
      ['advert_int=0.1', false, true],
    ]);
    expect((await sets(preemption))[0]).toEqual(['r1:VI_1.nopreempt=true', true, expect.anything()]);
    const explained = answer(journals, { instance: 'VI_1', atUs: takeOver.atUs + SECOND, notMaster: false });
    if (explained === null) throw new Error('an explanation');
    const lines = provedLines(await prove(journals, explained));
    expect(lines[0]).toMatch(/r2:VI_1\.nopreempt=true: it happens all the same; .* for 3\.\d+ s as recorded/);
    expect(lines.at(-1)).toMatch(
      /advert_int=0\.1: it happens all the same; .* for 3\d\d ms instead of 3\.\d+ s/,
    );
    expect(provedLines(await prove(journals, { ...explained, actor: 'server/x' }))).toHaveLength(1);
  });
});

describe('what cannot be meant', () => {
  it('is said in the words of the configuration reader', async () => {
    const cluster = pair();
    const [r1] = await journalsOf(cluster);
    if (r1 === undefined) throw new Error('a journal');
    await expect(whatIf([r1], { set: ['VI_1.priority=900'] })).rejects.toThrow(
      /--set VI_1\.priority=900: .*1 to 255/,
    );
    await expect(whatIf([r1], { set: ['VI_1.prioriti=9'] })).rejects.toThrow(/no keyword prioriti/);
    await expect(whatIf([r1], { set: ['VI_9.priority=9'] })).rejects.toThrow(/nothing in this history/);
  });
});

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
