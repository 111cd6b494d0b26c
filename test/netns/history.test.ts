/** What the two routers of a real pair wrote down: relive names each cause, lives it again, and notices a changed byte. */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    expect(await why()).toMatch(/b gave VI_1 up to a .*preemption/);
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
    expect(await why()).toMatch(/b took VI_1 over from a, whose link went down/);
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
