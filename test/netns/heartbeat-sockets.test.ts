/** What only real sockets and real interfaces can get wrong. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WireIdentity } from '../../src/machines/vrrp/vrrp.effects.ts';
import { BridgedLan } from '../support/namespaces.ts';
import { RemoteHeartbeat } from '../support/remote-heartbeat.ts';
import { until } from '../support/until.ts';

const actor = 'vrrp/VI_1';
const intervalUs = 50_000;
const longUs = 60_000_000;

const identity: WireIdentity = {
  version: 3,
  virtualRouterId: 51,
  interface: 'eth0',
  unicastPeers: [],
  addresses: ['10.9.0.100'],
  advertIntervalUs: intervalUs,
  checksumWithoutPseudoHeader: false,
};

let lan: BridgedLan;
let services: RemoteHeartbeat[];

async function service(host: number, ...wrapper: readonly string[]): Promise<RemoteHeartbeat> {
  const started = new RemoteHeartbeat([...lan.inside(host), ...wrapper]);
  services.push(started);
  return started.ready();
}

beforeEach(() => {
  services = [];
  lan = new BridgedLan(['10.9.0.1', '10.9.0.2']);
});

afterEach(async () => {
  await Promise.all(services.map((one) => one.stop()));
  lan.remove();
});

function announceOn(one: RemoteHeartbeat, overrides: Partial<WireIdentity> = {}): void {
  one.open(actor, { ...identity, ...overrides });
  one.setSource(actor, '10.9.0.1');
  one.announce(actor, { priority: 200 });
}

function listenOn(one: RemoteHeartbeat, overrides: Partial<WireIdentity> = {}, name = actor): void {
  one.open(name, { ...identity, ...overrides });
  one.setSource(name, '10.9.0.2');
  one.watch(name, null, longUs, intervalUs);
}

async function receivedBy(one: RemoteHeartbeat, name = actor): Promise<number> {
  return (await one.status(name))?.counters.received ?? -1;
}

async function sentBy(one: RemoteHeartbeat): Promise<number> {
  return (await one.status(actor))?.counters.sent ?? -1;
}

test('a missing interface is one clear line; the instance works once the interface is there', async () => {
  const [sender, listener] = [await service(0), await service(1)];
  listenOn(listener);
  announceOn(sender, { interface: 'later0' });
  await until('the failure', () => sender.events.length > 0, 5000);
  expect(sender.problems).toEqual(['VRRP on later0: there is no such interface']);
  expect(sender.events.map(({ event }) => event)).toEqual([
    { type: 'adverts.sendFailed', error: '224.0.0.18: the interface is missing' },
  ]);
  lan.ip(0, 'link', 'set', 'eth0', 'down');
  lan.ip(0, 'link', 'set', 'eth0', 'name', 'later0');
  lan.ip(0, 'link', 'set', 'later0', 'up');
  await until('adverts', async () => (await receivedBy(listener)) > 0, 5000);
  // A stall of the machine may be told in between.
  expect(sender.events.map(({ event }) => event.type)).toContain('adverts.sendRecovered');
});

test('without the permission for raw sockets it says so', async () => {
  const powerless = await service(0, 'setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw');
  announceOn(powerless);
  await until('the problem', () => powerless.problems.length > 0, 5000);
  expect(powerless.problems).toEqual([
    'VRRP on eth0: cannot open a raw socket: Operation not permitted (CAP_NET_RAW is missing)',
  ]);
});

test('an interface that is deleted and made again is used again', async () => {
  const [sender, listener] = [await service(0), await service(1)];
  listenOn(listener);
  announceOn(sender);
  await until('adverts', async () => (await receivedBy(listener)) > 2, 5000);
  lan.ip(0, 'link', 'delete', 'eth0');
  await until('failure', () => sender.events.some(({ event }) => event.type === 'adverts.sendFailed'), 5000);
  lan.replug(0);
  await until(
    'recovery',
    () => sender.events.some(({ event }) => event.type === 'adverts.sendRecovered'),
    5000,
  );
  const before = await receivedBy(listener);
  await until('adverts again', async () => (await receivedBy(listener)) > before + 2, 5000);
  const outside = await receivedBy(listener);
  lan.ip(1, 'link', 'delete', 'eth0');
  lan.replug(1);
  listener.refresh('eth0');
  await until('adverts at the new one', async () => (await receivedBy(listener)) > outside + 2, 5000);
});

test('a link that goes down is told once, and its return too', async () => {
  const sender = await service(0);
  announceOn(sender);
  await until('adverts', async () => (await sentBy(sender)) > 2, 5000);
  lan.ip(0, 'link', 'set', 'eth0', 'down');
  await until('failure', () => sender.events.length > 0, 5000);
  lan.ip(0, 'link', 'set', 'eth0', 'up');
  await until('recovery', () => sender.events.length > 1, 5000);
  expect(sender.events.map(({ event }) => event.type)).toEqual([
    'adverts.sendFailed',
    'adverts.sendRecovered',
  ]);
});

test('each interface hears its own packets only', async () => {
  lan.ip(0, 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'eth1', 'netns', lan.hosts[1]?.namespace ?? '');
  for (const host of [0, 1]) lan.ip(host, 'link', 'set', 'eth1', 'up');
  const [sender, listener] = [await service(0), await service(1)];
  listenOn(listener, {}, 'vrrp/eth0');
  listenOn(listener, { interface: 'eth1' }, 'vrrp/eth1');
  announceOn(sender, { interface: 'eth1' });
  await until('adverts', async () => (await receivedBy(listener, 'vrrp/eth1')) > 5, 5000);
  expect(await receivedBy(listener, 'vrrp/eth0')).toBe(0);
});

test('sockets survive the garbage collector', async () => {
  const [sender, listener] = [await service(0), await service(1)];
  listenOn(listener);
  announceOn(sender);
  await until('adverts', async () => (await receivedBy(listener)) > 2, 5000);
  for (let round = 0; round < 5; round++)
    for (const one of [sender, listener]) {
      one.collectGarbage();
      await one.status(actor);
    }
  const before = await receivedBy(listener);
  await until('adverts still', async () => (await receivedBy(listener)) > before + 5, 5000);
});

test('10 ms adverts arrive at their rate', async () => {
  const [sender, listener] = [await service(0), await service(1)];
  listenOn(listener, { advertIntervalUs: 10_000 });
  announceOn(sender, { advertIntervalUs: 10_000 });
  await until('200 adverts', async () => (await receivedBy(listener)) >= 200, 10_000);
  sender.stopAnnouncing(actor);
  await until('the run', () => sender.runs.length > 0, 5000);
  const run = sender.runs[0];
  if (run === undefined) throw new Error('no run');
  const spacingUs = (run.lastUs - run.firstUs) / (run.count - 1);
  // The schedule is absolute: never faster, and slower only where the machine stalled.
  expect(spacingUs).toBeGreaterThan(9_500);
});
