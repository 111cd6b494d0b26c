/** Timers of nearly the same time fire as one. Time is virtual. */
import { describe, expect, test } from 'vitest';
import { together } from './together.ts';
import { VirtualClock } from './virtual-clock.ts';

const STRETCH_US = 5_000;

function scheduled() {
  const clock = new VirtualClock();
  const asked: number[] = [];
  const scheduler = together(
    {
      at: (atUs, due) => {
        asked.push(atUs);
        return clock.at(atUs, due);
      },
    },
    STRETCH_US,
  );
  const fired: [name: string, atUs: number][] = [];
  const at = (name: string, atUs: number): (() => void) =>
    scheduler.at(atUs, () => fired.push([name, clock.monotonicUs()]));
  return { clock, scheduler, fired, at, asked };
}

describe('timers of one stretch', () => {
  test('fire together with the first of them, in the order in which they were asked for', () => {
    const { clock, fired, at, asked } = scheduled();
    at('later', 14_900);
    at('first', 10_100);
    at('between', 12_000);
    clock.advanceBy(20_000);
    expect(fired).toEqual([
      ['later', 10_100],
      ['first', 10_100],
      ['between', 10_100],
    ]);
    expect(asked).toEqual([14_900, 10_100]);
  });

  test('do not bring those of the next', () => {
    const { clock, fired, at } = scheduled();
    at('a', 9_999);
    at('b', 10_000);
    clock.advanceBy(20_000);
    expect(fired).toEqual([
      ['a', 9_999],
      ['b', 10_000],
    ]);
  });

  test('go on after one was called off, which none of them is afterwards', () => {
    const { clock, fired, at } = scheduled();
    const callOff = at('a', 10_000);
    at('b', 12_000);
    callOff();
    callOff();
    clock.advanceBy(20_000);
    expect(fired.map(([name]) => name)).toEqual(['b']);
  });

  test('leave no timer behind when all are called off', () => {
    const { clock, fired, at } = scheduled();
    at('a', 10_000)();
    expect(clock.nextUs()).toBeNull();
    at('b', 11_000);
    clock.advanceBy(20_000);
    expect(fired).toEqual([['b', 11_000]]);
  });
});

test('one that fires may call off another of its stretch', () => {
  const { clock, scheduler, fired, at } = scheduled();
  let callOff = (): void => {};
  scheduler.at(10_000, () => callOff());
  callOff = at('a', 10_001);
  at('b', 10_002);
  clock.advanceBy(20_000);
  expect(fired.map(([name]) => name)).toEqual(['b']);
});

test('one that fires may ask for the time that has just come', () => {
  const { clock, scheduler, fired, at } = scheduled();
  scheduler.at(10_000, () => void at('a', 10_500));
  clock.advanceBy(20_000);
  expect(fired).toEqual([['a', 10_500]]);
});
