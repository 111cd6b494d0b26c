/**
 * Clusters in virtual time with whatever can befall them (docs/simulation.md). A seed that goes wrong is made small by
 *
 *   npm run sim -- --seed N
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CANARIES } from './canaries.ts';
import { play } from './play.ts';
import { playSeeds } from './seeds.ts';
import { generateStory } from './story/generate.ts';
import { parseStory, type Story, storyText } from './story/model.ts';
import { shrink } from './story/shrink.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

/** Stories that are told by every test run. */
const STORIES = 25;

/** Stories among which a broken router has to be found out. */
const CANARY_STORIES = 40;

const files = readdirSync(FIXTURES).filter((name) => name.endsWith('.json'));
const fixture = (name: string): Story => parseStory(readFileSync(join(FIXTURES, name), 'utf8'));

async function firstWrong(from: number, count: number, canary: string | null): Promise<Story | null> {
  for (let seed = from; seed < from + count; seed++) {
    const story = generateStory(seed);
    const sabotage = canary === null ? {} : (CANARIES[canary] ?? {});
    const { violations } = await play(story, { sabotage });
    if (violations.length === 0) continue;
    if (canary === null) expect(violations, `npm run sim -- --seed ${seed}`).toEqual([]);
    return story;
  }
  return null;
}

describe('stories by chance', () => {
  it(`keep every promise (seeds 1..${STORIES})`, async () => {
    expect(await firstWrong(1, STORIES, null)).toBeNull();
  });

  it('are the same history each time', async () => {
    for (const seed of [3, 8]) {
      const [first, second] = [
        await play(generateStory(seed), { digest: true }),
        await play(generateStory(seed), { digest: true }),
      ];
      expect(first.digest).toMatch(/^[0-9a-f]{64}$/);
      expect(second).toEqual(first);
    }
  });

  it('are the same whichever thread plays them', async () => {
    const digests = async (threads: number): Promise<string[]> => {
      const told: string[] = [];
      for await (const { seed, outcome } of playSeeds(21, 4, { digest: true }, threads))
        told.push(`${seed} ${outcome.digest}`);
      return told.sort();
    };
    expect(await digests(2)).toEqual(await digests(1));
  });

  it('are the same whether each advert and each connection is an event or many are none', async () => {
    for (const seed of [1, 2, 3, 5, 10, 12]) {
      const story = generateStory(seed, { loss: 0.02 });
      const [each, stretches] = [
        await play(story, { digest: true, repeating: 'each' }),
        await play(story, { digest: true, repeating: 'stretches' }),
      ];
      expect(stretches, `seed ${seed}`).toEqual(each);
    }
  });

  it('draw for each advert of a day whether it gets lost', async () => {
    const rate = 0.01;
    const { violations, adverts, lost } = await play(generateStory(14, { minutes: 1440, loss: rate }));
    expect(violations).toEqual([]);
    const drawn = adverts + lost;
    expect(drawn).toBeGreaterThan(300_000);
    // Six standard deviations.
    expect(Math.abs(lost - rate * drawn)).toBeLessThan(6 * Math.sqrt(rate * drawn));
  });

  it('are the same after a way through a file', () => {
    const story = generateStory(5);
    expect(parseStory(storyText(story))).toEqual(story);
  });
});

describe('stories that are kept', () => {
  const repeatings = ['stretches', 'core'] as const;
  it.each(files.flatMap((name) => repeatings.map((repeating) => [name, repeating] as const)))(
    '%s (%s)',
    async (name, repeating) => {
      const { violations, looks } = await play(fixture(name), { repeating });
      expect(violations).toEqual([]);
      expect(looks).toBeGreaterThan(0);
    },
  );
});

describe('a router that is broken on purpose', () => {
  it.each(Object.keys(CANARIES))('%s is found out', async (name) => {
    const sabotage = CANARIES[name] ?? {};
    for (const file of files) if ((await play(fixture(file), { sabotage })).violations.length > 0) return;
    expect(await firstWrong(1, CANARY_STORIES, name)).not.toBeNull();
  });

  it('is shown by a small story', async () => {
    const sabotage = CANARIES['keeps-addresses'] ?? {};
    const story = await firstWrong(1, CANARY_STORIES, 'keeps-addresses');
    if (story === null) throw new Error('it was not found out');
    const fails = async (candidate: Story): Promise<boolean> =>
      (await play(candidate, { sabotage })).violations.length > 0;
    const small = await shrink(story, { fails, budget: 120 });
    expect(await fails(small)).toBe(true);
    expect(small.acts.length).toBeLessThanOrEqual(2);
    expect(small.routers.length).toBeLessThanOrEqual(2);
  });
});
