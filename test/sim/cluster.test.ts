/**
 * Three routers in virtual time with kills, cuts, pauses, partitions and loss. A failing seed prints its whole story:
 *
 *   RELIVED_SEED=123 npm test -- test/sim/cluster.test.ts
 */
import { describe, expect, it } from 'vitest';
import { vrrpDefinition } from '../../src/machines/registry.ts';
import { vrrpMachine } from '../../src/machines/vrrp/vrrp.machine.ts';
import { givenSeed } from '../harness/seed.ts';
import type { Sabotage } from './cluster.ts';
import { describeStory, tellStory } from './story.ts';

const STORIES = 150;

const given = givenSeed();
const first = given ?? Math.floor(Math.random() * 2 ** 31);

describe('three routers', () => {
  it(`keep one holder for each connected part (seeds from ${first})`, () => {
    const count = given === null ? STORIES : 1;
    let virtualSeconds = 0;
    let rows = 0;
    for (let seed = first; seed < first + count; seed += 1) {
      const story = tellStory(seed);
      if (given !== null || story.violations.length > 0) console.log(describeStory(story));
      expect(story.violations, describeStory(story)).toEqual([]);
      virtualSeconds += story.virtualSeconds;
      rows += story.rows;
    }
    console.log(`seeds ${first}..${first + count - 1}: ${virtualSeconds.toFixed(0)} virtual s, ${rows} rows`);
  }, 120_000);

  it('live the same history for the same seed', () => {
    expect(tellStory(first)).toEqual(tellStory(first));
  });
});

describe('a broken router is caught', () => {
  const caught = (sabotage: Sabotage) => {
    for (let seed = 1; seed <= 20; seed += 1) {
      if (tellStory(seed, sabotage).violations.length > 0) return true;
    }
    return false;
  };

  it('that never yields to a higher priority', () => {
    const machine = vrrpMachine.provide({ guards: { winsAgainstUs: () => false } });
    expect(caught({ definition: { ...vrrpDefinition, machine } })).toBe(true);
  }, 120_000);

  it('that follows nobody', () => {
    const machine = vrrpMachine.provide({ guards: { isAcceptable: () => false } });
    expect(caught({ definition: { ...vrrpDefinition, machine } })).toBe(true);
  }, 120_000);

  it('that keeps its addresses when it yields', () => {
    expect(
      caught({
        wrapExecutor: (executor) => ({
          perform: (actor, effect, cause, post) => {
            if (effect.type === 'removeVips') post(actor, { type: 'vips.removed' }, cause);
            else executor.perform(actor, effect, cause, post);
          },
        }),
      }),
    ).toBe(true);
  });
});
