/**
 * The library of the heartbeat engine by itself, built with sanitizers and driven by test/native/heartbeat-driver.cc: broken
 * packets, schedules that change and lives that end under load. A finding ends the driver with its report.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/lab/run.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { seedOfRun } from '../harness/seed.ts';

const project = join(import.meta.dirname, '../..');
const library = join(project, 'native/src/heartbeat');
const driver = join(project, 'test/native/heartbeat-driver.cc');
const SECONDS = 10;
const BUILD_DEADLINE_MS = 240_000;

const sources = readdirSync(library)
  .filter((name) => name.endsWith('.cc'))
  .map((name) => join(library, name));

describe.each(['address,undefined', 'thread'])('with -fsanitize=%s', (sanitizers) => {
  it('nothing is found', { timeout: 300_000 }, async () => {
    const program = join(temporaryDirectory('sanitizers'), 'heartbeat-driver');
    const warnings = ['-Wall', '-Wextra', '-Werror', '-fno-strict-aliasing'];
    const checks = [`-fsanitize=${sanitizers}`, '-fno-sanitize-recover=all', '-pthread'];
    await run(['g++', '-std=c++20', '-O1', '-g', ...warnings, ...checks, '-o', program, driver, ...sources], {
      timeoutMs: BUILD_DEADLINE_MS,
    });
    const { stdout } = await run([program, String(seedOfRun()), String(SECONDS)], { timeoutMs: 60_000 });
    expect(stdout).toMatch(/^\d+ lives, \d+ messages, \d+ led\n$/);
  });
});
