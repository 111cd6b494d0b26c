/** Both ends of a BFD session through random stories: what must hold whatever happens. */
import { describe, expect, it } from 'vitest';
import type { BfdInput } from '../../src/machines/bfd/bfd.input.ts';
import { seedOfRun } from '../harness/seed.ts';
import { type BfdEnd, type BfdPair, bfdPair } from './bfd-pair.ts';
import { SeededRandom } from './seeded-random.ts';

const SECOND = 1_000_000;
const STORIES = 150;
/** Idle packets come each second at most, and three of them bring a session up. */
const UP_WITHIN_US = 8 * SECOND;

function bothUp({ a, b }: BfdPair): void {
  expect([a.state, b.state]).toEqual(['up', 'up']);
  expect(a.context.remote?.discriminator).toBe(b.context.discriminator);
  expect(b.context.remote?.discriminator).toBe(a.context.discriminator);
  expect([a.context.polling, b.context.polling]).toEqual([false, false]);
}

function running(inputs: Parameters<typeof bfdPair>[1] = {}, seed = 1): BfdPair {
  const pair = bfdPair(new SeededRandom(seed), inputs);
  pair.a.start();
  pair.b.start();
  pair.time.advanceBy(UP_WITHIN_US);
  return pair;
}

describe('two ends', () => {
  it('come up, agree on timers, and then cost no row', () => {
    const pair = running({ a: { minTxUs: 50_000 }, b: { minRxUs: 100_000, multiplier: 3 } });
    bothUp(pair);
    const rows = pair.a.rows.length + pair.b.rows.length;
    pair.time.advanceBy(600 * SECOND);
    bothUp(pair);
    expect(pair.a.rows.length + pair.b.rows.length).toBe(rows);
  });

  it.each([
    ['a is passive', { a: { passive: true } }],
    ['idle and busy intervals are the same', { a: { minTxUs: SECOND }, b: { minTxUs: SECOND } }],
    ['intervals differ widely', { a: { minTxUs: 10_000, minRxUs: 2 * SECOND }, b: { minRxUs: 300_000 } }],
    ['each multiplier is 1', { a: { multiplier: 1 }, b: { multiplier: 1 } }],
  ])('come up when %s', (_what, inputs) => {
    bothUp(running(inputs));
  });

  it('stay down when both are passive', () => {
    const pair = running({ a: { passive: true }, b: { passive: true } });
    expect([pair.a.state, pair.b.state]).toEqual(['down', 'down']);
  });

  it('find out within the Detection Time that the cable is cut, in either direction', () => {
    for (const direction of ['a', 'b', 'both'] as const) {
      const pair = running();
      const detectUs = 5 * 20_000 + 1_000;
      if (direction !== 'b') pair.a.cable.cut = true;
      if (direction !== 'a') pair.b.cable.cut = true;
      pair.time.advanceBy(detectUs);
      // Who still hears is told by the other one's word, who does not by silence.
      pair.time.advanceBy(2_000);
      expect([pair.a.state, pair.b.state], direction).not.toContain('up');
      pair.a.cable.cut = false;
      pair.b.cable.cut = false;
      pair.time.advanceBy(UP_WITHIN_US);
      bothUp(pair);
      expect(pair.a.told).toEqual(['bfd.up', 'bfd.down', 'bfd.up']);
    }
  });

  it('an end that did not run for a while does not take its own absence for silence', () => {
    const pair = running({ a: { multiplier: 255 } });
    pair.a.pause();
    pair.time.advanceBy(SECOND);
    pair.a.resume();
    pair.time.advanceBy(SECOND);
    bothUp(pair);
    expect(pair.a.told).toEqual(['bfd.up']);
    expect(pair.a.rows.filter(({ event }) => event.type === 'self.stalled')).toHaveLength(1);
  });
});

function anyInput(random: SeededRandom): Partial<BfdInput> {
  return {
    minTxUs: random.integer(5, 400) * 1_000,
    minRxUs: random.integer(5, 400) * 1_000,
    multiplier: random.integer(2, 6),
  };
}

const MISHAPS: readonly ((end: BfdEnd, random: SeededRandom) => void)[] = [
  (end) => {
    end.cable.cut = !end.cable.cut;
  },
  (end, random) => {
    end.cable.loss = random.next() * 0.6;
  },
  (end, random) => {
    end.cable.duplication = random.next();
  },
  (end) => end.pause(),
  (end) => end.resume(),
  (end) => {
    end.kill();
    end.start();
  },
];

it(`through ${STORIES} random stories: told up and down in turn, and up in the end`, {
  timeout: 60_000,
}, () => {
  const seed = seedOfRun();
  for (let story = 0; story < STORIES; story++) {
    const random = new SeededRandom(seed + story);
    const passive = random.chance(0.3);
    const pair = bfdPair(random, { a: { ...anyInput(random), passive }, b: anyInput(random) });
    const ends = [pair.a, pair.b];
    for (const end of ends) end.start();
    for (let step = 0; step < 30; step++) {
      const end = random.chance(0.5) ? pair.a : pair.b;
      MISHAPS[random.integer(0, MISHAPS.length - 1)]?.(end, random);
      pair.time.advanceBy(random.integer(1, 2_000) * 1_000);
    }
    for (const end of ends) {
      Object.assign(end.cable, { cut: false, loss: 0, duplication: 0 });
      end.resume();
    }
    pair.time.advanceBy(30 * SECOND);
    try {
      bothUp(pair);
      for (const { told, rows } of ends) {
        expect(rows.filter(({ kind }) => kind === 'crash')).toEqual([]);
        const inTurn = told.map((_, index) => (index % 2 === 0 ? 'bfd.up' : 'bfd.down'));
        expect(told).toEqual(inTurn);
        expect(told.at(-1)).toBe('bfd.up');
      }
    } catch (error) {
      throw new Error(`story ${story} of RELIVED_SEED=${seed}`, { cause: error });
    }
  }
});
