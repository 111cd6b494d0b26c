import { expect, it } from 'vitest';
import { VirtualClock } from '../../src/engine/virtual-clock.ts';
import { SeededRandom } from './seeded-random.ts';
import { Flow } from './world/luck.ts';
import { Network } from './world/network.ts';

const PACKET = new Uint8Array(40).fill(0, 0, 40);
PACKET[0] = 0x45;
PACKET[16] = 224;

function pair() {
  const time = new VirtualClock();
  const heard: number[] = [];
  const station = (index: number) => ({
    linkUp: () => true,
    takes: () => false,
    receive: () => {
      if (index === 1) heard.push(time.monotonicUs());
    },
  });
  const network = new Network(time, 100, [station(0), station(1)]);
  const pass = (us: number): void => {
    const untilUs = time.monotonicUs() + us;
    while (network.nextUs <= untilUs) {
      time.advanceTo(network.nextUs);
      network.deliverNext();
    }
    time.advanceTo(untilUs);
  };
  return { heard, network, pass };
}

/** How often so many packets in a row came through between two losses, up to a longest. */
function gapsOf(lost: readonly boolean[], longest: number): number[] {
  const counts = new Array<number>(longest).fill(0);
  let gap = 0;
  for (const isLost of lost) {
    if (!isLost) gap += 1;
    else {
      const at = Math.min(gap, longest - 1);
      counts[at] = (counts[at] ?? 0) + 1;
      gap = 0;
    }
  }
  return counts;
}

it('loses as if each packet were drawn for: the same share, and the same stretches in between', () => {
  const packets = 200_000;
  const rate = 0.1;
  const { heard, network, pass } = pair();
  network.begin(0, { kind: 'loss', rate, seed: 7, byUs: 0 });
  const lost: boolean[] = [];
  for (let at = 0; at < packets; at++) {
    const before = heard.length;
    network.transmit(0, 0, PACKET);
    pass(1000);
    lost.push(heard.length === before);
  }
  const random = new SeededRandom(11);
  const drawn = Array.from({ length: packets }, () => random.chance(rate));
  const share = lost.filter(Boolean).length / packets;
  expect(Math.abs(share - rate)).toBeLessThan(0.003);
  const [skipped, each] = [gapsOf(lost, 30), gapsOf(drawn, 30)];
  // Two samples of one distribution: chi-square of 29 degrees of freedom is below 58 in 999 of 1000 cases.
  const chi = skipped.reduce((sum, own, at) => {
    const other = each[at] ?? 0;
    return own + other === 0 ? sum : sum + (own - other) ** 2 / (own + other);
  }, 0);
  expect(chi).toBeLessThan(58);
});

it('counts reasons for a way to be cut, and lets late packets be overtaken', () => {
  const { heard, network, pass } = pair();
  network.cut(0, 0, 1, 1);
  network.cut(0, 0, 1, 1);
  network.cut(0, 0, 1, -1);
  network.transmit(0, 0, PACKET);
  pass(1000);
  expect(heard).toEqual([]);
  network.cut(0, 0, 1, -1);
  const end = network.begin(0, { kind: 'delay', rate: 1, seed: 1, byUs: 500 });
  network.transmit(0, 0, PACKET);
  end();
  network.transmit(0, 0, PACKET);
  pass(1000);
  expect(heard).toHaveLength(2);
  expect(heard[0]).toBe(1100);
  expect(heard[1]).toBeGreaterThan(1100);
});

it('hits the same packets whether each is asked for or many are passed over', () => {
  const packets = 5000;
  const [each, many] = [new Flow(0.05, 3), new Flow(0.05, 3)];
  const hit = Array.from({ length: packets }, (_, at) => (each.hitsNext() ? [at] : [])).flat();
  const passed: number[] = [];
  const random = new SeededRandom(5);
  for (let sent = 0; sent < packets; ) {
    const count = Math.min(packets - sent, random.integer(1, 200));
    for (let next = 0; many.before(next) < count; next++) passed.push(sent + many.before(next));
    many.pass(count);
    sent += count;
  }
  expect(passed).toEqual(hit);
});
