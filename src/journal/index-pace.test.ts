import { expect, it } from 'vitest';
import { IndexPace } from './index-pace.ts';

it('gives up the index while rows pour in, and has it made when they cease', () => {
  const pace = new IndexPace();
  let nowMs = 50_000;
  const seconds = (count: number, rowsIn10Ms: number): boolean[] =>
    Array.from({ length: count }, () => {
      let isKept = true;
      for (let i = 0; i < 100; i += 1) {
        nowMs += 10;
        isKept = pace.isKept(rowsIn10Ms, nowMs);
      }
      return isKept;
    });
  expect(seconds(3, 5)).toEqual([true, true, true]);
  expect(seconds(3, 400)).toEqual([false, false, false]);
  expect(seconds(3, 5)).toEqual([false, true, true]);
});

it('has it made after a burst that nothing follows', () => {
  const pace = new IndexPace();
  expect(pace.isKept(20_000, 1_000)).toBe(false);
  expect(pace.isKept(0, 1_500)).toBe(false);
  expect(pace.isKept(0, 3_000)).toBe(true);
});

it('does not flutter between two full seconds', () => {
  const pace = new IndexPace();
  const seen = new Set<boolean>();
  for (let ms = 0; ms < 10_000; ms += 100) seen.add(pace.isKept(1_500, 100_000 + ms));
  expect([...seen]).toEqual([true, false]);
  for (let ms = 0; ms < 10_000; ms += 100) expect(pace.isKept(1_500, 110_000 + ms)).toBe(false);
});
