import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldsOf, TimeAxis } from './axis.ts';

const BEGAN_US = 1_790_000_000_000_000;

const busy = fc
  .array(fc.record({ quiet: fc.integer({ min: 1, max: 4e9 }), lasts: fc.integer({ min: 0, max: 1e8 }) }), {
    maxLength: 20,
  })
  .map((list) => {
    let atUs = BEGAN_US;
    return list.map(({ quiet, lasts }) => {
      const fromUs = atUs + quiet;
      atUs = fromUs + lasts;
      return { fromUs, toUs: atUs };
    });
  });

describe('an axis with folded quiet times', () => {
  it('leads from a time to its place and back, in order, and folds nothing that happened', () => {
    fc.assert(
      fc.property(busy, fc.integer({ min: 0, max: 1e11 }), (times, offsetUs) => {
        const folds = foldsOf(times, 6e8);
        const axis = new TimeAxis(folds);
        const us = BEGAN_US + offsetUs;
        // A fold shows hours on seconds, so its inner times come back a little less exact.
        expect(Math.abs(axis.toTime(axis.toAxis(us)) - us)).toBeLessThan(16);
        expect(axis.toAxis(us + 1_000)).toBeGreaterThan(axis.toAxis(us));
        for (const { fromUs, toUs } of times) {
          expect(axis.toAxis(toUs) - axis.toAxis(fromUs)).toBeCloseTo(toUs - fromUs, -1);
          expect(folds.some((fold) => fold.fromUs < toUs && fold.toUs > fromUs)).toBe(false);
        }
      }),
    );
  });

  it('is cut into what runs as it is and what is folded', () => {
    const [first, second] = [
      { fromUs: 0, toUs: 100 },
      { fromUs: 10_100, toUs: 10_200 },
    ];
    const axis = new TimeAxis(foldsOf([first, second], 1_000));
    const { plain, folds } = axis.stretches({ fromUs: 0, toUs: 20_000 });
    expect(folds).toMatchObject([{ fromUs: 200, toUs: 10_000, keptUs: 250 }]);
    expect(plain).toEqual([
      { fromUs: 0, toUs: 200 },
      { fromUs: 10_000, toUs: 20_000 },
    ]);
    expect(axis.toAxis(10_000)).toBe(450);
  });
});
