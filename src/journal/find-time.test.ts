import { describe, expect, it } from 'vitest';
import { newestBegun } from './find-time.ts';

const DAY_US = 86_400e6;

/** What is found, and how many were asked for it. */
function found(
  begins: readonly number[],
  wallUs: number,
): { readonly index: number; readonly looks: number } {
  let looks = 0;
  const ask = (index: number): number => {
    looks += 1;
    return begins[index] ?? Number.NaN;
  };
  return { index: newestBegun(begins.length, ask, wallUs), looks };
}

const expected = (begins: readonly number[], wallUs: number): number =>
  Math.max(
    0,
    begins.findLastIndex((us) => us <= wallUs),
  );

describe('the segment of a time', () => {
  it('is found with the first, the last and the two around it where each is of a day', () => {
    const begins = Array.from({ length: 31 }, (_, day) => day * DAY_US);
    for (let us = -DAY_US / 2; us < 32 * DAY_US; us += DAY_US / 8) {
      const { index, looks } = found(begins, us);
      expect(index).toBe(expected(begins, us));
      expect(looks).toBeLessThanOrEqual(5);
    }
  });

  it('is found however uneven they are, and with few looks', () => {
    // Quiet years, and then one segment after the other; and the other way round.
    for (const grows of [(i: number) => i ** 9, (i: number) => 1000 ** 9 - (1000 - i) ** 9]) {
      const begins = Array.from({ length: 1000 }, (_, i) => grows(i));
      for (let i = 0; i < 1000; i += 7) {
        for (const us of [grows(i) - 1, grows(i), grows(i) + 1]) {
          const { index, looks } = found(begins, us);
          expect(index).toBe(expected(begins, us));
          expect(looks).toBeLessThanOrEqual(2 + 3 * 10);
        }
      }
    }
  });

  it('is the first one where there is none, one, or none as old', () => {
    expect([found([], 5).index, found([9], 5).index, found([9, 10], 5).index]).toEqual([0, 0, 0]);
  });

  it('is one of those of equal times that come last', () => {
    expect(found([1, 5, 5, 5, 9], 5).index).toBe(3);
  });
});
