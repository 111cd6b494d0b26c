/** What only real sockets and real interfaces can get wrong. */
import { expect, test } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { waitFor } from '../../src/lab/run.ts';
import type { WireIdentity } from '../../src/machines/vrrp/vrrp.effects.ts';
import { ip, replug, withLan } from '../harness/lan.ts';
import { type HeartbeatCarrier, RemoteHeartbeat } from '../harness/remote-heartbeat.ts';
import { wireIdentity } from '../harness/wire-identity.ts';

const actor = 'vrrp/VI_1';
const intervalUs = 50_000;
const longUs = 60_000_000;

/** A LAN with hosts a and b, whose services have this carrier. */
class Place {
  readonly lan: Lan;
  readonly carrier: HeartbeatCarrier;

  constructor(lan: Lan, carrier: HeartbeatCarrier) {
    this.lan = lan;
    this.carrier = carrier;
  }

  /** A service on a host of the LAN; the LAN's end is its own. */
  service(host: string, ...wrapper: readonly string[]): Promise<RemoteHeartbeat> {
    return RemoteHeartbeat.start((argv) => this.lan.argv(host, [...wrapper, ...argv]), this.carrier);
  }

  /** A sender on host a and a listener on host b. */
  senderAndListener(): Promise<readonly [RemoteHeartbeat, RemoteHeartbeat]> {
    return Promise.all([this.service('a'), this.service('b')]);
  }
}

function soon(what: string, look: () => boolean | Promise<boolean>, deadlineMs = 5_000): Promise<boolean> {
  return waitFor(look, { deadlineMs, intervalMs: 5, what });
}

/** What a service told, but for stalls: those are the machine's. */
function told(one: RemoteHeartbeat) {
  return one.events.map(({ event }) => event).filter(({ type }) => type !== 'self.stalled');
}

function announceOn(lan: Lan, one: RemoteHeartbeat, overrides: Partial<WireIdentity> = {}): void {
  one.open(actor, wireIdentity({ advertIntervalUs: intervalUs, ...overrides }));
  one.setSource(actor, lan.address('a'));
  one.announce(actor, { priority: 200 });
}

function listenOn(lan: Lan, one: RemoteHeartbeat, overrides: Partial<WireIdentity> = {}, name = actor): void {
  one.open(name, wireIdentity({ advertIntervalUs: intervalUs, ...overrides }));
  one.setSource(name, lan.address('b'));
  one.watch(name, null, longUs, intervalUs);
}

async function receivedBy(one: RemoteHeartbeat, name = actor): Promise<number> {
  return (await one.status(name))?.counters.received ?? -1;
}

async function sentBy(one: RemoteHeartbeat): Promise<number> {
  return (await one.status(actor))?.counters.sent ?? -1;
}

export function heartbeatSockets(carrier: HeartbeatCarrier): void {
  const check = (what: string, body: (place: Place) => Promise<void>): void =>
    test.concurrent(`${carrier}: ${what}`, () =>
      withLan({ hosts: ['a', 'b'] }, (lan) => body(new Place(lan, carrier))));

  check(
    'a missing interface is one clear line; the instance works once the interface is there',
    async (place) => {
      const { lan } = place;
      const [sender, listener] = await place.senderAndListener();
      listenOn(lan, listener);
      announceOn(lan, sender, { interface: 'later0' });
      await soon('the failure', () => told(sender).length > 0);
      expect(sender.problems).toEqual(['VRRP on later0: there is no such interface']);
      expect(told(sender)).toEqual([
        { type: 'adverts.sendFailed', error: '224.0.0.18: the interface is missing' },
      ]);
      await ip(lan, 'a', 'link', 'set', 'eth0', 'down');
      await ip(lan, 'a', 'link', 'set', 'eth0', 'name', 'later0');
      await ip(lan, 'a', 'link', 'set', 'later0', 'up');
      await soon('adverts', async () => (await receivedBy(listener)) > 0);
      await soon('recovery', () => told(sender).at(-1)?.type === 'adverts.sendRecovered');
    },
  );

  check('without the permission for raw sockets it says so', async (place) => {
    const { lan } = place;
    const powerless = await place.service(
      'a',
      'setpriv',
      '--bounding-set',
      '-net_raw',
      '--inh-caps',
      '-net_raw',
    );
    announceOn(lan, powerless);
    await soon('the problem', () => powerless.problems.length > 0);
    expect(powerless.problems).toEqual([
      'VRRP on eth0: cannot open a raw socket: Operation not permitted (CAP_NET_RAW is missing)',
    ]);
  });

  check('an interface that is deleted and made again is used again', async (place) => {
    const { lan } = place;
    const [sender, listener] = await place.senderAndListener();
    const says = (type: string) => told(sender).some((event) => event.type === type);
    listenOn(lan, listener);
    announceOn(lan, sender);
    await soon('adverts', async () => (await receivedBy(listener)) > 2);
    await ip(lan, 'a', 'link', 'delete', 'eth0');
    await soon('failure', () => says('adverts.sendFailed'));
    await replug(lan, 'a');
    await soon('recovery', () => says('adverts.sendRecovered'));
    const before = await receivedBy(listener);
    await soon('adverts again', async () => (await receivedBy(listener)) > before + 2);
    const outside = await receivedBy(listener);
    await ip(lan, 'b', 'link', 'delete', 'eth0');
    await replug(lan, 'b');
    listener.refreshInterface('eth0');
    await soon('adverts at the new one', async () => (await receivedBy(listener)) > outside + 2);
  });

  check('a link that goes down is told once, and its return too', async (place) => {
    const { lan } = place;
    const sender = await place.service('a');
    announceOn(lan, sender);
    await soon('adverts', async () => (await sentBy(sender)) > 2);
    await ip(lan, 'a', 'link', 'set', 'eth0', 'down');
    await soon('failure', () => told(sender).length > 0);
    await ip(lan, 'a', 'link', 'set', 'eth0', 'up');
    await soon('recovery', () => told(sender).length > 1);
    expect(told(sender).map(({ type }) => type)).toEqual(['adverts.sendFailed', 'adverts.sendRecovered']);
  });

  check('each interface hears its own packets only', async (place) => {
    const { lan } = place;
    const cable = ['type', 'veth', 'peer', 'name', 'eth1', 'netns', lan.namespace('b')];
    await ip(lan, 'a', 'link', 'add', 'eth1', ...cable);
    for (const host of lan.hosts) await ip(lan, host, 'link', 'set', 'eth1', 'up');
    const [sender, listener] = await place.senderAndListener();
    listenOn(lan, listener, {}, 'vrrp/eth0');
    listenOn(lan, listener, { interface: 'eth1' }, 'vrrp/eth1');
    announceOn(lan, sender, { interface: 'eth1' });
    await soon('adverts', async () => (await receivedBy(listener, 'vrrp/eth1')) > 5);
    expect(await receivedBy(listener, 'vrrp/eth0')).toBe(0);
  });

  check('sockets survive the garbage collector', async (place) => {
    const { lan } = place;
    const [sender, listener] = await place.senderAndListener();
    listenOn(lan, listener);
    announceOn(lan, sender);
    await soon('adverts', async () => (await receivedBy(listener)) > 2);
    for (let round = 0; round < 5; round++)
      for (const one of [sender, listener]) {
        one.collectGarbage();
        await one.status(actor);
      }
    const before = await receivedBy(listener);
    await soon('adverts still', async () => (await receivedBy(listener)) > before + 5);
  });

  check('10 ms adverts arrive at their rate', async (place) => {
    const { lan } = place;
    const [sender, listener] = await place.senderAndListener();
    listenOn(lan, listener, { advertIntervalUs: 10_000 });
    announceOn(lan, sender, { advertIntervalUs: 10_000 });
    await soon('200 adverts', async () => (await receivedBy(listener)) >= 200, 10_000);
    sender.stopAnnouncing(actor);
    await soon('the run', () => sender.runs.length > 0);
    const run = sender.runs[0];
    if (run === undefined) throw new Error('no run');
    const spacingUs = (run.lastUs - run.firstUs) / (run.count - 1);
    // The schedule is absolute: never faster, and slower only where the machine stalled.
    expect(spacingUs).toBeGreaterThan(9_500);
  });
}
