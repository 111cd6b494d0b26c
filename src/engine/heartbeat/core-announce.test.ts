import { describe, expect, test } from 'vitest';
import { identity, RecordedCore, second } from '../../../test/harness/recorded-core.ts';
import { advertExpectation } from '../../protocol/vrrp.fixture.ts';
import { judgeAdvert } from '../../protocol/vrrp-judgement.ts';

function times(recorded: RecordedCore): readonly number[] {
  return recorded.sent.map((packet) => packet.atUs);
}

describe('announcing', () => {
  test('sends at once, then every interval, without drift when calls come late', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    for (let tick = 1; tick <= 50; tick++) {
      recorded.nowUs = tick * second + (tick % 9) * 1000;
      recorded.core.due(recorded.nowUs, recorded.wallUs);
    }
    expect(recorded.sent).toHaveLength(51);
    expect(times(recorded)[0]).toBe(0);
    expect(recorded.core.nextDueUs()).toBe(51 * second);
    expect(recorded.events).toEqual([]);
  });

  test('nothing is sent before its time', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    recorded.nowUs = second - 1;
    recorded.core.due(recorded.nowUs, recorded.wallUs);
    expect(recorded.sent).toHaveLength(1);
  });

  test('a valid packet leaves; the same bytes are sent again, only the identification counts on', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    recorded.runTo(3 * second);
    const [first, second_, third] = recorded.sent;
    expect(first?.interfaceName).toBe('eth0');
    expect(first?.destination).toBe('224.0.0.18');
    expect(second_?.buffer).toBe(first?.buffer);
    expect([first, second_, third].map((packet) => packet?.bytes[5])).toEqual([1, 2, 3]);
    const judgement = judgeAdvert(first?.bytes ?? new Uint8Array(), advertExpectation());
    expect(judgement).toMatchObject({
      ok: true,
      advert: { source: '10.0.0.1', priority: 150, advertIntervalUs: second, addresses: ['10.0.0.100'] },
      addressListDiffers: false,
    });
  });

  test('the identification skips 0', () => {
    const recorded = new RecordedCore().opened({ advertIntervalUs: 10_000 });
    recorded.announce(150);
    recorded.runTo(65_535 * 10_000);
    const identifications = recorded.sent.map(({ bytes }) => ((bytes[4] ?? 0) << 8) + (bytes[5] ?? 0));
    expect(identifications[65_534]).toBe(65_535);
    expect(identifications[65_535]).toBe(1);
    expect(identifications).not.toContain(0);
  });

  test('another priority is announced at once and the schedule begins anew', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    recorded.runTo(1.5 * second);
    recorded.announce(140);
    recorded.runTo(2.5 * second);
    expect(times(recorded)).toEqual([0, second, 1.5 * second, 2.5 * second]);
    expect(recorded.sent.map(({ bytes }) => bytes[22])).toEqual([150, 150, 140, 140]);
  });

  test('after a stall one advert leaves, not one for each that was missed', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    recorded.stallTo(5.3 * second);
    expect(times(recorded)).toEqual([0, 5.3 * second]);
    expect(recorded.core.nextDueUs()).toBe(6.3 * second);
    expect(recorded.events).toEqual([
      { actor: 'vrrp/VI_1', event: { type: 'self.stalled', stalledUs: 4.3 * second } },
    ]);
  });

  test('lateness below half an interval is no stall', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    recorded.stallTo(1.5 * second);
    recorded.stallTo(2.51 * second);
    expect(recorded.eventTypes()).toEqual(['self.stalled']);
    expect(times(recorded)).toEqual([0, 1.5 * second, 2.51 * second]);
  });

  test('stopAnnouncing ends it', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    recorded.core.stopAnnouncing('vrrp/VI_1');
    recorded.runTo(10 * second);
    expect(recorded.sent).toHaveLength(1);
    expect(recorded.core.nextDueUs()).toBeNull();
  });
});

describe('a single advert', () => {
  test('leaves outside the schedule', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    recorded.runTo(0.4 * second);
    recorded.sendOnce(0);
    recorded.runTo(second);
    expect(times(recorded)).toEqual([0, 0.4 * second, second]);
    expect(recorded.sent[1]?.bytes[22]).toBe(0);
    expect(recorded.core.status('vrrp/VI_1')?.counters).toMatchObject({ sent: 3, priorityZeroSent: 1 });
  });

  test('that is announced anyway begins the schedule anew', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    recorded.runTo(0.4 * second);
    recorded.sendOnce(150);
    recorded.runTo(1.4 * second);
    expect(times(recorded)).toEqual([0, 0.4 * second, 1.4 * second]);
  });

  test('needs no schedule', () => {
    const recorded = new RecordedCore().opened();
    recorded.sendOnce(0);
    expect(recorded.sent).toHaveLength(1);
    expect(recorded.core.nextDueUs()).toBeNull();
  });
});

describe('unicast', () => {
  test('one packet for each peer, one advert in the counters', () => {
    const recorded = new RecordedCore().opened({ unicastPeers: ['10.0.0.2', '10.0.0.3'] });
    recorded.announce(150);
    expect(recorded.sent.map(({ destination }) => destination)).toEqual(['10.0.0.2', '10.0.0.3']);
    expect(recorded.core.status('vrrp/VI_1')?.counters.sent).toBe(1);
    for (const { bytes } of recorded.sent)
      expect(judgeAdvert(bytes, advertExpectation({ unicast: true }))).toMatchObject({ ok: true });
  });

  test('one unreachable peer is told, the others are still served', () => {
    const recorded = new RecordedCore().opened({ unicastPeers: ['10.0.0.2', '10.0.0.3'] });
    recorded.sendError = (destination) => (destination === '10.0.0.2' ? 'No route to host' : null);
    recorded.announce(150);
    recorded.runTo(second);
    expect(recorded.sent).toHaveLength(2);
    expect(recorded.events.map(({ event }) => event)).toEqual([
      { type: 'adverts.sendFailed', error: '10.0.0.2: No route to host' },
    ]);
  });
});

describe('adverts that cannot leave', () => {
  test('are told once, and once again when they leave', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    recorded.sendError = () => 'Network is down';
    recorded.runTo(3 * second);
    recorded.sendError = () => null;
    recorded.runTo(5 * second);
    expect(recorded.events.map(({ event }) => event)).toEqual([
      { type: 'adverts.sendFailed', error: '224.0.0.18: Network is down' },
      { type: 'adverts.sendRecovered' },
    ]);
    expect(recorded.core.status('vrrp/VI_1')?.counters.sent).toBe(3);
  });

  test('without a source address nothing leaves; with one the next advert does', () => {
    const recorded = new RecordedCore();
    recorded.core.open('vrrp/VI_1', identity);
    recorded.announce(150);
    recorded.core.setSource('vrrp/VI_1', '10.0.0.9');
    recorded.runTo(second);
    expect(recorded.eventTypes()).toEqual(['adverts.sendFailed', 'adverts.sendRecovered']);
    expect(times(recorded)).toEqual([second]);
    expect([...(recorded.sent[0]?.bytes.subarray(12, 16) ?? [])]).toEqual([10, 0, 0, 9]);
  });
});

describe('runs of sent adverts', () => {
  test('parted by packets that are built anew keep the silence between them', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    recorded.runTo(3 * second);
    recorded.core.secretsChanged();
    recorded.stallTo(5.7 * second);
    recorded.core.stopAnnouncing('vrrp/VI_1');
    expect(recorded.runs.map(({ count, largestGapUs }) => [count, largestGapUs])).toEqual([
      [4, second],
      [1, 2.7 * second],
    ]);
  });

  test('sum up what left, every 60 s and at the end, and keep the largest gap', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    recorded.runTo(69.5 * second);
    recorded.stallTo(72 * second);
    recorded.core.stopAnnouncing('vrrp/VI_1');
    expect(recorded.runs).toMatchObject([
      {
        actor: 'vrrp/VI_1',
        direction: 'sent',
        source: '10.0.0.1',
        priority: 150,
        firstUs: 0,
        largestGapUs: second,
      },
      { direction: 'sent', lastUs: 72 * second, largestGapUs: 3 * second },
    ]);
    expect(recorded.runs.reduce((sum, run) => sum + run.count, 0)).toBe(recorded.sent.length);
    expect(recorded.runs[0]?.firstWallUs).toBe(1_700_000_000_000_000);
  });

  test('another priority and another source begin another run', () => {
    const recorded = new RecordedCore().opened();
    recorded.announce(150);
    recorded.runTo(2 * second);
    recorded.announce(140);
    recorded.core.setSource('vrrp/VI_1', '10.0.0.9');
    recorded.runTo(3 * second);
    recorded.core.close('vrrp/VI_1');
    expect(recorded.runs.map(({ priority, source, count }) => ({ priority, source, count }))).toEqual([
      { priority: 150, source: '10.0.0.1', count: 3 },
      { priority: 140, source: '10.0.0.1', count: 1 },
      { priority: 140, source: '10.0.0.9', count: 1 },
    ]);
  });
});

test('many instances each keep their own schedule', () => {
  const recorded = new RecordedCore();
  const intervals = [10_000, 30_000, 70_000, 110_000, 130_000];
  for (const [index, advertIntervalUs] of intervals.entries()) {
    const actor = `vrrp/${index}`;
    recorded.core.open(actor, { ...identity, virtualRouterId: index + 1, advertIntervalUs });
    recorded.core.setSource(actor, '10.0.0.1');
    recorded.core.announce(actor, { priority: 100 }, 0, 0);
  }
  recorded.runTo(10 * second);
  for (const [index, intervalUs] of intervals.entries()) {
    const own = recorded.sent.filter(({ bytes }) => bytes[21] === index + 1).map(({ atUs }) => atUs);
    expect(own).toEqual(
      Array.from({ length: Math.floor((10 * second) / intervalUs) + 1 }, (_, n) => n * intervalUs),
    );
  }
});
