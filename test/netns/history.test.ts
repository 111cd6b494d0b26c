/** What the two routers of a real pair wrote down: relive names each cause, lives it again, and notices a changed byte. */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournalReader } from '../../src/journal/reader.ts';
import { clockBetween } from '../../src/relive/clocks/clock-fit.ts';
import { ALL_TIME } from '../../src/relive/clocks/record.ts';
import { Pair } from '../harness/pair.ts';
import { journals, relive } from '../harness/relive.ts';

let pair: Pair;

beforeAll(async () => {
  pair = await Pair.create({
    programs: { a: 'relived', b: 'relived' },
    version: 3,
    unicast: false,
    advertInt: '0.2',
  });
});

afterAll(() => pair.destroy());

const both = () => journals(pair.journal('a'), pair.journal('b'));

async function why(): Promise<string> {
  const { code, stdout, stderr } = await relive('why', ...both());
  expect(code, stderr).toBe(0);
  expect(stdout.trim().split('\n').length).toBeLessThanOrEqual(25);
  return stdout.split('\n')[0] ?? '';
}

describe('relive why', { timeout: 60_000 }, () => {
  it('names the first start', async () => {
    await pair.start('b');
    await pair.waitForHolder('b');
    expect(await why()).toMatch(/b became master of VI_1: it was started/);
  });

  it('names a preemption', async () => {
    await pair.start('a');
    await pair.waitForHolder('a');
    // Whichever is the newest change: b hears the first advert while the statechart of a is told of the silence.
    const either = /(b gave VI_1 up to a|a .*took VI_1 over from b) .*preemption/;
    await expect.poll(why, { timeout: 10_000 }).toMatch(either);
  });

  it('names a kill', async () => {
    await pair.kill('a');
    await pair.waitForHolder('b');
    expect(await why()).toMatch(/b took VI_1 over from a, whose process was killed or died/);
  });

  it('names a link cut', async () => {
    await pair.start('a');
    await pair.waitForHolder('a');
    await pair.lan.cut('a');
    await pair.waitForHolder('b');
    expect(await why()).toMatch(/b took VI_1 over from a, whose link \S+ went down/);
  });

  it('names a clean stop', async () => {
    await pair.lan.heal('a');
    await pair.waitForHolder('a');
    await pair.stop('a');
    await pair.waitForHolder('b');
    expect(await why()).toMatch(/b took VI_1 over from a, which was stopped in good order \(SIGTERM\)/);
  });

  it('says what it cannot know from one side', async () => {
    await pair.start('a');
    await pair.waitForHolder('a');
    await pair.kill('a');
    await pair.waitForHolder('b');
    const { stdout } = await relive('why', ...journals(pair.journal('b')));
    expect(stdout).toMatch(/died or the path/);
  });
});

describe('relive merge and check', { timeout: 60_000 }, () => {
  it('compares clocks that are one, and finds it within the bounds', () => {
    const [a, b] = [new JournalReader(pair.journal('a')), new JournalReader(pair.journal('b'))];
    const fit = clockBetween(a, b, ALL_TIME, { evenOnOneMachine: true });
    const [begin, end] = [b.epochs()[0]?.startWallUs ?? 0, b.epochs().at(-1)?.lastWallUs ?? 0];
    const relations = Array.from({ length: 20 }, (_, i) => fit.relationAt(begin + ((end - begin) * i) / 20));
    for (const { leastUs, mostUs } of relations) {
      expect(leastUs).toBeLessThanOrEqual(0);
      expect(mostUs).toBeGreaterThanOrEqual(0);
    }
    const best = relations.toSorted((x, y) => x.mostUs - x.leastUs - (y.mostUs - y.leastUs))[0];
    expect(best?.kind).toBe('two-sided');
    a.close();
    b.close();
  });

  it('puts both on one timeline', async () => {
    const { code, stdout } = await relive('merge', ...both(), '--kind', 'role');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^clocks: b = a: one machine, one clock$/m);
    expect(stdout).toMatch(/no master of VI_1 vrid \d+ 10\.77\.0\.100: after a, until b/);
  });

  it('has no complaint but of the kills', async () => {
    const { code, stdout } = await relive('check', ...both(), '-o', 'json');
    expect(code).toBe(5);
    const { violations } = JSON.parse(stdout) as { violations: { invariant: string }[] };
    expect(violations.filter(({ invariant }) => invariant !== 'end')).toEqual([]);
  });
});

describe('relive verify', { timeout: 60_000 }, () => {
  it('lives the whole history again and finds no difference', async () => {
    await pair.stop('b');
    const { code, stdout } = await relive('verify', ...both());
    expect([code, stdout]).toEqual([0, expect.stringMatching(/no differences/)]);
  });

  it('names the row in which one byte was changed, and exits 4', async () => {
    const copy = join(pair.directory, 'copy');
    cpSync(pair.journal('b'), copy, { recursive: true });
    const [segment = ''] = readdirSync(copy).filter((file) => file.endsWith('.db'));
    const database = new Database(join(copy, segment));
    const { seq } = database
      .prepare(`select seq from ev where event like '%master.silent%' limit 1`)
      .get() as {
      seq: number;
    };
    const changed = database
      .prepare(`update ev set event = replace(event, '"missedAdverts":3', '"missedAdverts":2') where seq = ?`)
      .run(seq);
    database.close();
    expect(changed.changes).toBe(1);
    const { code, stdout, stderr } = await relive('verify', ...journals(copy));
    expect(code).toBe(4);
    expect(stdout + stderr).toMatch(new RegExp(`\\b${seq}\\b`));
    expect((await relive('verify', ...journals(pair.journal('b')))).code).toBe(0);
  });
});
