import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

test('appointments come in order of deadline, then of asking, each at its own time', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 60 }), (deadlines) => {
      const clock = new VirtualClock();
      const seen: { readonly atUs: number; readonly asked: number }[] = [];
      for (const [asked, atUs] of deadlines.entries())
        clock.at(atUs, () => {
          expect(clock.monotonicUs()).toBe(atUs);
          seen.push({ atUs, asked });
        });
      clock.advanceTo(20);
      expect(seen).toEqual([...seen].sort((a, b) => a.atUs - b.atUs || a.asked - b.asked));
      expect(seen).toHaveLength(deadlines.length);
      expect(clock.monotonicUs()).toBe(20);
    }),
  );
});

test('a callback that asks again is served in the same advance', () => {
  const clock = new VirtualClock(5);
  const times: number[] = [];
  const tick = () => {
    times.push(clock.monotonicUs());
    clock.at(clock.monotonicUs() + 10, tick);
  };
  clock.at(0, tick);
  clock.advanceBy(30);
  expect(times).toEqual([5, 15, 25, 35]);
  expect(clock.nextUs()).toBe(45);
});

test('a cancelled appointment does not come', () => {
  const clock = new VirtualClock();
  const cancel = clock.at(10, () => expect.unreachable());
  cancel();
  expect(clock.nextUs()).toBeNull();
  clock.advanceTo(20);
});

test('wall time runs beside monotonic time and can be stepped alone', () => {
  const clock = new VirtualClock(0, 1000);
  clock.advanceTo(50);
  clock.stepWall(-500);
  expect(clock.wallUs()).toBe(550);
  expect(clock.monotonicUs()).toBe(50);
});

test('a stall makes appointments late, not early', () => {
  const clock = new VirtualClock();
  let ranAtUs = -1;
  clock.at(10, () => {
    ranAtUs = clock.monotonicUs();
  });
  clock.stall(100);
  clock.advanceBy(0);
  expect(ranAtUs).toBe(100);
});

test('an endless chain at one instant is stopped', () => {
  const clock = new VirtualClock();
  const again = () => {
    clock.at(1, again);
  };
  clock.at(1, again);
  expect(() => clock.advanceTo(2, 1000)).toThrow(RangeError);
});
