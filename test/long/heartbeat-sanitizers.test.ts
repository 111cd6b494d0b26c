/**
 * The library of the heartbeat engine by itself, built with sanitizers and driven by test/native/heartbeat-driver.cc: broken
 * packets, schedules that change and lives that end under load. A finding fails the driver, with its report: that it does is
 * shown by faults in what the engine calls.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/lab/run.ts';
import { FINDINGS, SANITIZERS, SanitizedProgram } from '../harness/sanitized.ts';
import { seedOfRun } from '../harness/seed.ts';

const project = join(import.meta.dirname, '../..');
const library = join(project, 'native/src/heartbeat');
const driver = join(project, 'test/native/heartbeat-driver.cc');
const SECONDS = 10;
const SECONDS_WITH_A_FAULT = 1;
const BUILD_DEADLINE_MS = 300_000;

const sources = readdirSync(library)
  .filter((name) => name.endsWith('.cc'))
  .map((name) => join(library, name));

async function drive(program: string, seconds: number): Promise<string> {
  return (await run([program, String(seedOfRun()), String(seconds)], { timeoutMs: 60_000 })).stdout;
}

describe.each(SANITIZERS)('with -fsanitize=%s', (sanitizers) => {
  let built: SanitizedProgram;
  beforeAll(async () => {
    const flags = ['-std=c++20', '-fno-strict-aliasing'];
    built = await SanitizedProgram.compile(sanitizers, {
      ...{ compiler: 'g++', flags, files: [driver, ...sources] },
    });
  }, BUILD_DEADLINE_MS);

  it('nothing is found', { timeout: BUILD_DEADLINE_MS }, async () => {
    expect(await drive(await built.sound(), SECONDS)).toMatch(/^\d+ lives, \d+ messages, \d+ led\n$/);
  });

  // Its thread alone sends; it and those who use the engine read the clock.
  it.each(FINDINGS[sanitizers])('%s is found', { timeout: BUILD_DEADLINE_MS }, async (fault, report) => {
    const called = fault === 'DATA_RACE' ? 'clock_gettime' : 'sendmmsg';
    const program = await built.faulty(fault, called);
    await expect(drive(program, SECONDS_WITH_A_FAULT)).rejects.toThrow(report);
  });
});
