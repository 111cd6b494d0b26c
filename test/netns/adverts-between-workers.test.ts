/** From the death of a worker until the next one has taken its part the watchdog announces what it was master of. */
import { afterEach, expect, it } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import { Pair, type PairOptions } from '../harness/pair.ts';
import { relive } from '../harness/relive.ts';

const KEEP_MS = 2_000;
const DEADLINE_MS = 20_000;

let pair: Pair | undefined;

afterEach(() => pair?.destroy());

async function master(options: Partial<PairOptions>, keepMs: number): Promise<Pair> {
  pair = await Pair.create({
    ...{ programs: { a: 'relived', b: 'relived' }, version: 3, unicast: false, advertInt: '0.1' },
    ...options,
  });
  await pair.start('a', { RELIVED_KEEP_MS: String(keepMs) });
  await pair.waitForHolder('a');
  return pair;
}

/** Kills the worker; the next one does not run until the result is called. */
async function killWorker(router: Pair): Promise<() => void> {
  const first = router.worker('a');
  process.kill(first, 'SIGKILL');
  let next = first;
  await waitFor(
    () => {
      next = workerOrNone();
      return next !== 0 && next !== first;
    },
    { deadlineMs: DEADLINE_MS, intervalMs: 1, what: 'the next worker' },
  );
  process.kill(next, 'SIGSTOP');
  return () => process.kill(next, 'SIGCONT');
}

function workerOrNone(): number {
  try {
    return pair?.worker('a') ?? 0;
  } catch {
    return 0;
  }
}

const lossOf = (a: Pair): Promise<unknown> =>
  waitFor(() => !a.holds('a'), { deadlineMs: DEADLINE_MS, intervalMs: 2, what: 'the end of the address' });

async function watchdogLog(a: Pair, text: RegExp): Promise<void> {
  await waitFor(async () => text.test((await relive('log', '-j', a.journal('a'))).stdout), {
    ...{ deadlineMs: DEADLINE_MS, intervalMs: 300, what: `${text} in the history` },
  });
}

it('for some time, if no other worker comes; then the peer is told and takes over', async () => {
  const a = await master({}, KEEP_MS);
  await a.start('b');
  const beganMs = performance.now();
  const goOn = await killWorker(a);
  await lossOf(a);
  await a.waitUntilHeld('b');
  // Without that the peer would have taken over after 0.36 s.
  expect(performance.now() - beganMs).toBeGreaterThan(KEEP_MS * 0.9);
  goOn();
  await a.waitForHolder('a', 2 * DEADLINE_MS);
  await watchdogLog(a, /adverts left for 1 instance of the dead worker in 2(\.\d+)? s/);
  const verified = await relive('verify', '-j', a.journal('a'));
  expect(verified.stdout).toContain('no differences');
}, 90_000);

it.each([false, true])(
  'until a better router is heard (unicast: %s)',
  async (unicast) => {
    const a = await master({ unicast, priorities: { a: 100, b: 150 } }, DEADLINE_MS);
    // What is to be done on its behalf is written down soon after it has become master.
    await a.keepsHolder('a', 500);
    const goOn = await killWorker(a);
    await a.start('b');
    await a.waitUntilHeld('b');
    await lossOf(a);
    goOn();
    await a.waitForLog('a', 'Startup complete');
    await watchdogLog(a, /a router with priority 150 was heard, which is to be master of 1 instance/);
    await a.keepsHolder('b', 500);
  },
  60_000,
);
