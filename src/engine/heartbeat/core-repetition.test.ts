/** What the core hands over to whoever repeats, and what it makes of what that tells. */
import { describe, expect, test } from 'vitest';
import { advertPacket, identity, master, RecordedCore, second } from '../../../test/harness/recorded-core.ts';
import { RecordedRepetition } from '../../../test/harness/recorded-repetition.ts';
import { wireDetails } from '../../machines/vrrp/vrrp.fixture.ts';
import { RUN_MAX_US } from './run-counter.ts';

const actor = 'vrrp/VI_1';
const allowed = 3.609 * second;

function opened(): { readonly recorded: RecordedCore; readonly repetition: RecordedRepetition } {
  const repetition = new RecordedRepetition();
  const recorded = new RecordedCore(undefined, () => repetition).opened();
  return { recorded, repetition };
}

/** A backup that has heard its master twice: from then on somebody else counts. */
function backup() {
  const { recorded, repetition } = opened();
  recorded.watch(null, allowed);
  recorded.receive(advertPacket());
  recorded.watch(master, allowed);
  recorded.nowUs = second;
  recorded.receive(advertPacket());
  recorded.events.length = 0;
  return { recorded, repetition };
}

describe('announcing', () => {
  test('the first advert leaves at once, the others are repeated for it, with what gives them up', () => {
    const { recorded, repetition } = opened();
    recorded.announce(200);
    expect(recorded.sent).toHaveLength(1);
    expect(repetition.schedule).toMatchObject({ nextUs: second, intervalUs: second, failing: false });
    expect(repetition.schedule?.packets.map(({ bytes }) => bytes[22])).toEqual([200]);
    expect(repetition.schedule?.resignation.map(({ bytes }) => bytes[22])).toEqual([0]);
    recorded.runTo(50 * second);
    expect(recorded.sent).toHaveLength(1);
  });

  test('what was sent elsewhere counts, in one run with what was sent here', () => {
    const { recorded, repetition } = opened();
    recorded.announce(200);
    repetition.sent = { count: 9, firstUs: second, lastUs: 9 * second, largestGapUs: 1.5 * second };
    recorded.nowUs = 10 * second;
    expect(recorded.status().sent).toBe(10);
    recorded.core.stopAnnouncing(actor);
    expect(repetition.schedule).toBeNull();
    expect(recorded.runs).toMatchObject([
      { direction: 'sent', count: 10, firstUs: 0, lastUs: 9 * second, largestGapUs: 1.5 * second },
    ]);
  });

  test('runs are handed over every minute, whoever counts', () => {
    const { recorded, repetition } = opened();
    recorded.announce(200);
    for (let minute = 1; minute <= 3; minute++) {
      repetition.sent = { count: 55, firstUs: recorded.nowUs + second, lastUs: recorded.nowUs + 55 * second };
      recorded.runTo(minute * RUN_MAX_US);
    }
    expect(recorded.runs.length).toBeGreaterThanOrEqual(2);
    const counted = recorded.runs.reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(recorded.runs.length * 55 + 1);
  });

  test('a failure elsewhere is told once, with its destination, and so is its end', () => {
    const { recorded, repetition } = opened();
    recorded.announce(200);
    recorded.core.sendingFailed(actor, 0, 'Network is down');
    recorded.core.sendingFailed(actor, 0, 'Network is down');
    recorded.core.sendingRecovered(actor);
    expect(recorded.events.map(({ event }) => event)).toEqual([
      { type: 'adverts.sendFailed', error: '224.0.0.18: Network is down' },
      { type: 'adverts.sendRecovered' },
    ]);
    recorded.sendError = () => 'No buffer space available';
    recorded.sendOnce(0);
    expect(repetition.failing).toBe(true);
  });

  test('another priority from the next advert on', () => {
    const { recorded, repetition } = opened();
    recorded.announce(200);
    recorded.core.revise(actor, { priority: 90 });
    expect(repetition.revised?.packets.map(({ bytes }) => bytes[22])).toEqual([90]);
  });
});

describe('a lease that ran out', () => {
  const loss = { leaseUs: 3 * second, resigned: true, atUs: 9 * second, atWallUs: 0 };

  test('ends what is announced, and is told', () => {
    const { recorded, repetition } = opened();
    recorded.announce(200);
    repetition.sent = { count: 6, firstUs: second, lastUs: 6 * second };
    repetition.schedule = null;
    recorded.nowUs = 10 * second;
    recorded.core.leaseLost(actor, loss, recorded.nowUs);
    expect(recorded.events.map(({ event }) => event)).toEqual([
      { type: 'self.leaseLost', leaseUs: 3 * second, lateUs: second, resigned: true },
    ]);
    expect(recorded.status()).toMatchObject({ sent: 8, priorityZeroSent: 1 });
    expect(recorded.runs).toMatchObject([{ direction: 'sent', count: 7, priority: 200 }]);
    recorded.core.leaseLost(actor, loss, recorded.nowUs);
    expect(recorded.events).toHaveLength(1);
  });

  test('is an old story once it announces again', () => {
    const { recorded } = opened();
    recorded.announce(200);
    recorded.core.leaseLost(actor, loss, 10 * second);
    expect(recorded.events).toEqual([]);
  });
});

describe('watching', () => {
  test('a packet that came twice is known from then on, and its silence found elsewhere', () => {
    const { recorded, repetition } = backup();
    expect(repetition.known?.bytes).toEqual(advertPacket());
    expect(repetition.deadlineUs).toBe(second + allowed);
    recorded.runTo(40 * second);
    expect(recorded.events).toEqual([]);
  });

  test('what was received elsewhere counts, and silence is measured from its last', () => {
    const { recorded, repetition } = backup();
    repetition.received = { count: 8, firstUs: 2 * second, lastUs: 9 * second };
    recorded.nowUs = 9 * second + allowed + 70;
    recorded.core.silenceFound(actor, repetition.generation, 9 * second + allowed, recorded.nowUs);
    expect(recorded.events.map(({ event }) => event)).toEqual([
      { type: 'master.silent', silentUs: allowed + 70, allowedUs: allowed, missedAdverts: 3, lateUs: 70 },
    ]);
    expect(recorded.core.status(actor)).toMatchObject({
      counters: { received: 10 },
      lastAdvert: { source: '10.0.0.2', priority: 200, atUs: 9 * second },
    });
    expect(recorded.runs).toMatchObject([{ direction: 'received', count: 9, firstUs: second }]);
    expect(repetition.known).toBeNull();
  });

  test('a silence that was broken meanwhile is none', () => {
    const { recorded, repetition } = backup();
    const { generation } = repetition;
    repetition.heard(5 * second);
    recorded.core.silenceFound(actor, generation, second + allowed, second + allowed + 400);
    expect(recorded.events).toEqual([]);
    expect(repetition.known).not.toBeNull();
  });

  test('one that went unnoticed is a stall of this process', () => {
    const { recorded, repetition } = backup();
    const { generation } = repetition;
    repetition.heard(5 * second);
    recorded.core.silenceFound(actor, generation, second + allowed, 9 * second);
    expect(recorded.events.map(({ event }) => event)).toEqual([
      { type: 'self.stalled', stalledUs: 8 * second - allowed },
    ]);
  });

  test('an advert that waited while it was not awaited yet counts as of then', () => {
    const { recorded } = opened();
    recorded.watch(null, allowed);
    recorded.receive(advertPacket());
    recorded.nowUs = 5 * second;
    recorded.watch(master, allowed);
    recorded.core.packetReceived(advertPacket(), 'eth0', 3 * second, recorded.wallUs - 2 * second);
    recorded.core.stopWatching(actor);
    expect(recorded.runs).toMatchObject([
      { firstUs: 5 * second, lastUs: 5 * second, largestGapUs: 5 * second },
    ]);
    expect(recorded.runs[0]?.firstWallUs).toBe(recorded.wallUs);
  });

  test('an advert that is read late is told after the stall', () => {
    const { recorded } = backup();
    recorded.core.packetReceived(advertPacket({ priority: 50 }), 'eth0', 2 * second, 0, 2.6 * second);
    expect(recorded.events.map(({ event }) => event)).toMatchObject([
      { type: 'self.stalled', stalledUs: 0.6 * second },
      { type: 'advert.received', priority: 50 },
    ]);
  });

  test('an advert that says something else is told, and every packet seen again', () => {
    const { recorded, repetition } = backup();
    recorded.receive(advertPacket({ priority: 50 }));
    expect(recorded.eventTypes()).toEqual(['advert.received']);
    expect(repetition.known).toBeNull();
    recorded.receive(advertPacket());
    expect(repetition.known?.bytes).toEqual(advertPacket());
  });

  test('an address list that differs is an error of each advert, whoever counts it', () => {
    const { recorded, repetition } = opened();
    const packet = advertPacket({ addresses: ['10.0.0.101'] });
    const awaited = { ...master, addresses: ['10.0.0.101'] };
    recorded.watch(null, allowed);
    recorded.receive(packet);
    recorded.watch(awaited, allowed);
    recorded.receive(packet);
    repetition.received = { count: 5, firstUs: second, lastUs: 5 * second };
    expect(recorded.status()).toMatchObject({ received: 7, errors: { addressList: 7 } });
  });

  test('two instances with one VRID see each of their packets', () => {
    const { recorded, repetition } = backup();
    recorded.core.open('vrrp/VI_2', { ...identity, unicastPeers: ['10.0.0.2'] });
    expect(repetition.known).toBeNull();
    recorded.receive(advertPacket());
    expect(repetition.known).toBeNull();
  });

  test('other secrets, another address: every packet is judged again', () => {
    for (const change of [
      (recorded: RecordedCore) => recorded.core.secretsChanged(),
      (recorded: RecordedCore) => recorded.core.setSource(actor, '10.0.0.7'),
    ]) {
      const { recorded, repetition } = backup();
      change(recorded);
      expect(repetition.known).toBeNull();
    }
  });

  test('less time: the deadline comes nearer by as much', () => {
    const { recorded, repetition } = backup();
    recorded.core.adjustWatch(actor, master, allowed - second, second);
    expect(repetition.deadlineUs).toBe(allowed);
    expect(repetition.known).not.toBeNull();
  });
});

test('adverts that differ each time are repeated and judged here', () => {
  const repetition = new RecordedRepetition();
  const recorded = new RecordedCore(undefined, () => repetition);
  const authentication = { kind: 'ah' } as const;
  recorded.opened({ version: 2, wire: wireDetails({ authentication }) });
  recorded.announce(200);
  recorded.runTo(3.5 * second);
  expect(recorded.sent).toHaveLength(4);
  expect(repetition.schedule).toBeNull();
});

test('a closed instance ends what is repeated for it', () => {
  const { recorded, repetition } = backup();
  recorded.core.close(actor);
  expect(repetition.ended).toBe(true);
});
