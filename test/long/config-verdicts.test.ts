import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Comparison, compare } from '../oracle/compare.ts';
import { manualPage, type Sample, samples } from '../oracle/installed.ts';
import { Judge } from '../oracle/judge.ts';
import { manualPageSamples } from '../oracle/manual-page.ts';
import { mutate } from '../oracle/mutations.ts';
import { SeededRandom } from '../sim/seeded-random.ts';

/**
 * Does `-t` judge configurations as Debian's keepalived does? On the sample configurations of its package, on every keyword and
 * example of its manual page, and on these with mistakes made at random (RELIVED_SEED, RELIVED_MUTATIONS). The differences themselves: test/netns/config-differences.
 */
const ORIGINALS: readonly Sample[] = [...samples(), ...manualPageSamples(manualPage())];
const MUTATIONS = Number(process.env.RELIVED_MUTATIONS ?? 600);
const SEED = Number(process.env.RELIVED_SEED ?? 20);
/** keepalived died in each of these instead of judging. */
const SILENT = 0.02;

let judge: Judge;
let originals: Comparison;

beforeAll(async () => {
  judge = await Judge.create();
});

afterAll(() => judge?.destroy());

function report(what: string, { compared, accepted, silent, known, unexplained }: Comparison): void {
  const reasons = [...known].map(([{ id }, count]) => `${id} ${count}`).join(', ');
  console.log(
    `${what}: ${compared} compared, ${accepted} accepted by keepalived, ${silent.length} without a verdict; known differences: ${reasons || 'none'}; unexplained: ${unexplained.length}`,
  );
}

test('samples and manual page are judged alike', { timeout: 120_000 }, async () => {
  originals = await compare(judge, ORIGINALS);
  report('samples and manual page', originals);
  expect(originals.unexplained.join('\n\n')).toBe('');
  expect(originals.silent).toEqual([]);
  expect(originals.compared).toBeGreaterThan(800);
  expect(originals.accepted).toBeGreaterThan(originals.compared / 2);
});

test(`${MUTATIONS} mutations of them are judged alike`, { timeout: 60_000 + MUTATIONS * 200 }, async () => {
  console.log(`RELIVED_SEED=${SEED}`);
  const random = new SeededRandom(SEED);
  // What differs unchanged would differ changed, and hide what the change does.
  const corpus = ORIGINALS.filter(({ name }) => originals.agreed.has(name));
  const mutants = Array.from({ length: MUTATIONS }, (_, index) => {
    const { text, history } = mutate(corpus, random);
    return { name: `${index}, ${history}`, text };
  });
  const mutations = await compare(judge, mutants);
  report('mutations', mutations);
  expect(mutations.unexplained.join('\n\n')).toBe('');
  expect(mutations.silent.length).toBeLessThanOrEqual(MUTATIONS * SILENT);
  expect(mutations.accepted).toBeGreaterThan(MUTATIONS / 20);
});
