/** What the engine is for: the event loop may be busy, and only for so long. */
import { setTimeout as elapse } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import { withLan } from '../harness/lan.ts';
import { RemoteHeartbeat } from '../harness/remote-heartbeat.ts';
import { wireIdentity } from '../harness/wire-identity.ts';

const actor = 'vrrp/VI_1';
const intervalUs = 100_000;
const allowedUs = 360_000;
const identity = wireIdentity({ advertIntervalUs: intervalUs });

interface Neighbours {
  readonly master: RemoteHeartbeat;
  readonly backup: RemoteHeartbeat;
}

const types = ({ events }: RemoteHeartbeat): readonly string[] => events.map(({ event }) => event.type);

/** Priorities of the adverts that it was told of. */
const told = ({ events }: RemoteHeartbeat): readonly number[] =>
  events.flatMap(({ event }) => (event.type === 'advert.received' ? event.priority : []));

async function counted(one: RemoteHeartbeat, what: 'sent' | 'received'): Promise<number> {
  return (await one.status(actor))?.counters[what] ?? 0;
}

/** A master that announces 200, and a backup that has heard it and waits for it. */
function withNeighbours(body: (neighbours: Neighbours) => Promise<void>): Promise<void> {
  return withLan({ hosts: ['a', 'b'] }, async (lan) => {
    const start = (host: string) => RemoteHeartbeat.start((argv) => lan.argv(host, argv));
    const [master, backup] = await Promise.all([start('a'), start('b')]);
    const ends = [
      { host: master, address: lan.address('a') },
      { host: backup, address: lan.address('b') },
    ] as const;
    for (const { host, address } of ends) {
      host.open(actor, identity);
      host.setSource(actor, address);
    }
    backup.watch(actor, null, 10_000_000, intervalUs);
    await backup.status(actor);
    master.announce(actor, { priority: 200 });
    await waitFor(() => told(backup).length > 0, { deadlineMs: 5_000, intervalMs: 5, what: 'an advert' });
    const { addresses } = identity;
    const awaited = { source: lan.address('a'), priority: 200, advertIntervalUs: intervalUs, addresses };
    backup.watch(actor, awaited, allowedUs, intervalUs);
    await waitFor(async () => (await counted(backup, 'received')) > 3, {
      ...{ deadlineMs: 5_000, intervalMs: 5, what: 'adverts' },
    });
    await body({ master, backup });
  });
}

test.concurrent('a master whose event loop is busy for two seconds goes on announcing', () =>
  withNeighbours(async ({ master, backup }) => {
    const before = await counted(backup, 'received');
    await master.beBusy(2_000);
    expect((await counted(backup, 'received')) - before).toBeGreaterThanOrEqual(15);
    expect(types(backup)).not.toContain('master.silent');
    expect(types(master)).not.toContain('self.leaseLost');
  }));

test.concurrent('a backup whose event loop is busy for two seconds takes nobody for dead', () =>
  withNeighbours(async ({ backup }) => {
    await backup.beBusy(2_000);
    await elapse(2 * (allowedUs / 1000));
    expect(types(backup)).not.toContain('master.silent');
  }));

test.concurrent('a silence of the master while the backup was busy is none if the master is heard again', () =>
  withNeighbours(async ({ master, backup }) => {
    const busy = backup.beBusy(2_500);
    master.stopAnnouncing(actor);
    await elapse(1_000);
    master.announce(actor, { priority: 200 });
    await busy;
    await elapse(2 * (allowedUs / 1000));
    expect(types(backup)).not.toContain('master.silent');
  }));

test.concurrent('a master that hangs for longer than its lease has resigned, and hears of it', () =>
  withNeighbours(async ({ master, backup }) => {
    const busy = master.beBusy(5_000);
    await waitFor(() => told(backup).includes(0), { deadlineMs: 4_500, intervalMs: 5, what: 'priority 0' });
    const received = await counted(backup, 'received');
    await busy;
    await waitFor(() => types(master).includes('self.leaseLost'), {
      ...{ deadlineMs: 2_000, intervalMs: 5, what: 'the loss' },
    });
    const loss = master.events.map(({ event }) => event).find(({ type }) => type === 'self.leaseLost');
    expect(loss).toMatchObject({ leaseUs: 3_000_000, resigned: true });
    expect((await master.status(actor))?.counters.priorityZeroSent).toBe(1);
    await elapse(3 * (intervalUs / 1000));
    expect(await counted(backup, 'received')).toBe(received);
  }));

test.concurrent('a process that was stopped as a whole keeps its lease', () =>
  withNeighbours(async ({ master, backup }) => {
    await master.pause();
    await elapse(3_500);
    await master.resume();
    const stalled = () => types(master).includes('self.stalled');
    await waitFor(stalled, { deadlineMs: 2_000, intervalMs: 5, what: 'the stall' });
    await elapse(500);
    expect(types(master)).not.toContain('self.leaseLost');
    expect(told(backup)).not.toContain(0);
  }));
