import { expect, test } from 'vitest';
import { VirtualClock } from '../../src/engine/virtual-clock.ts';
import { advertExpectation } from '../../src/protocol/vrrp.fixture.ts';
import { judgeAdvert } from '../../src/protocol/vrrp-judgement.ts';
import { advertPacket } from '../harness/recorded-core.ts';
import { SeededRandom } from './seeded-random.ts';
import { type LanQuality, type LanStation, PERFECT_LAN, SimulatedLan } from './simulated-lan.ts';

interface Arrival {
  readonly at: string;
  readonly us: number;
  readonly bytes: Uint8Array;
}

function makeLan(seed: number, quality: Partial<LanQuality> = {}) {
  const clock = new VirtualClock();
  const lan = new SimulatedLan(clock, new SeededRandom(seed), { ...PERFECT_LAN, ...quality });
  const arrivals: Arrival[] = [];
  const stations = ['a', 'b', 'c'].map((name, index): LanStation => {
    const station = {
      name,
      receive: (bytes: Uint8Array) => arrivals.push({ at: name, us: clock.monotonicUs(), bytes }),
      holds: (address: string) => address === `10.0.0.${index + 1}`,
    };
    lan.attach(station);
    return station;
  });
  const send = (from: number, packet = advertPacket()) => {
    const station = stations[from];
    if (station !== undefined) lan.transmit(station, packet);
  };
  return { clock, lan, arrivals, send };
}

test('multicast reaches everybody else after the latency, as a valid advert', () => {
  const { clock, arrivals, send } = makeLan(1);
  send(0);
  clock.advanceBy(1000);
  expect(arrivals.map(({ at, us }) => [at, us])).toEqual([
    ['b', 50],
    ['c', 50],
  ]);
  for (const { bytes } of arrivals)
    expect(judgeAdvert(bytes, advertExpectation())).toMatchObject({ ok: true });
});

test('unicast reaches the holder of the address alone', () => {
  const { clock, arrivals, send } = makeLan(1);
  send(0, advertPacket({ destination: '10.0.0.3' }));
  send(0, advertPacket({ destination: '10.0.0.77' }));
  clock.advanceBy(1000);
  expect(arrivals.map(({ at }) => at)).toEqual(['c']);
});

test('a partition keeps groups apart, a block one direction, healing ends both', () => {
  const { clock, lan, arrivals, send } = makeLan(1);
  lan.partition([['a', 'b']]);
  send(0);
  send(2);
  clock.advanceBy(1000);
  expect(arrivals.map(({ at }) => at)).toEqual(['b']);
  lan.heal();
  lan.block('a', 'b');
  send(0);
  send(1);
  clock.advanceBy(1000);
  expect(arrivals.slice(1).map(({ at }) => at)).toEqual(['c', 'a', 'c']);
  lan.heal();
  send(0);
  clock.advanceBy(1000);
  expect(arrivals).toHaveLength(6);
});

test('loss and duplication come as often as they were asked for', () => {
  const { clock, lan, arrivals, send } = makeLan(7, { loss: 0.2, duplication: 0.1 });
  for (let count = 0; count < 10_000; count++) send(0);
  clock.advanceBy(1_000_000);
  const expected = 20_000 * 1.1 * 0.8;
  expect(arrivals.length).toBeGreaterThan(expected * 0.97);
  expect(arrivals.length).toBeLessThan(expected * 1.03);
  expect(lan.counters.delivered).toBe(arrivals.length);
});

test('the same seed gives the same history, another seed another one', () => {
  const history = (seed: number) => {
    const { clock, arrivals, send } = makeLan(seed, {
      loss: 0.3,
      duplication: 0.3,
      leastLatencyUs: 10,
      mostLatencyUs: 900,
    });
    for (let count = 0; count < 100; count++) send(count % 3);
    clock.advanceBy(10_000);
    return arrivals.map(({ at, us }) => `${at}${us}`).join(' ');
  };
  expect(history(42)).toBe(history(42));
  expect(history(42)).not.toBe(history(43));
});
