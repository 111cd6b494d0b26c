import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyMutations, mutate } from '../../../test/harness/advert-packets.ts';
import { advertPacket, identity, master, RecordedCore, second } from '../../../test/harness/recorded-core.ts';
import { seedOfRun } from '../../../test/harness/seed.ts';
import { wireIdentity } from '../../../test/harness/wire-identity.ts';
import { wireDetails } from '../../machines/vrrp/vrrp.fixture.ts';

const allowed = 3.609 * second;

/** A backup that has heard its master once, at 0, and waits for it. */
function backup(): RecordedCore {
  const recorded = new RecordedCore().opened();
  recorded.watch(null, allowed);
  recorded.receive(advertPacket());
  recorded.watch(master, allowed);
  recorded.events.length = 0;
  return recorded;
}

describe('watching', () => {
  test('the first advert is an event, the same again is not', () => {
    const recorded = new RecordedCore().opened();
    recorded.watch(null, allowed);
    recorded.receive(advertPacket());
    expect(recorded.events).toEqual([
      {
        actor: 'vrrp/VI_1',
        event: {
          type: 'advert.received',
          source: '10.0.0.2',
          priority: 200,
          advertIntervalUs: second,
          addresses: ['10.0.0.100'],
        },
      },
    ]);
    recorded.watch(master, allowed);
    for (let tick = 1; tick <= 20; tick++) {
      recorded.runTo(tick * second);
      recorded.receive(advertPacket());
    }
    expect(recorded.events).toHaveLength(1);
    expect(recorded.core.nextDueUs()).toBe(20 * second + allowed);
    expect(recorded.core.status('vrrp/VI_1')).toMatchObject({
      counters: { received: 21 },
      lastAdvert: { source: '10.0.0.2', priority: 200, atUs: 20 * second },
    });
  });

  test('silence is declared at the deadline, once', () => {
    const recorded = backup();
    recorded.runTo(second);
    recorded.receive(advertPacket());
    recorded.runTo(60 * second);
    expect(recorded.events).toEqual([
      {
        actor: 'vrrp/VI_1',
        event: {
          type: 'master.silent',
          silentUs: allowed,
          allowedUs: allowed,
          missedAdverts: 3,
          lateUs: 0,
        },
      },
    ]);
  });

  test('never early', () => {
    const recorded = backup();
    recorded.nowUs = allowed - 1;
    expect(recorded.core.wantsDrain(recorded.nowUs)).toEqual([]);
    recorded.core.due(recorded.nowUs, recorded.wallUs);
    expect(recorded.events).toEqual([]);
  });

  test('nothing awaited: no advert puts the deadline off', () => {
    const recorded = new RecordedCore().opened();
    recorded.watch(null, allowed);
    recorded.runTo(2 * second);
    recorded.receive(advertPacket());
    recorded.runTo(10 * second);
    expect(recorded.eventTypes()).toEqual(['advert.received', 'master.silent']);
    expect(recorded.events[1]?.event).toMatchObject({ silentUs: allowed, missedAdverts: 3 });
  });

  const changes = [
    ['another master', { source: '10.0.0.3' }],
    ['another priority', { priority: 199 }],
    ['priority 0', { priority: 0 }],
    ['another interval', { advertIntervalUs: 500_000 }],
    ['other addresses', { addresses: ['10.0.0.101'] }],
  ] as const;
  test.each(changes)('%s is an event and leaves the deadline alone', (_name, change) => {
    const recorded = backup();
    recorded.runTo(second);
    recorded.receive(advertPacket(change));
    recorded.receive(advertPacket(change));
    expect(recorded.eventTypes()).toEqual(['advert.received', 'advert.received']);
    expect(recorded.events[0]?.event).toMatchObject(change);
    expect(recorded.core.nextDueUs()).toBe(allowed);
  });

  test('other addresses than ours are counted and accepted', () => {
    const recorded = backup();
    recorded.receive(advertPacket({ addresses: ['10.0.0.101'] }));
    const counters = recorded.core.status('vrrp/VI_1')?.counters;
    expect(counters).toMatchObject({ received: 2, errors: { addressList: 1 } });
  });

  test('a new watch replaces the deadline; the same master keeps its run and its silence', () => {
    const recorded = backup();
    recorded.runTo(second);
    recorded.receive(advertPacket());
    recorded.runTo(1.5 * second);
    recorded.watch(master, second);
    recorded.runTo(10 * second);
    expect(recorded.events[0]?.event).toMatchObject({ silentUs: 1.5 * second, allowedUs: second });
    expect(recorded.runs).toMatchObject([{ count: 1 }]);
  });

  test('stopWatching: neither silence nor adverts matter', () => {
    const recorded = backup();
    recorded.core.stopWatching('vrrp/VI_1');
    recorded.receive(advertPacket());
    recorded.runTo(10 * second);
    expect(recorded.events).toEqual([]);
    expect(recorded.core.status('vrrp/VI_1')?.counters.received).toBe(1);
  });

  test('after the silence adverts are events until the machine decides', () => {
    const recorded = backup();
    recorded.runTo(5 * second);
    recorded.receive(advertPacket());
    expect(recorded.eventTypes()).toEqual(['master.silent', 'advert.received']);
  });
});

describe('a process that did not run', () => {
  test('reads what waited before it declares silence', () => {
    const recorded = backup();
    recorded.nowUs = 10 * second;
    expect(recorded.core.wantsDrain(recorded.nowUs)).toEqual(['eth0']);
    recorded.receive(advertPacket());
    recorded.core.due(recorded.nowUs, recorded.wallUs);
    expect(recorded.events.map(({ event }) => event)).toEqual([
      { type: 'self.stalled', stalledUs: 10 * second - allowed },
    ]);
    expect(recorded.core.nextDueUs()).toBe(10 * second + allowed);
  });

  test('tells its stall first, then what waited, then the silence with its own lateness', () => {
    const recorded = backup();
    recorded.nowUs = 10 * second;
    recorded.core.wantsDrain(recorded.nowUs);
    recorded.receive(advertPacket({ source: '10.0.0.3', priority: 1 }));
    recorded.nowUs += 700;
    recorded.core.due(recorded.nowUs, recorded.wallUs);
    expect(recorded.eventTypes()).toEqual(['self.stalled', 'advert.received', 'master.silent']);
    expect(recorded.events[2]?.event).toMatchObject({
      silentUs: 10 * second + 700,
      lateUs: 10 * second + 700 - allowed,
      missedAdverts: 10,
    });
  });

  test('tells it also when packets are read before any deadline is looked at', () => {
    const recorded = backup();
    recorded.nowUs = 10 * second;
    recorded.receive(advertPacket());
    recorded.core.due(recorded.nowUs, recorded.wallUs);
    expect(recorded.eventTypes()).toEqual(['self.stalled']);
  });
});

describe('runs of received adverts', () => {
  test('count the same again, measure the gap after the event, close at 60 s and at silence', () => {
    const recorded = backup();
    for (const at of [1, 2, 3.5, 4.5]) {
      recorded.runTo(at * second);
      recorded.receive(advertPacket());
    }
    for (let tick = 5; tick <= 70; tick++) {
      recorded.runTo(tick * second);
      recorded.receive(advertPacket());
    }
    recorded.runTo(100 * second);
    expect(recorded.runs).toMatchObject([
      {
        actor: 'vrrp/VI_1',
        direction: 'received',
        source: '10.0.0.2',
        priority: 200,
        firstUs: second,
        largestGapUs: 1.5 * second,
      },
      { lastUs: 70 * second, largestGapUs: second },
    ]);
    expect((recorded.runs[0]?.lastUs ?? 0) - (recorded.runs[0]?.firstUs ?? 0)).toBeLessThanOrEqual(
      60 * second,
    );
    expect(recorded.runs.reduce((sum, run) => sum + run.count, 0)).toBe(70);
  });

  test('another awaited master ends the run', () => {
    const recorded = backup();
    recorded.runTo(second);
    recorded.receive(advertPacket());
    recorded.watch({ ...master, source: '10.0.0.3' }, allowed);
    expect(recorded.runs).toMatchObject([{ count: 1, source: '10.0.0.2' }]);
  });
});

describe('whom a packet is for', () => {
  test('announcing without a watch: every advert is an event', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    recorded.receive(advertPacket());
    recorded.receive(advertPacket());
    expect(recorded.eventTypes()).toEqual(['advert.received', 'advert.received']);
  });

  test('neither announcing nor watching: not even counted', () => {
    const recorded = new RecordedCore().opened();
    recorded.receive(advertPacket());
    recorded.receive(advertPacket({ version: 2 }));
    expect(recorded.events).toEqual([]);
    expect(recorded.core.status('vrrp/VI_1')?.counters).toMatchObject({
      received: 0,
      errors: { version: 0 },
    });
  });

  test('our own advert come back is ignored', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    recorded.receive(advertPacket({ source: '10.0.0.1' }));
    expect(recorded.events).toEqual([]);
    expect(recorded.core.status('vrrp/VI_1')?.counters.received).toBe(0);
  });

  test('unknown virtual routers are counted for the interface', () => {
    const recorded = backup();
    recorded.receive(advertPacket({ virtualRouterId: 9 }));
    recorded.receive(advertPacket(), 'eth1');
    recorded.receive(new Uint8Array(12));
    expect(recorded.core.interfaceCounters('eth0')).toEqual({ unknownVirtualRouter: 1, malformed: 1 });
    expect(recorded.core.interfaceCounters('eth1')).toEqual({ unknownVirtualRouter: 1, malformed: 0 });
    expect(recorded.events).toEqual([]);
  });

  test('a multicast and two unicast instances share interface and VRID', () => {
    const recorded = new RecordedCore();
    const open = (actor: string, source: string, unicastPeers: readonly string[]) => {
      recorded.core.open(actor, { ...identity, unicastPeers });
      recorded.core.setSource(actor, source);
      recorded.core.watch(actor, null, allowed, second, 0);
    };
    open('multicast', '10.0.0.1', []);
    open('first', '10.0.1.1', ['10.0.1.2']);
    open('second', '10.0.2.1', ['10.0.2.2']);
    recorded.receive(advertPacket({ destination: '224.0.0.18' }));
    recorded.receive(advertPacket({ destination: '10.0.2.1', source: '10.0.2.2' }));
    recorded.receive(advertPacket({ destination: '10.0.1.1', source: '10.0.1.2' }));
    recorded.receive(advertPacket({ destination: '10.9.9.9', source: '10.0.2.2' }));
    expect(recorded.heard().map(({ actor }) => actor)).toEqual(['multicast', 'second', 'first']);
    // Nobody listens at 10.9.9.9, which is told as a fault of one who might have meant to.
    expect(recorded.events.at(-1)).toMatchObject({ actor: 'first', event: { fault: 'unicastMulticast' } });
    recorded.core.close('second');
    recorded.receive(advertPacket({ destination: '10.0.1.1', source: '10.0.1.2' }));
    expect(recorded.events.at(-1)?.actor).toBe('first');
  });

  test('unicast takes no multicast and multicast takes no unicast', () => {
    const multicast = backup();
    multicast.receive(advertPacket({ destination: '10.0.0.1' }));
    expect(multicast.core.status('vrrp/VI_1')?.counters.errors.unicastMulticast).toBe(1);
    const unicast = new RecordedCore().opened({ unicastPeers: ['10.0.0.2'] });
    unicast.watch(null, allowed);
    unicast.receive(advertPacket());
    expect(unicast.core.status('vrrp/VI_1')?.counters.errors.unicastMulticast).toBe(1);
    expect(unicast.heard()).toEqual([]);
  });

  test('a fault is counted each time and told once, until the instance hears somebody else or changes', () => {
    const recorded = backup();
    const wrong = () => recorded.receive(advertPacket({ version: 2 }));
    const told = () => recorded.events.filter(({ event }) => event.type === 'advert.refused').length;
    for (let count = 0; count < 5; count++) wrong();
    expect(recorded.events).toEqual([
      {
        actor: 'vrrp/VI_1',
        event: {
          type: 'advert.refused',
          fault: 'version',
          source: '10.0.0.2',
          detail: 'VRRP version 2, ours is 3',
        },
      },
    ]);
    expect(recorded.core.status('vrrp/VI_1')?.counters.errors.version).toBe(5);
    recorded.receive(advertPacket());
    wrong();
    expect(told()).toBe(1);
    recorded.receive(advertPacket({ source: '10.0.0.3' }));
    wrong();
    expect(told()).toBe(2);
    recorded.announce(250);
    wrong();
    expect(told()).toBe(3);
  });

  test('the two families of one virtual router do not mix', () => {
    const recorded = backup();
    const six = wireIdentity({
      family: 'inet6',
      addresses: ['fe80::100'],
      wire: wireDetails({ multicastGroup: 'ff02::12' }),
    });
    recorded.core.open('six', six);
    recorded.core.setSource('six', 'fe80::1');
    recorded.core.watch('six', null, allowed, second, 0);
    const packet = advertPacket({ source: 'fe80::2', destination: 'ff02::12', addresses: ['fe80::100'] });
    recorded.receive(packet);
    recorded.receive(advertPacket({ priority: 201 }));
    expect(recorded.heard().map(({ actor, event }) => [actor, event])).toMatchObject([
      ['six', { source: 'fe80::2', addresses: ['fe80::100'] }],
      ['vrrp/VI_1', { source: '10.0.0.2', priority: 201 }],
    ]);
    recorded.receive(advertPacket({ source: 'fe80::1', destination: 'ff02::12', addresses: [] }));
    expect(recorded.heard()).toHaveLength(2);
  });
});

test('skip_check_adv_addr: a backup compares a list only when the sender is another one', () => {
  const counted = (compareAddressesOnce: boolean) => {
    const recorded = new RecordedCore().opened({ wire: wireDetails({ compareAddressesOnce }) });
    recorded.watch(null, allowed);
    for (let count = 0; count < 3; count++) recorded.receive(advertPacket({ addresses: ['10.0.0.101'] }));
    recorded.receive(advertPacket({ addresses: ['10.0.0.101'], source: '10.0.0.3' }));
    return recorded.core.status('vrrp/VI_1')?.counters.errors.addressList;
  };
  expect([counted(false), counted(true)]).toEqual([4, 2]);
});

test('an actor that is opened anew goes on counting', () => {
  const recorded = backup();
  recorded.receive(advertPacket());
  recorded.core.open('vrrp/VI_1', identity);
  expect(recorded.core.status('vrrp/VI_1')?.counters.received).toBe(2);
});

test('a closed instance is gone, and effects that come after it do nothing', () => {
  const recorded = backup();
  recorded.core.close('vrrp/VI_1');
  recorded.announce(1);
  recorded.sendOnce(1);
  recorded.watch(master, 1);
  recorded.core.setSource('vrrp/VI_1', '10.0.0.1');
  recorded.core.stopAnnouncing('vrrp/VI_1');
  recorded.core.stopWatching('vrrp/VI_1');
  recorded.receive(advertPacket());
  expect(recorded.sent).toEqual([]);
  expect(recorded.events).toEqual([]);
  expect(recorded.core.status('vrrp/VI_1')).toBeNull();
  expect(recorded.core.nextDueUs()).toBeNull();
});

test('a listener that asks for zero time at every silence cannot hold the caller', () => {
  const recorded = new RecordedCore().opened();
  recorded.onEvent = () => recorded.watch(null, 0);
  recorded.watch(null, 0);
  recorded.core.due(0, 0);
  expect(recorded.events.length).toBeLessThan(10);
});

test('10,000 mutated packets are each accepted or counted once', () => {
  const recorded = new RecordedCore().opened();
  recorded.watch(null, allowed);
  let total = 0;
  const counted = () => {
    const counters = recorded.core.status('vrrp/VI_1')?.counters;
    if (counters === undefined) throw new Error('instance is gone');
    const { addressList, ...refusals } = counters.errors;
    const onInterface = recorded.core.interfaceCounters('eth0');
    return (
      counters.received +
      Object.values(refusals).reduce((a, b) => a + b) +
      onInterface.malformed +
      onInterface.unknownVirtualRouter
    );
  };
  fc.assert(
    fc.property(anyMutations, (mutations) => {
      const packet = mutate(advertPacket(), mutations);
      // Our own address as its source would make it one of ours.
      if (packet[15] === 1) packet[15] = 2;
      recorded.receive(packet);
      total++;
      expect(counted()).toBe(total);
      expect(recorded.heard()).toHaveLength(recorded.core.status('vrrp/VI_1')?.counters.received ?? -1);
    }),
    { numRuns: 10_000, seed: seedOfRun() },
  );
});
