import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatDuration, formatWall, parsePoint, shieldAgo } from './time.ts';

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

it('shows durations as people say them', () => {
  const shown = [250, 2_800, 250_000, 3_609_375, 60_000_000, 7_384_000_000, 200_000_000_000].map(
    formatDuration,
  );
  expect(shown).toEqual(['250 us', '2.8 ms', '250 ms', '3.609 s', '60 s', '2 h 3 min', '2 d 7 h']);
});
