/** What re-execution finds, on histories of the real engine that are changed by hand afterwards. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StoredGap, StoredRow, StoredRun } from '../../journal/model.ts';
import { JournalReader } from '../../journal/reader.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { type ReplayReport, replay } from '../replay.ts';
import { replayEngine } from '../replay-engine.ts';
import { peacefulPair, takeOver } from '../story.fixture.ts';
import { FIXTURE_FORMAT, type Fixture, fixtureHistory, fixtureText, parseFixture } from './fixture.ts';
import { journalHistory } from './history.ts';
import { reproduce } from './reproduce.ts';
import { TimerBook } from './timer-book.ts';

const run = (fixture: Fixture): ReplayReport => replay(replayEngine, fixtureHistory(fixture));

describe('re-execution', () => {
  let fixture: Fixture;
  let whole: ReplayReport;

  /** r2 of two routers: backup, then master for a minute, with runs of both directions. */
  beforeAll(async () => {
    const pair = peacefulPair();
    pair.story.pass(10_000_000);
    pair.r2.run('received', pair.r1, 10);
    takeOver(pair);
    pair.story.pass(30_000_000);
    pair.r2.run('sent', pair.r2, 30);
    pair.story.pass(30_000_000);
    pair.r2.run('sent', pair.r2, 30);
    pair.story.pass(1_000_000);
    pair.r2.hear(pair.r1);
    await pair.r2.stop('SIGTERM');
    await pair.r1.end();
    const reader = new JournalReader(pair.r2.journal);
    whole = replay(replayEngine, journalHistory(reader));
    fixture = {
      ...{ format: FIXTURE_FORMAT, about: 'a life', node: 'r2', machines: [], before: [] },
      rows: [...reader.rows()],
      runs: [...reader.runs()],
    };
    reader.close();
    pair.story.remove();
  });

  /** The whole history with one run changed. */
  const withRun = (at: number, change: Partial<StoredRun>): Fixture => ({
    ...fixture,
    runs: fixture.runs.map((each, index) => (index === at ? { ...each, ...change } : each)),
  });

  /** The whole history with the first row of an event changed. */
  const withRow = (type: string, change: (row: StoredRow) => Partial<StoredRow>): Fixture => {
    const at = fixture.rows.findIndex(({ event }) => event.type === type);
    expect(at).toBeGreaterThan(-1);
    return {
      ...fixture,
      rows: fixture.rows.map((row, index) => (index === at ? { ...row, ...change(row) } : row)),
    };
  };

  const rules = (changed: Fixture): unknown[] =>
    run(changed).differences.map(({ part, expected }) => [part, (expected as { rule?: string }).rule]);

  it('finds nothing in a history as it was, from the journal and from its fixture', () => {
    expect(whole.differences).toEqual([]);
    expect(whole.unchecked).toEqual({});
    expect(whole).toMatchObject({ runs: 4, adverts: 80, actors: 1 });
    expect(run(fixture)).toEqual(whole);
  });

  it('judges a run by what was announced and awaited', () => {
    const undeclared = [['run', 'no such adverts were announced']];
    expect(rules(withRun(2, { priority: 99 }))).toEqual(undeclared);
    expect(rules(withRun(2, { source: '10.0.0.9' }))).toEqual(undeclared);
    expect(rules(withRun(0, { priority: 151 }))).toEqual([['run', 'no such adverts were awaited']]);
    expect(rules(withRun(0, { direction: 'sent' }))).toEqual(undeclared);
  });

  it('judges the times of a run', () => {
    const [, , sent, next] = fixture.runs;
    if (sent === undefined || next === undefined) throw new Error('no run');
    const early = withRun(2, { firstUs: sent.firstUs - 4_000_000, count: 34 });
    expect(rules(early)).toEqual([['run', 'they were not announced all that time']]);
    const late = withRun(3, { lastUs: next.lastUs + 60_000_000, count: 90 });
    expect(rules(late)).toEqual([['run', 'it ends after it was closed']]);
    const overlapping = withRun(3, { firstUs: sent.lastUs - 1_000_000, count: 32 });
    expect(rules(overlapping)).toEqual([['run', 'it begins before the run before it ends']]);
  });

  it('judges the number of a run', () => {
    expect(rules(withRun(2, { count: 32 }))).toEqual([['run', 'more adverts than the interval allows']]);
    // The first one as late, the last one as early as may be.
    const [, , { firstUs, count }] = fixture.runs as readonly [unknown, unknown, StoredRun];
    const nearest = firstUs + (count - 1) * 1_000_000 - 500_000 - 25_000;
    expect(rules(withRun(2, { lastUs: nearest }))).toEqual([]);
    expect(rules(withRun(2, { lastUs: nearest - 1 }))).toContainEqual([
      'run',
      'more adverts than the interval allows',
    ]);
    expect(rules(withRun(2, { count: 20 }))).toEqual([
      ['run', 'its count, length and largest gap cannot all be true'],
    ]);
    expect(rules(withRun(1, { largestGapUs: 5_000_000 }))).toEqual([
      ['run', 'a longer silence than was allowed'],
    ]);
    expect(rules(withRun(2, { count: 16, largestGapUs: 2_000_000 }))).toEqual([
      ['run', 'a gap for which nothing accounts'],
    ]);
  });

  it.each([
    [200_000, []],
    [5_000_000, [['run', 'a gap for which nothing accounts']]],
  ])(
    'lets a stall that is told %i us after a run account for its gap, if that is soon',
    async (laterUs, found) => {
      const pair = peacefulPair();
      pair.story.pass(10_000_000);
      takeOver(pair);
      pair.story.pass(30_000_000);
      pair.r2.run('sent', pair.r2, 30);
      // The row after which it was closed.
      pair.r2.post({ type: 'fault.found', reason: 'a reason' });
      pair.story.pass(laterUs);
      pair.r2.post({ type: 'self.stalled', stalledUs: 1_900_000 });
      await pair.r2.end();
      await pair.r1.end();
      const reader = new JournalReader(pair.r2.journal);
      const sent = [...reader.runs()].find(({ direction }) => direction === 'sent');
      if (sent === undefined) throw new Error('no run');
      const stalled = { ...sent, count: 16, largestGapUs: 2_000_000 };
      const life = { ...fixture, rows: [...reader.rows()], runs: [stalled] };
      reader.close();
      pair.story.remove();
      expect(rules(life)).toEqual(found);
    },
  );

  it('misses a run that is gone between two others', () => {
    const [, heard, first, second] = fixture.runs;
    if (heard === undefined || first === undefined || second === undefined) throw new Error('no runs');
    const half = { ...first, lastUs: first.firstUs + 10_000_000, count: 11 };
    expect(rules({ ...fixture, runs: [heard, half, second] })).toEqual([
      ['run', 'adverts between it and the run before it are in no run'],
    ]);
  });

  it('does not judge a run by what was declared before rows were lost, whatever comes next', () => {
    const silent = fixture.rows.find(({ event }) => event.type === 'master.silent');
    if (silent === undefined) throw new Error('no take-over');
    const { seq } = silent;
    const lost: StoredGap = {
      ...{ node: 'r2', epoch: 1, fromSeq: seq, toSeq: fixture.rows.length, fromWallUs: 0, toWallUs: 0 },
      ...{ reason: '', lostRows: 1, lostChanges: 1, lostRuns: 0, writtenLate: 0, segment: null },
      actors: ['vrrp/VI_1'],
    };
    const rows = fixture.rows.filter((row) => row.seq < seq);
    const history = { ...fixtureHistory({ ...fixture, rows }), gaps: () => [lost] };
    expect(replay(replayEngine, history).differences).toEqual([]);
  });

  it('compares state, effects and context', () => {
    const parts = (changed: Fixture): unknown[] => run(changed).differences.map(({ part }) => part);
    expect(parts(withRow('master.silent', () => ({ effects: [] })))).toEqual(['effects']);
    expect(parts(withRow('master.silent', ({ delta }) => ({ delta: { ...delta, willing: false } })))).toEqual(
      ['delta'],
    );
    expect(
      parts(withRow('vips.added', ({ state }) => ({ state: { ...(state as object), garp: 'x' } }))),
    ).toEqual(['state']);
  });

  it('knows which timer was armed, by whom and for when', () => {
    const book = (): TimerBook => {
      const armed = new TimerBook(false);
      armed.effect({ type: 'armTimer', params: { timer: 'vrrp.x', delayUs: 500 } }, 7, 1_000);
      return armed;
    };
    expect(book().expired('vrrp.x', 7, 1_500)).toBeNull();
    expect(book().expired('vrrp.x', 8, 1_500)).toEqual({
      rule: 'the timer was armed by another row',
      seq: 7,
    });
    expect(book().expired('vrrp.x', 7, 1_499)).toEqual({ rule: 'the timer was not due yet', dueUs: 1_500 });
    expect(book().expired('vrrp.y', 7, 1_500)).toEqual({ rule: 'the timer was not armed' });
    const disarmed = book();
    disarmed.effect({ type: 'disarmTimer', params: { timer: 'vrrp.x' } }, 8, 1_100);
    expect(disarmed.expired('vrrp.x', 7, 1_500)).toEqual({ rule: 'the timer was not armed' });
    expect(new TimerBook(true).expired('vrrp.y', 7, 1_500)).toBeNull();
  });

  it('knows that a first advert may leave before its row, if the row says so', () => {
    const silent = fixture.rows.find(({ event }) => event.type === 'master.silent');
    const at = fixture.runs.findIndex(({ direction }) => direction === 'sent');
    const firstUs = (silent?.monoUs ?? 0) - 20_000;
    const largestGapUs = 1_020_000;
    const { runs } = withRun(at, { firstUs, count: 31, largestGapUs });
    const told = (announced: JsonObject): ReplayReport =>
      run({ ...withRow('master.silent', ({ event }) => ({ event: { ...event, announced } })), runs });
    expect(told({ priority: 100, sentUs: firstUs }).differences).toEqual([]);
    expect(told({ priority: 90, sentUs: firstUs }).differences).toHaveLength(1);
    expect(run({ ...fixture, runs }).differences).toHaveLength(1);
  });

  it('goes on from the middle', () => {
    const at = fixture.rows.findIndex(({ event }) => event.type === 'master.silent') + 1;
    const last = fixture.rows[at - 1];
    if (last === undefined) throw new Error('no row');
    const context: JsonObject = Object.assign(
      {},
      ...fixture.rows.slice(0, at).map(({ kind, delta }) => (kind === 'note' ? {} : delta)),
    );
    const { actor, machine, state, seq } = last;
    const middle: Fixture = {
      ...fixture,
      before: [{ actor, machine, state, seq, context, uncertain: false }],
      rows: fixture.rows.slice(at),
      runs: fixture.runs.slice(2),
    };
    expect(run(middle)).toMatchObject({ differences: [], unchecked: {}, runs: 2 });
    const wrong = { ...middle, runs: middle.runs.map((each) => ({ ...each, priority: 1 })) };
    expect(run(wrong).differences).toHaveLength(2);
  });
});

describe('recorded histories', () => {
  const directory = join(import.meta.dirname, '../../../test/fixtures/histories');
  it.each(readdirSync(directory))('%s is lived again without a difference', (name) => {
    const report = run(parseFixture(readFileSync(join(directory, name), 'utf8')));
    expect(report).toMatchObject({ differences: [], unchecked: {} });
    expect(report.rows).toBeGreaterThan(0);
  });
});

describe('a reproduction', () => {
  it('is as small as the difference allows, and shows it', async () => {
    const pair = peacefulPair();
    takeOver(pair);
    pair.story.pass(30_000_000);
    pair.r2.run('sent', pair.r1, 30);
    await pair.r2.end();
    await pair.r1.end();
    const reader = new JournalReader(pair.r2.journal);
    try {
      const [first] = replay(replayEngine, journalHistory(reader)).differences;
      if (first === undefined) throw new Error('a run of the wrong router was not found');
      const made = reproduce(replayEngine, reader, first);
      expect(made).toMatchObject({ reproduces: true, fixture: { rows: { length: 1 }, runs: { length: 1 } } });
      if (made === null) throw new Error('no reproduction');
      const again = parseFixture([...fixtureText(made.fixture)].join(''));
      expect(run(again).differences).toEqual([
        { ...first, expected: expect.objectContaining({ rule: 'no such adverts were announced' }) },
      ]);
    } finally {
      reader.close();
      pair.story.remove();
    }
  });

  it('is refused where it is none, with the place', () => {
    const parse =
      (value: object): (() => Fixture) =>
      () =>
        parseFixture(JSON.stringify(value));
    expect(() => parseFixture('{')).toThrow(/^not JSON/);
    expect(parse([])).toThrow('not a JSON object');
    expect(parse({ format: 'x' })).toThrow('format is "x", not "relived-fixture@1"');
    const good = { format: FIXTURE_FORMAT, node: 'a', machines: [], before: [], rows: [], runs: [] };
    expect(parse(good)).not.toThrow();
    expect(parse({ ...good, rows: [{ seq: 1 }] })).toThrow('rows[0].epoch is no number');
    expect(parse({ ...good, runs: [7] })).toThrow('runs[0] is not an object');
  });
});
