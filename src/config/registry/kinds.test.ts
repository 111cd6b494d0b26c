import { expect, test } from 'vitest';
import { appended } from './kinds.ts';

test('lines of one keyword add up in order, and each keeps what it said', () => {
  const lines = [['a'], ['b', 'c'], ['d']];
  expect(lines.reduce<readonly string[]>((before, after) => appended(before, after), [])).toEqual([
    'a',
    'b',
    'c',
    'd',
  ]);
  const [first = [], second = []] = lines;
  expect(appended(appended(first, second), ['e'])).toEqual(['a', 'b', 'c', 'e']);
  expect(lines).toEqual([['a'], ['b', 'c'], ['d']]);
});

// Copying what is there for each line would take minutes.
test('as many lines of one keyword as a configuration can have', () => {
  const MANY = 200_000;
  let value: readonly number[] = [0];
  for (let line = 1; line < MANY; line++) value = appended(value, [line]);
  expect(value).toHaveLength(MANY);
  expect(value.at(-1)).toBe(MANY - 1);
});
