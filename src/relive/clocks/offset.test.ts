import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seedOfRun } from '../../../test/harness/seed.ts';
import { SeededRandom } from '../../../test/sim/seeded-random.ts';
import type { Exchange, Hearing, Sending } from './exchange.ts';
import { fitOffset, type Offset } from './offset.ts';

const SECOND = 1_000_000;
const RUN_US = 60 * SECOND;

interface World {
  readonly seed: number;
  readonly offsetUs: number;
  readonly ppm: number;
  readonly everyUs: number;
  readonly leastDelayUs: number;
  readonly jitterUs: number;
  readonly loss: number;
  readonly reigns: number;
}

/** B's clock where A's reads `us`. */
const onB = ({ offsetUs, ppm }: World, us: number): number => us + offsetUs + (ppm * us) / 1e6;

/** Two routers that are master in turn, A first; true time is A's. Sends and hearings are noted as the journal does. */
function history(world: World): { forth: Exchange; back: Exchange; endUs: number } {
  const random = new SeededRandom(world.seed);
  const forth = { sendings: [] as Sending[], hearings: [] as Hearing[] };
  const back = { sendings: [] as Sending[], hearings: [] as Hearing[] };
  const local = (node: 'a' | 'b', us: number): number => Math.round(node === 'a' ? us : onB(world, us));
  let nowUs = random.integer(0, 10 * SECOND);
  for (let reign = 0; reign < world.reigns; reign += 1) {
    const isForth = reign % 2 === 0;
    const [sender, listener, exchange] = isForth ? (['a', 'b', forth] as const) : (['b', 'a', back] as const);
    const [stream, priority] = isForth ? ['51/10.0.0.1', 150] : ['51/10.0.0.2', 100];
    const lengthUs = random.integer(1, 400) * SECOND;
    const heard: number[] = [];
    // Either clock keeps its own interval.
    const beginUs = local(sender, nowUs);
    let lastUs = beginUs;
    for (let dueUs = nowUs; dueUs < nowUs + lengthUs; ) {
      const sentUs = dueUs + (dueUs === nowUs ? 0 : random.integer(0, 800));
      lastUs = local(sender, sentUs);
      const delayUs = world.leastDelayUs + random.integer(0, world.jitterUs);
      if (!random.chance(world.loss)) heard.push(local(listener, sentUs + delayUs));
      dueUs += sender === 'a' ? world.everyUs : world.everyUs / (1 + world.ppm / 1e6);
    }
    const { everyUs } = world;
    const sending = { stream, priority, fromUs: beginUs, untilUs: lastUs + 50_000, anchorUs: beginUs };
    exchange.sendings.push({ ...sending, everyUs, repeats: true });
    for (const atUs of noted(heard)) exchange.hearings.push({ stream, priority, atUs, extraDelayUs: 0 });
    nowUs += lengthUs;
    if (random.chance(0.5)) {
      const resignedUs = local(sender, nowUs);
      const once = { stream, priority: 0, fromUs: resignedUs, untilUs: resignedUs, anchorUs: resignedUs };
      exchange.sendings.push({ ...once, everyUs, repeats: false });
      const atUs = local(listener, nowUs + world.leastDelayUs + random.integer(0, world.jitterUs));
      if (!random.chance(world.loss)) exchange.hearings.push({ stream, priority: 0, atUs, extraDelayUs: 0 });
    }
    nowUs += random.integer(1, 4 * SECOND);
  }
  return { forth, back, endUs: nowUs };
}

/** The first one is an event; of the others the first and the last of each minute stand in the journal. */
function noted(heard: readonly number[]): number[] {
  const [first, ...rest] = heard;
  if (first === undefined) return [];
  const found = [first];
  let run: number[] = [];
  const close = (): void => {
    if (run[0] !== undefined) found.push(run[0]);
    if (run.length > 1) found.push(run.at(-1) as number);
    run = [];
  };
  for (const atUs of rest) {
    if (run[0] !== undefined && atUs - run[0] > RUN_US) close();
    run.push(atUs);
  }
  close();
  return found;
}

const worlds = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  offsetUs: fc.oneof(
    fc.integer({ min: -5_000, max: 5_000 }),
    fc.integer({ min: -4 * SECOND, max: 4 * SECOND }),
    fc.integer({ min: -7200 * SECOND, max: 7200 * SECOND }),
  ),
  ppm: fc.integer({ min: -100, max: 100 }),
  everyUs: fc.constantFrom(100_000, 200_000, SECOND, 3 * SECOND),
  leastDelayUs: fc.integer({ min: 0, max: 2_000 }),
  jitterUs: fc.integer({ min: 0, max: 5_000 }),
  loss: fc.constantFrom(0, 0.01, 0.2),
  reigns: fc.integer({ min: 1, max: 8 }),
});

/** Where the true offset lies outside the stated bounds. */
function mistakes(world: World, offset: Offset, endUs: number): string[] {
  const { assumed } = offset;
  // Clocks that drift must agree all the time.
  const largestUs = Math.max(...[0, endUs].map((us) => Math.abs(onB(world, us) - us)));
  if (assumed?.kind === 'agree' && largestUs + 1000 >= assumed.withinUs) return [];
  // Whether they were lost is chance; without loss there is no excuse.
  if (assumed?.kind === 'first-heard' && world.loss > 0.1) return [];
  const found: string[] = [];
  for (let i = 0; i <= 40; i += 1) {
    const us = (endUs * i) / 40;
    const atUs = onB(world, us);
    const { leastUs, mostUs, leastPpm, mostPpm } = offset.at(atUs);
    const isIn = atUs - us >= leastUs && atUs - us <= mostUs;
    if (!isIn) found.push(`${i}: ${atUs - us} not in ${leastUs}..${mostUs}`);
    const ppm = (1 - 1 / (1 + world.ppm / 1e6)) * 1e6;
    if (ppm < leastPpm - 0.01 || ppm > mostPpm + 0.01)
      found.push(`${i}: ${ppm} ppm not in ${leastPpm}..${mostPpm}`);
  }
  return found;
}

describe('the offset of two clocks', () => {
  it('lies inside the bounds, whatever offset, drift, delay and loss', () => {
    const tally = { two: 0, one: 0, none: 0 };
    fc.assert(
      fc.property(worlds, (world) => {
        const { forth, back, endUs } = history(world);
        const offset = fitOffset(forth, back);
        const { leastUs, mostUs } = offset.at(onB(world, endUs / 2));
        const bounds = [leastUs, mostUs].filter(Number.isFinite).length;
        tally[bounds === 2 ? 'two' : bounds === 1 ? 'one' : 'none'] += 1;
        expect(mistakes(world, offset, endUs)).toEqual([]);
      }),
      { seed: seedOfRun(), numRuns: 40 },
    );
    expect(tally.two).toBeGreaterThan(tally.none);
  });
});
