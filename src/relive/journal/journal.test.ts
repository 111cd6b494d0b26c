/** `relive journal` as a whole program, on directories that were made for it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, openSync, readdirSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { thinNow } from '../../journal/thinning.fixture.ts';
import { type Pair, peacefulPair, takeOver } from '../story.fixture.ts';

const MAIN = join(import.meta.dirname, '..', 'main.ts');

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function relive(...args: string[]): Run {
  const { RELIVE_JOURNAL: _, ...environment } = process.env;
  const env = { ...environment, TZ: 'UTC', RELIVED_LAB_DIR: '/nonexistent' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const FIRST = 'vrrp-000001-000000000001.db';
let pair: Pair;
const journal = (): string => pair.r2.journal;
const copy = (name: string): string => {
  const target = join(pair.story.root, name);
  cpSync(journal(), target, { recursive: true });
  return target;
};

beforeAll(async () => {
  pair = peacefulPair();
  takeOver(pair);
  await pair.r1.end();
  await pair.r2.stop('SIGTERM');
  pair.r2.start();
  await pair.r2.end();
});

afterAll(() => pair.story.remove());

it('lists segments, and says which were thinned and which set aside', async () => {
  const directory = copy('listed');
  await thinNow(directory, FIRST);
  const { stdout, status } = relive('journal', 'list', '-j', directory, '-o', 'jsonl');
  expect(status).toBe(0);
  const [first, second] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(first).toMatchObject({ file: FIRST, state: 'thinned', runs: 0, goneRuns: 1 });
  expect(second).toMatchObject({ state: 'closed', epoch: 2, goneRows: 0, rows: 4, runs: 0 });
  // An advert of long ago is not taken for the last one, nor a quiet life for an end.
  const whole = relive('at', '@5', '-j', journal());
  expect(whole.stdout).toMatch(/10\.0\.0\.1 150 .* before/);
  const thinned = relive('at', '@5', '-j', directory);
  expect(thinned.stderr).toContain('no longer kept');
  expect(thinned.stdout).not.toContain(' before');
  renameSync(join(directory, FIRST), join(directory, `${FIRST}.damaged`));
  expect(relive('journal', 'list', '-j', directory).stdout).toMatch(/damaged +set aside/);
});

it('finds a damaged file, and saves what is in it', () => {
  const directory = copy('damaged');
  expect(relive('journal', 'check', '-j', directory)).toMatchObject({ status: 0 });
  chmodSync(join(directory, FIRST), 0o600);
  writeSync(openSync(join(directory, FIRST), 'r+'), Buffer.alloc(4096, 7), 0, 4096, 4 * 4096);
  const checked = relive('journal', 'check', '-j', directory, '-o', 'json');
  expect(checked.status).toBe(6);
  expect(JSON.parse(checked.stdout)).toMatchObject([
    { file: FIRST, damage: expect.any(String) },
    { damage: null },
  ]);
  const into = `${directory}.saved`;
  const saved = relive('journal', 'salvage', directory, into, '-o', 'json');
  expect(saved).toMatchObject({ status: 0, stderr: expect.stringContaining('chain are right') });
  expect(JSON.parse(saved.stdout)).toMatchObject([{ result: 'salvaged' }, { result: 'copied' }]);
  expect(relive('journal', 'salvage', directory, into).status).toBe(1);
});

it('gives a hash by which verify sees that the end was cut off', () => {
  const directory = copy('cut');
  const [hash = ''] = relive('journal', 'head', '-j', directory).stdout.split(' ');
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(relive('verify', '--head', hash, '-j', directory)).toMatchObject({ status: 0 });
  const second = readdirSync(directory).find(
    (file) => file.startsWith('vrrp-000002') && file.endsWith('.db'),
  );
  renameSync(join(directory, String(second)), join(pair.story.root, 'gone'));
  const cut = relive('verify', '--head', hash, '-j', directory);
  expect(cut.status).toBe(4);
  expect(cut.stdout).toContain('no batch has the hash');
  expect(relive('verify', '--head', 'abc', '-j', directory).status).toBe(2);
});
