import { expect, test } from 'vitest';
import { describeMismatch, filler } from './udp-check.ts';

test("what has no meaning is keepalived's text, of any length", () => {
  expect(Buffer.from(filler(32)).toString()).toBe('keepalived check - keepalived ch');
});

const wanted = (pattern: string, leastBytes = 0, mostBytes = 255) => ({ pattern, leastBytes, mostBytes });

test.each([
  ['0102', wanted('0102'), null],
  ['0102', wanted('01'), null],
  ['01', wanted('0102'), null],
  ['0102', wanted('01XX'), null],
  ['0102', wanted('X102'), null],
  ['0103', wanted('0102'), 'byte 2 is 03, wanted is 02'],
  ['2103', wanted('X203'), 'byte 1 is 21, wanted is X2'],
  ['0102', wanted('0102', 3), '2 bytes, wanted are 3 to 255'],
  ['0102', wanted('0102', 0, 1), '2 bytes, wanted are 0 to 1'],
  ['', wanted('0102'), null],
])('%s beside %j: %s', (answer, reply, expected) => {
  const bytes = Buffer.from(answer, 'hex');
  expect(describeMismatch(bytes, bytes.length, reply)).toBe(expected);
});
