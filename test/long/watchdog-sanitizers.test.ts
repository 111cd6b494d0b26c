/**
 * The watchdog, built with sanitizers, in place of the one that runs relived: its worker is killed, hangs and ends, adverts
 * are sent in its place, and nothing is found. Of the start plan's part: src/daemon/start-plan.test.ts.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RouterProgram, relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const PROJECT = join(import.meta.dirname, '../..');
const SOURCES = join(PROJECT, 'native/starter');
const BUNDLE = join(PROJECT, 'build/program/relived.js');
const DEADLINE_MS = 60_000;
const FINDING = /Sanitizer|runtime error/;

async function build(sanitizers: string): Promise<string> {
  const program = join(temporaryDirectory('sanitizers'), 'relived-starter');
  const sources = readdirSync(SOURCES)
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(SOURCES, name));
  const flags = ['-std=gnu11', '-D_GNU_SOURCE', '-D_FILE_OFFSET_BITS=64', '-O1', '-g', '-pthread'];
  const checks = [`-fsanitize=${sanitizers}`, '-fno-sanitize-recover=all'];
  await run(['gcc', ...flags, '-Wall', '-Wextra', '-Werror', ...checks, '-o', program, ...sources], {
    timeoutMs: 120_000,
  });
  return program;
}

/** As bin/relived starts it (scripts/launch.sh). */
const watchedBy =
  (starter: string): RouterProgram =>
  (place) => [starter, BUNDLE, process.execPath, BUNDLE, ...relived(place).slice(1)];

/** Resolves when another worker runs. */
async function strike(router: RouterProcess, signal: NodeJS.Signals): Promise<void> {
  const before = router.log.split('Startup complete').length;
  process.kill(router.worker, signal);
  await waitFor(() => router.log.split('Startup complete').length > before || FINDING.test(router.log), {
    deadlineMs: DEADLINE_MS,
    what: `another worker after ${signal}`,
  }).catch((error: Error) => {
    throw new Error(`${error.message}\n${router.log}`);
  });
}

describe.each(['address,undefined', 'thread'])('with -fsanitize=%s', (sanitizers) => {
  it('nothing is found', { timeout: 300_000 }, async () => {
    const program = watchedBy(await build(sanitizers));
    const lan = await createLan({ hosts: ['a'] });
    try {
      const directory = temporaryDirectory('watchdog');
      const router = await RouterProcess.start(lan, 'a', {
        ...{ program, directory, place: directory },
        environment: { RELIVED_HANG_MS: '3000', RELIVED_SOUND_MS: '1', ASAN_OPTIONS: 'detect_leaks=0' },
        configuration: instanceConfiguration({
          ...{ version: 3, priority: 200, state: 'MASTER', virtualAddresses: ['10.77.0.100/24'] },
        }),
      });
      await router.waitForLog('Startup complete');
      await waitFor(async () => (await lan.addresses('a')).includes('10.77.0.100'), {
        deadlineMs: DEADLINE_MS,
        what: 'the address',
      });
      for (const signal of ['SIGKILL', 'SIGKILL', 'SIGSTOP', 'SIGABRT'] as const)
        await strike(router, signal);
      router.signal('SIGHUP');
      await router.waitForLog('Reload complete');
      router.signal('SIGTERM');
      expect(await router.ended, router.log).toBe(0);
      expect(router.log).not.toMatch(FINDING);
      const { stdout } = await relive('log', '-j', router.files.journal, '-o', 'jsonl');
      const rows = stdout.split('\n').filter((line) => line.includes('"watchdog/worker"'));
      expect(rows.filter((row) => row.includes('"worker.died"'))).toHaveLength(4);
      expect(rows.filter((row) => row.includes('"worker.hung"'))).toHaveLength(1);
    } finally {
      await lan.destroy();
    }
  });
});
