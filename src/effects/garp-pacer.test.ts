import { expect, test } from 'vitest';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { GarpPacer, type PacedFrame } from './garp-pacer.ts';

/** A pacer whose frames leave a note of the time and the key. */
function paced() {
  const clock = new VirtualClock();
  const pacer = new GarpPacer(clock, clock);
  const sent: [number, string][] = [];
  const frame = (key: string, repeat: number, intervalUs = 10_000, limiter = 'eth0'): PacedFrame => ({
    limiter,
    intervalUs,
    key,
    repeat,
    send: () => {
      sent.push([clock.monotonicUs(), key]);
      return null;
    },
  });
  return { clock, pacer, sent, frame };
}

test('addresses take turns, and two frames of an interface keep the distance', async () => {
  const { clock, pacer, sent, frame } = paced();
  const results = pacer.send([frame('a', 2), frame('b', 2)]);
  clock.advanceBy(100_000);
  expect(sent).toEqual([
    [0, 'a'],
    [10_000, 'b'],
    [20_000, 'a'],
    [30_000, 'b'],
  ]);
  expect(await Promise.all(results)).toEqual([null, null]);
});

test('the distance holds from one burst to the next, and for interfaces that share a limiter', () => {
  const { clock, pacer, sent, frame } = paced();
  pacer.send([frame('a', 1)]);
  clock.advanceBy(4_000);
  pacer.send([frame('b', 1)]);
  pacer.send([frame('c', 1, 10_000, 'eth1')]);
  clock.advanceBy(100_000);
  expect(sent).toEqual([
    [0, 'a'],
    [4_000, 'c'],
    [10_000, 'b'],
  ]);
});

test('an address that waits is not queued twice: the more demanding request counts', async () => {
  const { clock, pacer, sent, frame } = paced();
  const first = pacer.send([frame('a', 3)]);
  const more = pacer.send([frame('a', 5)]);
  const less = pacer.send([frame('a', 1)]);
  clock.advanceBy(1_000_000);
  // One had left when the second request came.
  expect(sent.length).toBe(6);
  expect(await Promise.all([...first, ...more, ...less])).toEqual([null, null, null]);
});

test('what is dropped does not leave, and whoever waits for it learns why', async () => {
  const { clock, pacer, sent, frame } = paced();
  const results = pacer.send([frame('a', 5), frame('b', 2)]);
  pacer.drop(new Set(['a']), 'given up');
  clock.advanceBy(100_000);
  expect(sent.map(([, key]) => key)).toEqual(['a', 'b', 'b']);
  expect(await Promise.all(results)).toEqual(['given up', null]);
});

test('an interval below the resolution of timers keeps the rate', () => {
  const clock = new VirtualClock();
  // A scheduler that is a millisecond late at best, as setTimeout is.
  const late = {
    at: (atUs: number, due: () => void) => clock.at(Math.ceil(atUs / 1_000) * 1_000 + 500, due),
  };
  const pacer = new GarpPacer(clock, late);
  let sent = 0;
  const send = () => {
    sent++;
    return null;
  };
  pacer.send([{ limiter: 'eth0', intervalUs: 100, key: 'a', repeat: 1_000, send }]);
  clock.advanceBy(50_000);
  expect(sent).toBeGreaterThan(480);
  expect(sent).toBeLessThanOrEqual(501);
});

test('every frame is tried; the first error is told', async () => {
  const clock = new VirtualClock();
  const pacer = new GarpPacer(clock, clock);
  const errors = [null, 'ENETDOWN', 'ENOBUFS', null];
  let tried = 0;
  const results = pacer.send([
    { limiter: 'eth0', intervalUs: 1_000, key: 'a', repeat: 4, send: () => errors[tried++] ?? null },
  ]);
  clock.advanceBy(10_000);
  expect([tried, await Promise.all(results)]).toEqual([4, ['ENETDOWN']]);
});
