import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../protocol/json.ts';
import { ValueNumbers } from './value-numbers.ts';

/** What verify compares contexts by. */
function keysOf(...contexts: readonly JsonObject[]): string[] {
  const numbers = new ValueNumbers();
  return contexts.map((context) => JSON.stringify(numbers.shortened(context)));
}

describe('contexts with their objects as numbers', () => {
  it('are equal where they were, and only there', () => {
    const input = { priority: 100, addresses: ['10.0.0.1'] };
    const same = keysOf({ input, last: null, n: 0 }, { input: structuredClone(input), last: null, n: 0 });
    expect(same[0]).toBe(same[1]);
    const others = keysOf(
      { input, last: null, n: 0 },
      { input: { ...input, priority: 101 }, last: null, n: 0 },
      { input, last: [], n: 0 },
      { input, last: {}, n: 0 },
      { input, last: null, n: 1 },
      { input, last: null, n: '0' },
      { input, last: null },
      { last: null, n: 0 },
    );
    expect(new Set(others).size).toBe(others.length);
  });

  it('do not take a number for an object', () => {
    const [object, plain] = keysOf({ value: {} }, { value: 0 });
    expect(object).not.toBe(plain);
  });

  it('stay different from all others when what was seen is forgotten', () => {
    const numbers = new ValueNumbers();
    const seen = new Set<string>();
    for (let i = 0; i < 120_000; i++) seen.add(JSON.stringify(numbers.shortened({ value: { i } })));
    expect(seen.size).toBe(120_000);
  });
});
