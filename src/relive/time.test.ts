import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { formatDuration, formatNextWall, formatWall, parsePoint, shieldAgo } from './time.ts';

const NOW_US = new Date(2026, 10, 22, 12, 30, 0).getTime() * 1000;
const wallOf = (word: string): number | null => {
  const point = parsePoint(word, NOW_US);
  return point?.kind === 'time' ? point.wallUs : null;
};

it('reads the words people use for a time', () => {
  expect(wallOf('now')).toBe(NOW_US);
  expect(wallOf('-10m')).toBe(NOW_US - 600e6);
  expect(wallOf(shieldAgo('-1.5h'))).toBe(NOW_US - 5400e6);
  expect(wallOf('12:00')).toBe(NOW_US - 1800e6);
  expect(wallOf('12:29:59.25')).toBe(NOW_US - 750_000);
  expect(wallOf('13:00')).toBe(NOW_US - 23.5 * 3600e6);
  expect(wallOf('2026-11-22T03:12:07.123456Z')).toBe(Date.UTC(2026, 10, 22, 3, 12, 7) * 1000 + 123_456);
  expect(wallOf('2026-11-22')).toBe(new Date(2026, 10, 22).getTime() * 1000);
  expect(wallOf('2026-11-22 03:12')).toBe(new Date(2026, 10, 22, 3, 12).getTime() * 1000);
  expect(wallOf('-1h30m')).toBe(NOW_US - 5400e6);
  expect(wallOf('yesterday 03:12')).toBe(new Date(2026, 10, 21, 3, 12).getTime() * 1000);
  expect(wallOf('yesterday')).toBe(new Date(2026, 10, 21).getTime() * 1000);
  expect(wallOf('today 23:00')).toBe(new Date(2026, 10, 22, 23).getTime() * 1000);
  expect(parsePoint('@last-failover', NOW_US)).toEqual({ kind: 'mark', mark: 'last-failover', node: null });
  expect(parsePoint('r2@boot', NOW_US)).toEqual({ kind: 'mark', mark: 'boot', node: 'r2' });
  expect(parsePoint('@12', NOW_US)).toEqual({ kind: 'seq', seq: 12, node: null });
  expect(parsePoint('r2@12', NOW_US)).toEqual({ kind: 'seq', seq: 12, node: 'r2' });
});

it.each([
  '',
  'yesterday 25:00',
  'tomorrow',
  '@never',
  '25:00',
  '12:60',
  '-10',
  '-10y',
  '@',
  '@x',
  '2026-13-01',
  '10m',
])('refuses %j', (word) => {
  expect(parsePoint(word, NOW_US)).toBe(null);
});

it('reads back what it shows, to the millisecond', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (ms) => {
      const point = parsePoint(formatWall(ms * 1000, true), NOW_US);
      expect(point).toEqual({ kind: 'time', wallUs: ms * 1000 });
    }),
  );
});

describe('times one after the other', () => {
  const { TZ } = process.env;
  afterEach(() => {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  });

  it.each([
    ['UTC', 0],
    ['Europe/Berlin', -60],
    ['America/St_Johns', 210],
    ['Australia/Lord_Howe', -660],
  ])('are shown as each alone, in %s', (zone, winterMinutes) => {
    process.env.TZ = zone;
    expect(new Date(2026, 0, 1).getTimezoneOffset()).toBe(winterMinutes);
    const step = fc.integer({ min: -200_000_000, max: 200_000_000 });
    // Around the change of clocks of Berlin, back and forth by seconds and minutes.
    const begin = fc.integer({ min: 0, max: 2 * 86_400_000_000 });
    fc.assert(
      fc.property(begin, fc.array(fc.tuple(step, fc.boolean())), (beginUs, steps) => {
        let wallUs = Date.UTC(2026, 9, 24) * 1000 + beginUs;
        for (const [us, utc] of steps) {
          wallUs += us;
          expect(formatNextWall(wallUs, utc)).toBe(formatWall(wallUs, utc));
        }
      }),
    );
    expect(formatNextWall(-1, true)).toBe('1969-12-31 23:59:59.999Z');
  });
});

it('shows durations as people say them', () => {
  const shown = [250, 2_800, 250_000, 3_609_375, 60_000_000, 7_384_000_000, 200_000_000_000].map(
    formatDuration,
  );
  expect(shown).toEqual(['250 us', '2.8 ms', '250 ms', '3.609 s', '60 s', '2 h 3 min', '2 d 7 h']);
});
