import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { Programs } from '../effects/programs/programs.ts';
import { runOwnScript } from './own-script.ts';

const ROOT = { uid: 0, gid: 0, groups: [0] };
let directory: string;
let programs: Programs;

beforeEach(() => {
  directory = temporaryDirectory('own');
  programs = new Programs({
    policy: () => ({ secure: false, keepSymlinks: false }),
    isUnsafe: async () => false,
  });
});
afterEach(async () => {
  await programs.stop();
  fs.rmSync(directory, { recursive: true });
});

async function told(body: string, timeoutUs: number, detail = false): Promise<string[]> {
  const file = join(directory, 'script');
  fs.writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const lines: string[] = [];
  const script = { command: [file, 'a'], identity: ROOT, timeoutUs };
  await runOwnScript('startup', script, { programs, log: (line) => lines.push(line), detail });
  return lines;
}

test('its end is waited for, and only what went wrong is told', async () => {
  expect(await told(`sleep 0.1; echo "$1" >${directory}/mark`, 5_000_000)).toEqual([]);
  expect(fs.readFileSync(join(directory, 'mark'), 'utf8')).toBe('a\n');
  expect(await told('exit 3', 5_000_000)).toEqual(['startup script failed, status 3']);
});

test('in detail its start and its success are told', async () => {
  const running = `Running startup script ${join(directory, 'script')}`;
  expect(await told('', 5_000_000, true)).toEqual([running, 'startup script succeeded']);
});

test('one that takes too long is ended, by force if it must be', async () => {
  expect(await told('sleep 600', 100_000)).toEqual(['startup script timed out']);
  const before = performance.now();
  // Time enough to set the trap, also on a machine that has no time.
  expect(await told('trap "" TERM; while :; do sleep 0.1; done', 2_000_000)).toEqual([
    'startup script timed out',
  ]);
  expect(performance.now() - before).toBeGreaterThan(4_000);
});
