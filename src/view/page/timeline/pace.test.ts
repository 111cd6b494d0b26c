/** Rows are drawn less often where drawing them costs frames, and more often again where it does not. */
import { expect, it } from 'vitest';
import { Pace } from './pace.ts';

const GOOD = 50;
const LATE = 66.7;

it('draws often where every frame is in time', () => {
  const pace = new Pace();
  for (let row = 0; row < 20; row += 1) expect(pace.after(GOOD)).toBe(80);
});

it('waits twice as long after a late frame, within a bound', () => {
  const pace = new Pace();
  expect([1, 2, 3, 4].map(() => pace.after(LATE))).toEqual([160, 320, 400, 400]);
});

it('comes back slowly, and all the way', () => {
  const pace = new Pace();
  pace.after(LATE);
  const rests = Array.from({ length: 30 }, () => pace.after(GOOD));
  expect(rests[0]).toBeCloseTo(150.4);
  expect(rests.indexOf(80)).toBeGreaterThan(8);
  expect(rests.at(-1)).toBe(80);
});
