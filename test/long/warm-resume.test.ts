/**
 * kill -9 of the worker of a master: the one that takes its place goes on as master. The peer notices nothing, and the address
 * never leaves, which the kernel itself tells. RELIVED_KILLS says how often; `npm run bench -- worker` does it beside keepalived.
 */
import { setTimeout as elapse } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import { Pair } from '../harness/pair.ts';
import { relive } from '../harness/relive.ts';
import { killWorkers } from '../harness/worker-deaths.ts';

const KILLS = Number(process.env.RELIVED_KILLS ?? 5);

const unnoticed = { failovers: 0, absences: 0, nowhereMs: 0 };

describe('kill -9 of the worker of a master', { timeout: 120_000 + KILLS * 20_000 }, () => {
  it.each(['keepalived', 'relived'] as const)('at 1 s adverts, beside %s: nobody notices', async (peer) => {
    const terms = { program: 'relived', peer, advertInt: '1', kills: KILLS, settleMs: 1_000 } as const;
    expect(await killWorkers(terms)).toMatchObject(Array.from({ length: KILLS }, () => unnoticed));
  });

  it('at 100 ms adverts: the share is printed, for a busy machine may be too late', async () => {
    const terms = { program: 'relived', peer: 'keepalived', advertInt: '0.1' } as const;
    const deaths = await killWorkers({ ...terms, kills: KILLS, settleMs: 1_000 });
    const noticed = deaths.filter(({ failovers }) => failovers > 0).length;
    console.log(`kill -9 at 100 ms adverts: ${noticed} of ${deaths.length} with failovers`);
    expect(deaths).toHaveLength(KILLS);
  });
});

it('workers that die again and again: the peer is told, and takes over at once', {
  timeout: 60_000,
}, async () => {
  const pair = await Pair.create({ programs: { a: 'relived', b: 'relived' }, version: 3, unicast: false });
  try {
    await pair.start('b');
    await pair.start('a');
    await pair.waitForHolder('a');
    for (const pauseMs of [0, 1_000]) {
      const starts = pair.log('a').split('Startup complete').length;
      await elapse(500);
      process.kill(pair.worker('a'), 'SIGKILL');
      await waitFor(() => pair.log('a').split('Startup complete').length > starts, {
        deadlineMs: 10_000 + pauseMs,
        what: 'another worker',
      });
    }
    await elapse(500);
    const before = pair.addresses.b.changes.length;
    expect(pair.holds('a')).toBe(true);
    process.kill(pair.worker('a'), 'SIGKILL');
    // Less than a Master_Down_Interval (3.6 s): it was told, by priority 0. There is a pause of two seconds now.
    await waitFor(() => pair.holds('b') && !pair.holds('a'), {
      deadlineMs: 2_000,
      intervalMs: 5,
      what: 'the failover',
    });
    expect(pair.addresses.b.changes.length).toBe(before + 1);
    await pair.waitForHolder('a');
  } finally {
    await pair.destroy();
  }
});

it('a worker that hangs is killed, its address goes, and the peer takes over', {
  timeout: 60_000,
}, async () => {
  const pair = await Pair.create({ programs: { a: 'relived', b: 'relived' }, version: 3, unicast: false });
  try {
    await pair.start('a', { RELIVED_HANG_MS: '4000' });
    await pair.waitForHolder('a');
    await pair.start('b');
    await elapse(2_000);
    process.kill(pair.worker('a'), 'SIGSTOP');
    await pair.waitUntilHeld('b');
    await waitFor(() => !pair.holds('a'), {
      deadlineMs: 15_000,
      intervalMs: 5,
      what: 'the end of the address',
    });
    await pair.waitForLog('a', 'died: Respawning');
    await pair.waitForHolder('a');
    await pair.stop('a');
    const { stdout } = await relive('log', '-j', pair.journal('a'));
    expect(stdout).toMatch(/the worker did nothing for 4 s/);
    expect(stdout).toMatch(/was ended by signal 9/);
    expect(stdout).toMatch(/takes away the addresses of what the dead worker was master of/);
  } finally {
    await pair.destroy();
  }
});
