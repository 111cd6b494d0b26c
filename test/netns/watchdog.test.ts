/** What the watchdog does when the process that runs VRRP dies, hangs, or dies again and again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { type RouterProgram, relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const ADDRESS = '10.77.0.100';
const OTHER_ADDRESS = '10.77.0.101';
const DEADLINE_MS = 20_000;

let lan: Lan;
let router: RouterProcess;

beforeAll(async () => {
  lan = await createLan({ hosts: ['a'] });
});

afterEach(() => router?.stop());
afterAll(() => lan?.destroy());

/** Owner of its address: master at once. */
async function start(
  environment: NodeJS.ProcessEnv = {},
  program: RouterProgram = relived,
  advertInt = '1',
): Promise<string> {
  const directory = temporaryDirectory('watchdog');
  router = await RouterProcess.start(lan, 'a', {
    ...{ program, directory, environment, place: directory },
    configuration: instanceConfiguration({
      version: 3,
      priority: 255,
      state: 'MASTER',
      advertInt,
      virtualAddresses: [`${ADDRESS}/24`],
    }),
  });
  await router.waitForLog('Startup complete');
  await holds(true);
  return directory;
}

const holds = (expected: boolean): Promise<unknown> =>
  waitFor(async () => (await lan.addresses('a')).includes(ADDRESS) === expected, {
    deadlineMs: DEADLINE_MS,
    intervalMs: 5,
    what: expected ? 'the address' : 'the end of the address',
  });

/** Ends the worker; resolves when another one runs. */
async function strike(signal: NodeJS.Signals): Promise<void> {
  const before = router.log.split('Startup complete').length;
  process.kill(router.worker, signal);
  await waitFor(() => router.log.split('Startup complete').length > before, {
    deadlineMs: DEADLINE_MS,
    what: 'another worker',
  });
}

/** When the second worker was ready. */
async function readyAgain(): Promise<string> {
  const { stdout } = await relive('log', '-j', router.files.journal, '-o', 'jsonl');
  const rows = stdout.split('\n').filter((line) => line.includes('"worker.ready"'));
  const { wallUs = 0 } = JSON.parse(rows[1] ?? '{}') as { wallUs?: number };
  return new Date(wallUs / 1_000 + 1).toISOString();
}

async function watchdogRows(): Promise<string[]> {
  const { stdout } = await relive('log', '-j', router.files.journal, '-o', 'jsonl');
  return (
    stdout
      .split('\n')
      .filter((line) => line.includes('"watchdog/worker"'))
      .map((line) => {
        const { event, state } = JSON.parse(line) as { event?: { type: string }; state?: string };
        return `${event?.type} ${state}`;
      })
      // Whether it is seen dying before it is dead is chance, and on a busy machine the next worker may need more than an interval.
      .filter((row) => !/^(worker\.dying|announcing\.ended|lease\.ended) /.test(row))
  );
}

it('starts another worker in place of one that was killed: pid files, locks and signals go on', async () => {
  // The next worker goes on as master within three intervals: on a busy machine three seconds may not be enough for that.
  const directory = await start({}, relived, '5');
  const first = router.worker;
  await waitFor(async () => (await watchdogRows()).length === 3, {
    deadlineMs: DEADLINE_MS,
    intervalMs: 200,
    what: 'its history',
  });
  await strike('SIGKILL');
  expect(router.worker).not.toBe(first);
  const pids = ['a-relived.pid', 'a-relived-vrrp.pid'].map((file) =>
    Number(readFileSync(join(directory, file), 'utf8')),
  );
  expect(pids).toEqual([router.pid, router.worker]);
  router.signal('SIGHUP');
  await router.waitForLog('Reload complete');
  router.signal('SIGTERM');
  expect(await router.ended, router.log).toBe(0);
  await holds(false);
  expect(router.log).toContain(`VRRP child process(${first}) died: Respawning`);
  expect(await watchdogRows()).toEqual([
    'actor.started idle',
    'watch.begun starting',
    'worker.ready watching',
    'actor.started idle',
    'watch.begun watching',
    'worker.died starting',
    'worker.ready watching',
    'stop.requested stopping',
  ]);
  const why = await relive('why', '--at', await readyAgain(), '-j', router.files.journal);
  expect(why.stdout).toMatch(
    new RegExp(`went on as master of VI_1 in place of process ${first}, which was killed \\(signal 9\\)`),
  );
  expect(why.stdout).toMatch(/process \d+ was ended by signal 9 after .* <- from outside/);
  const verified = await relive('verify', '-j', router.files.journal);
  expect(verified.stdout).toContain('no differences');
}, 60_000);

it('another worker runs the configuration that is in force, not what the file says by now', async () => {
  await start();
  const edited = readFileSync(router.configuration, 'utf8').replaceAll(ADDRESS, OTHER_ADDRESS);
  writeFileSync(router.configuration, edited);
  await strike('SIGKILL');
  expect(await lan.addresses('a')).toEqual(expect.arrayContaining([ADDRESS]));
  expect(await lan.addresses('a')).not.toContain(OTHER_ADDRESS);
  router.signal('SIGHUP');
  await router.waitForLog('Reload complete');
  writeFileSync(router.configuration, 'no configuration at all {');
  await strike('SIGKILL');
  await waitFor(async () => (await lan.addresses('a')).includes(OTHER_ADDRESS), {
    deadlineMs: DEADLINE_MS,
    what: 'the address of the reload',
  });
}, 60_000);

it('kills a worker that hangs', async () => {
  await start({ RELIVED_HANG_MS: '1000' });
  const first = router.worker;
  await strike('SIGSTOP');
  expect(router.worker).not.toBe(first);
  await router.stop();
  expect(await watchdogRows()).toEqual(
    expect.arrayContaining(['worker.hung killing', 'worker.died starting']),
  );
}, 60_000);

it('ends with its worker if it was told to', async () => {
  await start({}, (place) => [...relived(place), '-R']);
  process.kill(router.worker, 'SIGKILL');
  expect(await router.ended).toBe(1);
}, 60_000);
