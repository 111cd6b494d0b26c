import { describe, expect, it } from 'vitest';
import { readReloadTime } from './reload-time.ts';

const now = new Date(2026, 10, 27, 12, 0, 0);
const at = (text: string) => {
  const asked = readReloadTime(text, now);
  return asked.kind === 'at' ? { time: new Date(asked.atMs), dated: asked.dated } : asked.kind;
};

describe('reload_time_file', () => {
  it.each([
    ['13:14:15', new Date(2026, 10, 27, 13, 14, 15), false],
    ['11:00:00\n', new Date(2026, 10, 28, 11, 0, 0), false],
    ['26-12-01 00:00:01', new Date(2026, 11, 1, 0, 0, 1), true],
    ['2027-01-02 03:04:05', new Date(2027, 0, 2, 3, 4, 5), true],
    ['2027-01-02 03:04:05Z', new Date(Date.UTC(2027, 0, 2, 3, 4, 5)), true],
  ])('%s', (text, time, dated) => {
    expect(at(text)).toEqual({ time, dated });
  });

  it.each([
    ['', 'none'],
    ['\n13:00:00', 'none'],
    ['2026-11-26 12:00:00', 'wrong'],
    ['2027-02-31 12:00:00', 'wrong'],
    ['24:00:00', 'wrong'],
    ['noon', 'wrong'],
    ['13:00:00 ', 'wrong'],
    ['13:00', 'wrong'],
  ])('%j asks for nothing: %s', (text, kind) => {
    expect(at(text)).toBe(kind);
  });
});
