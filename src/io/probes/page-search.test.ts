import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Regex } from '../../../native/regex.ts';
import { PageSearch } from './page-search.ts';

interface Limits {
  readonly options?: readonly string[];
  readonly minOffset?: number;
  readonly maxOffset?: number | null;
}

function search(
  pattern: string,
  pieces: readonly string[],
  { options = [], minOffset = 0, maxOffset = null }: Limits = {},
): PageSearch {
  const found = new PageSearch(new Regex(pattern, options), { minOffset, maxOffset });
  for (const piece of pieces) found.add(Buffer.from(piece));
  found.end();
  return found;
}

const finds = (pattern: string, text: string, limits: Limits = {}) => search(pattern, [text], limits).isFound;

describe('a pattern', () => {
  it.each([
    ['needle', 'a needle in hay', {}, true],
    ['Needle', 'a needle in hay', {}, false],
    ['Needle', 'a needle in hay', { options: ['caseless'] }, true],
    ['^b', 'a\nb', {}, false],
    ['^b', 'a\nb', { options: ['multiline'] }, true],
    ['a.b', 'a\nb', {}, false],
    ['a.b', 'a\nb', { options: ['dotall'] }, true],
    ['a b # comment', 'ab', { options: ['extended'] }, true],
    ['^(?<year>\\d{4})-(?P=year)$', '2024-2024', {}, true],
    ['(?<!not )ok', 'it is not ok', {}, false],
    ['(?>a+)ab', 'aaab', {}, false],
    ['\\p{Greek}', 'abcλ', { options: ['utf'] }, true],
    ['^.$', 'λ', {}, false],
    ['^.$', 'λ', { options: ['utf'] }, true],
    ['OK$', 'all OK', {}, true],
    ['', '', {}, true],
  ] as const)('%j in %j with %j: %j', (pattern, text, limits, expected) => {
    expect(finds(pattern, text, limits)).toBe(expected);
  });

  it('has to begin where it may', () => {
    const at = (minOffset: number, maxOffset: number | null) =>
      finds('x', '0123x567x9', { minOffset, maxOffset });
    expect([
      at(0, 3),
      at(0, 4),
      at(4, 4),
      at(5, 7),
      at(5, 8),
      at(5, null),
      at(9, null),
      at(99, null),
    ]).toEqual([false, true, true, false, true, true, false, false]);
  });

  it('is not understood, and says where', () => {
    expect(() => new Regex('a(b', [])).toThrow('missing closing parenthesis');
    expect(() => new Regex('a', ['greedy'])).toThrow(TypeError);
  });
});

it('finds the same in whatever pieces the data come', () => {
  const patterns = ['abc', '(?<=ab)c', 'a+b', '^ab', 'c$', '\\bab\\b', 'a.*c', '(a|b)*?cc', 'b{3,}'];
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 40 });
  const property = fc.property(
    fc.constantFrom(...patterns),
    text,
    fc.array(fc.nat({ max: 40 }), { maxLength: 6 }),
    fc.nat({ max: 12 }),
    fc.option(fc.nat({ max: 30 })),
    (pattern, data, cuts, minOffset, maxOffset) => {
      const places = [0, ...cuts.filter((cut) => cut < data.length).sort((a, b) => a - b), data.length];
      const pieces = places.slice(1).map((place, at) => data.slice(places[at], place));
      const limits = { minOffset, maxOffset };
      expect(search(pattern, pieces, limits).isFound).toBe(finds(pattern, data, limits));
    },
  );
  fc.assert(property, { seed: Number(process.env.RELIVED_SEED ?? Date.now() % 1_000_000), numRuns: 2_000 });
});

test.each([
  ['(a+)+$', 'a'.repeat(50_000)],
  ['a.*a.*\\d', `${'a'.repeat(600)}\n`.repeat(100)],
  ['(.*)*x', 'y'.repeat(60_000)],
])('%s does not hold up the process', (pattern, text) => {
  const begunMs = performance.now();
  const found = search(
    pattern,
    Array.from({ length: 50 }, () => text),
  );
  // The bound is 50 ms and one look at the clock; a runner may be slow.
  expect(performance.now() - begunMs).toBeLessThan(1_000);
  expect(found.isFound).toBe(false);
});

it('does not keep more than a match may need', () => {
  const regex = new PageSearch(new Regex('a.*b', ['dotall']), { minOffset: 0, maxOffset: null });
  for (let piece = 0; piece < 10; piece++) regex.add(Buffer.alloc(20_000, 'a'));
  regex.add(Buffer.from('b'));
  regex.end();
  expect(regex.isFound).toBe(true);
});
