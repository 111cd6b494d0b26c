/** MISC_CHECK with real programs: what each way to end says of a server. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isProgramUnsafe } from '../host/programs.ts';
import type { MiscProbe } from '../machines/checker/checker.input.ts';
import { exitStatusOf, runMiscCheck } from './misc-check.ts';
import { Programs } from './programs/programs.ts';
import { createScriptRunner } from './programs/script-runner.ts';

const SELF = {
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  groups: [process.getgid?.() ?? 0],
};

let directory: string;
const programs = new Programs({
  policy: () => ({ secure: false, keepSymlinks: false }),
  isUnsafe: isProgramUnsafe,
});
const run = createScriptRunner({ programs, identify: (user) => (user === 'nobody-at-all' ? null : SELF) });

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'relived-misc-'));
  chmodSync(directory, 0o755);
});

afterAll(async () => {
  await programs.stop();
  rmSync(directory, { recursive: true, force: true });
});

let scripts = 0;

function plan(text: string, changes: Partial<MiscProbe> = {}): MiscProbe {
  scripts += 1;
  const file = join(directory, `check-${scripts}`);
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return {
    ...{ kind: 'misc', command: [file], user: null, group: null, timeoutUs: 5_000_000, dynamic: false },
    ...changes,
  };
}

function verdict(wanted: MiscProbe) {
  return new Promise<Parameters<Parameters<typeof runMiscCheck>[2]>[0]>((resolve) => {
    runMiscCheck(run, wanted, resolve);
  });
}

test.each([
  ['exit 0', false, { outcome: 'passed', code: 'PROCOK', detail: '' }],
  ['exit 1', false, { outcome: 'failed', code: 'PROCERR', detail: 'exited with status 1' }],
  ['exit 7', false, { outcome: 'failed', code: 'PROCERR', detail: 'exited with status 7' }],
  ['exit 1', true, { outcome: 'failed', code: 'PROCERR', detail: 'exited with status 1' }],
  ['exit 0', true, { outcome: 'passed', code: 'PROCOK', detail: '' }],
  ['exit 2', true, { outcome: 'passed', code: 'PROCOK', detail: 'weight 0', weight: 0 }],
  ['exit 255', true, { outcome: 'passed', code: 'PROCOK', detail: 'weight 253', weight: 253 }],
  ['echo no; echo "no disk"; exit 3', false, { outcome: 'failed', detail: 'exited with status 3: no disk' }],
  ['kill -KILL $$', false, { outcome: 'failed', code: 'PROCERR', detail: 'due to signal 9' }],
])('%s, with misc_dynamic: %s', async (text, dynamic, expected) => {
  expect(await verdict(plan(text, { dynamic }))).toMatchObject(expected);
});

test.each([
  ['exit 0', 0],
  ['exit 3', 3],
  ['exit 1', 1],
])('%s with misc_dynamic is read back from what is known of it', async (text, status) => {
  expect(exitStatusOf(await verdict(plan(text, { dynamic: true })))).toBe(status);
  expect(exitStatusOf(null)).toBe(0);
});

test('one that takes too long has timed out', async () => {
  const slow = plan('exec sleep 60', { timeoutUs: 50_000 });
  expect(await verdict(slow)).toMatchObject({ outcome: 'failed', code: 'PROCTOUT', detail: 'timed out' });
});

test('endless output is read and not kept', async () => {
  const loud = plan('exec yes no', { timeoutUs: 200_000 });
  expect(await verdict(loud)).toMatchObject({ outcome: 'failed', code: 'PROCTOUT' });
});

test('what cannot be run counts as keepalived has it, and says why', async () => {
  const gone = plan('exit 0', { command: [join(directory, 'gone')] });
  expect(await verdict(gone)).toMatchObject({ outcome: 'passed', code: 'PROCERR' });
  const whose = plan('exit 1', { user: 'nobody-at-all' });
  expect(await verdict(whose)).toMatchObject({
    ...{ outcome: 'passed', detail: expect.stringContaining('there is no user nobody-at-all') },
  });
});

test('one that is given up is asked to end, and not heard', async () => {
  let heard = 0;
  const giveUp = runMiscCheck(run, plan('exec sleep 60'), () => {
    heard += 1;
  });
  await expect.poll(() => programs.count).toBe(1);
  giveUp();
  await expect.poll(() => programs.count).toBe(0);
  expect(heard).toBe(0);
});
