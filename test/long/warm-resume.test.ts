/**
 * kill -9 of the worker of a master: the one that takes its place goes on as master. The peer notices nothing, and the address
 * never leaves, which the kernel itself tells. RELIVED_KILLS says how often; each kill is one of a daemon that was started anew, so
 * that no pause of the watchdog is in it.
 */
import { setTimeout as elapse } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import { Pair, type Program } from '../harness/pair.ts';
import { relive } from '../harness/relive.ts';

const KILLS = Number(process.env.RELIVED_KILLS ?? 10);

/** The watchdog takes every death for one of a worker that had lasted. */
const ENVIRONMENT = { RELIVED_SOUND_MS: '1' };

interface Outcome {
  readonly kills: number;
  /** Of the peer to master, and of the address away from its holder. */
  readonly failovers: number;
  readonly absences: number;
}

async function killed(peer: Program, advertInt: string, settleMs: number): Promise<Outcome> {
  const pair = await Pair.create({
    programs: { a: 'relived', b: peer },
    version: 3,
    unicast: false,
    advertInt,
  });
  try {
    await pair.start('a', ENVIRONMENT);
    await pair.waitForHolder('a');
    await pair.start('b');
    let [failovers, absences] = [0, 0];
    for (let kill = 0; kill < KILLS; kill++) {
      await elapse(settleMs);
      const before = { a: pair.addresses.a.changes.length, b: pair.addresses.b.changes.length };
      const starts = pair.log('a').split('Startup complete').length;
      process.kill(pair.worker('a'), 'SIGKILL');
      await waitFor(() => pair.log('a').split('Startup complete').length > starts, {
        deadlineMs: 20_000,
        what: 'another worker',
      });
      // Long enough for a peer that has missed adverts to take over.
      await elapse(4 * Number(advertInt) * 1_000);
      if (pair.addresses.b.changes.length > before.b) failovers += 1;
      if (pair.addresses.a.changes.length > before.a) absences += 1;
      await pair.waitForHolder('a');
    }
    const verified = await relive('verify', '-j', pair.journal('a'));
    expect(verified.stdout).toContain('no differences');
    return { kills: KILLS, failovers, absences };
  } finally {
    await pair.destroy();
  }
}

describe('kill -9 of the worker of a master', { timeout: 120_000 + KILLS * 20_000 }, () => {
  it.each(['keepalived', 'relived'] as const)('at 1 s adverts, beside %s: nobody notices', async (peer) => {
    expect(await killed(peer, '1', 1_000)).toEqual({ kills: KILLS, failovers: 0, absences: 0 });
  });

  it('at 100 ms adverts: the share is printed', async () => {
    const outcome = await killed('keepalived', '0.1', 1_000);
    console.log(`kill -9 at 100 ms adverts: ${JSON.stringify(outcome)}`);
    expect(outcome.kills).toBe(KILLS);
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
