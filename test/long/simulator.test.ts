/** More stories of the simulator than every test run tells; another few hundred each time. */
import { expect, it } from 'vitest';
import { seedOfRun } from '../harness/seed.ts';
import { play } from '../sim/play.ts';
import { generateStory } from '../sim/story/generate.ts';

const STORIES = 300;

it(`keeps every promise in ${STORIES} stories`, async () => {
  const first = seedOfRun();
  for (let seed = first; seed < first + STORIES; seed++) {
    const { violations } = await play(generateStory(seed));
    expect(violations, `npm run sim -- --seed ${seed}`).toEqual([]);
  }
});
