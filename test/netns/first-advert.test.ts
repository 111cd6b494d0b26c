/** The first advert of a take-over leaves at the deadline, whatever the event loop is doing. And when it must not. */
import { setTimeout as elapse } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import type { VrrpEvent } from '../../src/machines/vrrp/vrrp.events.ts';
import { withLan } from '../harness/lan.ts';
import { RemoteHeartbeat } from '../harness/remote-heartbeat.ts';
import { wireIdentity } from '../harness/wire-identity.ts';

const actor = 'vrrp/VI_1';
const intervalUs = 100_000;
const allowedUs = 360_000;
const identity = wireIdentity({ advertIntervalUs: intervalUs });
const first = { priority: 100 };

interface Neighbours {
  readonly master: RemoteHeartbeat;
  readonly backup: RemoteHeartbeat;
}

const all = ({ events }: RemoteHeartbeat): readonly VrrpEvent[] => events.map(({ event }) => event);
const prioritiesTold = (one: RemoteHeartbeat): readonly number[] =>
  all(one).flatMap((event) => (event.type === 'advert.received' ? event.priority : []));
const silence = (one: RemoteHeartbeat) => all(one).find(({ type }) => type === 'master.silent');

async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = 5_000,
): Promise<void> {
  await waitFor(holds, { deadlineMs, intervalMs: 5, what });
}

async function counters(one: RemoteHeartbeat) {
  const status = await one.status(actor);
  if (status === null) throw new Error('the instance is not open');
  return status.counters;
}

/** A master that announces 200 and hears others, and a backup that has said what it announces after it. */
function withNeighbours(body: (neighbours: Neighbours) => Promise<void>): Promise<void> {
  return withLan({ hosts: ['a', 'b'] }, async (lan) => {
    const start = (host: string) => RemoteHeartbeat.start((argv) => lan.argv(host, argv));
    const [master, backup] = await Promise.all([start('a'), start('b')]);
    for (const [host, one] of [
      ['a', master],
      ['b', backup],
    ] as const) {
      one.open(actor, identity);
      one.setSource(actor, lan.address(host));
      one.watch(actor, null, 30_000_000, intervalUs);
    }
    await backup.status(actor);
    master.announce(actor, { priority: 200 });
    await until('an advert', () => prioritiesTold(backup).length > 0);
    const { addresses } = identity;
    const awaited = { source: lan.address('a'), priority: 200, advertIntervalUs: intervalUs, addresses };
    backup.watch(actor, awaited, allowedUs, intervalUs, first);
    await until('adverts', async () => (await counters(backup)).received > 3);
    await body({ master, backup });
  });
}

test.concurrent('a busy backup has sent it by then, and goes on with the second one in time', () =>
  withNeighbours(async ({ master, backup }) => {
    backup.claimAfterSilence(first);
    const before = await counters(backup);
    const busy = backup.beBusy(1_500);
    master.stopAnnouncing(actor);
    await until('its first advert', () => prioritiesTold(master).includes(100), 1_400);
    expect(silence(backup)).toBeUndefined();
    await busy;
    await until('the silence', () => silence(backup) !== undefined);
    expect(silence(backup)).toMatchObject({ announced: { priority: 100, sentUs: expect.any(Number) } });
    await until('its second advert', async () => (await counters(backup)).sent >= before.sent + 2);
    expect(prioritiesTold(master)).not.toContain(0);
    backup.stopAnnouncing(actor);
    const { sent } = await counters(backup);
    const runs = backup.runs.filter(({ direction }) => direction === 'sent');
    expect(runs.reduce((sum, { count }) => sum + count, 0)).toBe(sent - before.sent);
    expect(new Set(runs.map(({ priority }) => priority))).toEqual(new Set([100]));
  }));

test.concurrent('nobody stands by it: priority 0 takes it back', () =>
  withNeighbours(async ({ master, backup }) => {
    master.stopAnnouncing(actor);
    await until('both adverts', () => prioritiesTold(master).includes(0));
    expect(prioritiesTold(master)).toEqual([100, 0]);
    await until('that it is told', () => all(backup).some(({ type }) => type === 'claim.withdrawn'));
    expect(all(backup).find(({ type }) => type === 'claim.withdrawn')).toMatchObject({
      ...{ priority: 100, resigned: true },
    });
    expect(backup.runs.filter(({ direction }) => direction === 'sent')).toMatchObject([
      { priority: 100, count: 1 },
    ]);
  }));

test.concurrent('it does not leave while something that was heard waits for an answer', () =>
  withNeighbours(async ({ master, backup }) => {
    backup.claimAfterSilence(first);
    const busy = backup.beBusy(1_500);
    master.sendOnce(actor, { priority: 210 });
    master.stopAnnouncing(actor);
    await elapse(1_200);
    expect(prioritiesTold(master)).not.toContain(100);
    await busy;
    await until('the silence', () => silence(backup) !== undefined);
    expect(silence(backup)).not.toHaveProperty('announced');
    expect(prioritiesTold(backup)).toContain(210);
  }));

test.concurrent('it does not leave for somebody who has not been seen alive for as long as a lease lasts', () =>
  withNeighbours(async ({ master, backup }) => {
    backup.claimAfterSilence(first);
    const busy = backup.beBusy(5_000);
    await elapse(3_400);
    master.stopAnnouncing(actor);
    await elapse(1_000);
    expect(prioritiesTold(master)).not.toContain(100);
    await busy;
    await until('the silence', () => silence(backup) !== undefined);
    expect(silence(backup)).not.toHaveProperty('announced');
  }));

test.concurrent('an adjustment without it, and the end of the watch, call it off', () =>
  withNeighbours(async ({ master, backup }) => {
    const { addresses } = identity;
    const awaited = { priority: 200, advertIntervalUs: intervalUs, addresses };
    const source = all(backup).flatMap((event) => (event.type === 'advert.received' ? event.source : []))[0];
    backup.adjustWatch(actor, { ...awaited, source: source ?? '' }, allowedUs);
    await backup.status(actor);
    master.stopAnnouncing(actor);
    await until('the silence', () => silence(backup) !== undefined);
    expect(silence(backup)).not.toHaveProperty('announced');
    backup.watch(actor, null, allowedUs, intervalUs, first);
    backup.stopWatching(actor);
    await elapse(2 * (allowedUs / 1_000));
    expect(prioritiesTold(master)).toEqual([]);
  }));
