/**
 * The watchdog, built with sanitizers, in place of the one that runs relived: its worker is killed, hangs and ends, adverts
 * are sent in its place, and nothing is found. That a fault would be is shown by faults where it sends signals, in its main loop and
 * in the thread that awaits the worker's death. Of the start plan's part: src/daemon/start-plan.test.ts.
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RouterProgram, relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';
import { FINDINGS, SANITIZERS, SanitizedProgram } from '../harness/sanitized.ts';
import { STARTER_LIBRARIES, sourcesOf, starterFlags } from '../harness/starter-sources.ts';

const PROJECT = join(import.meta.dirname, '../..');
const BUNDLE = join(PROJECT, 'build/program/relived.js');
const DEADLINE_MS = 60_000;
const BUILD_DEADLINE_MS = 120_000;
const FINDING = /Sanitizer|runtime error/;

/** As bin/relived starts it (scripts/launch.sh). */
const watchedBy =
  (starter: string): RouterProgram =>
  (place) => [starter, BUNDLE, process.execPath, BUNDLE, ...relived(place).slice(1)];

function failOnFinding(router: RouterProcess): void {
  if (FINDING.test(router.log)) throw new Error(router.log);
}

async function check(
  router: RouterProcess,
  isSo: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const look = async (): Promise<boolean> => FINDING.test(router.log) || (await isSo());
  await waitFor(look, { deadlineMs: DEADLINE_MS, what }).catch((error: Error) => {
    throw new Error(`${error.message}\n${router.log}`);
  });
  failOnFinding(router);
}

const starts = (router: RouterProcess): number => router.log.split('Startup complete').length - 1;

/** Another worker runs then. */
async function strike(router: RouterProcess, signal: NodeJS.Signals): Promise<void> {
  const before = starts(router);
  process.kill(router.worker, signal);
  await check(router, () => starts(router) > before, `another worker after ${signal}`);
}

/** Throws with what the sanitizers have found. */
async function liveThrough(starter: string): Promise<void> {
  const lan = await createLan({ hosts: ['a'] });
  try {
    const directory = temporaryDirectory('watchdog');
    const router = await RouterProcess.start(lan, 'a', {
      ...{ program: watchedBy(starter), directory, place: directory },
      environment: { RELIVED_HANG_MS: '3000', RELIVED_SOUND_MS: '1', ASAN_OPTIONS: 'detect_leaks=0' },
      configuration: instanceConfiguration({
        ...{ version: 3, priority: 200, state: 'MASTER', virtualAddresses: ['10.77.0.100/24'] },
      }),
    });
    await check(router, () => starts(router) > 0, 'a worker');
    await check(router, async () => (await lan.addresses('a')).includes('10.77.0.100'), 'the address');
    for (const signal of ['SIGKILL', 'SIGKILL', 'SIGSTOP', 'SIGABRT'] as const) await strike(router, signal);
    router.signal('SIGHUP');
    await check(router, () => router.log.includes('Reload complete'), 'a reload');
    router.signal('SIGTERM');
    const status = await router.ended;
    failOnFinding(router);
    expect(status, router.log).toBe(0);
    const { stdout } = await relive('log', '-j', router.files.journal, '-o', 'jsonl');
    const rows = stdout.split('\n').filter((line) => line.includes('"watchdog/worker"'));
    expect(rows.filter((row) => row.includes('"worker.died"'))).toHaveLength(4);
    expect(rows.filter((row) => row.includes('"worker.hung"'))).toHaveLength(1);
  } finally {
    await lan.destroy();
  }
}

describe.each(SANITIZERS)('with -fsanitize=%s', (sanitizers) => {
  let built: SanitizedProgram;
  beforeAll(async () => {
    built = await SanitizedProgram.compile(sanitizers, {
      ...{
        compiler: 'gcc',
        flags: starterFlags(),
        files: sourcesOf('starter'),
        libraries: STARTER_LIBRARIES,
      },
    });
  }, BUILD_DEADLINE_MS);

  it('nothing is found', { timeout: 300_000 }, async () => {
    await liveThrough(await built.sound());
  });

  it.each(FINDINGS[sanitizers])('%s is found', { timeout: 300_000 }, async (fault, report) => {
    await expect(liveThrough(await built.faulty(fault, 'kill'))).rejects.toThrow(report);
  });
});
