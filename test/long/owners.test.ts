/**
 * Two routers that both claim to own the addresses: what the one with the higher address does about another that does
 * not give way, and the one that hears nobody. Debian's keepalived does not know either yet.
 */
import { setTimeout as elapse } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import { instance, type Scene, type Story, tell } from '../harness/scene.ts';

vi.setConfig({ maxConcurrency: 6 });

/** Of router `a`, which does not run: lower than that of `b`. */
const LOWER = '10.77.0.1';
const HIGHER = '10.77.0.3';

const OWNER = instance({ number: 1, priority: 255, state: 'MASTER' });

/** Another owner, until this is so; gives the seconds that took. */
async function rival(
  scene: Scene,
  source: string,
  until: () => Promise<boolean>,
  what: string,
): Promise<number> {
  const began = performance.now();
  const spoken = async () => {
    await scene.forge({ priority: 255, source });
    return until();
  };
  await waitFor(spoken, { deadlineMs: 12_000, intervalMs: 400, what });
  return (performance.now() - began) / 1e3;
}

async function outlast(scene: Scene): Promise<void> {
  await scene.prepareToForge();
  await scene.start('b');
  await scene.waitForHolder('b', '101');
  const gaveWay = async () => (await scene.held('b')) === '';
  const seconds = await rival(scene, LOWER, gaveWay, 'b gives way');
  // It has two of our intervals to notice, and must then be heard within 1.2 more.
  expect(seconds).toBeGreaterThan(2);
  expect(seconds).toBeLessThan(4);
  const heard = scene.advertsOf(1).length;
  const endMs = performance.now() + 4_000;
  await rival(scene, LOWER, async () => performance.now() > endMs, 'b stays away');
  expect(await scene.held('b')).toBe('');
  expect(scene.advertsOf(1)).toHaveLength(heard);
}

async function returns(scene: Scene): Promise<number> {
  const heard = scene.advertsOf(1).length;
  const since = performance.now();
  await waitFor(() => scene.advertsOf(1).length > heard, { deadlineMs: 8_000, what: 'b is back' });
  await scene.waitForHolder('b', '101');
  return (performance.now() - since) / 1e3;
}

const STORIES: readonly Story[] = [
  {
    what: 'the higher address gives way to an owner that does not, and owns again once that one is silent',
    configurations: { a: '', b: OWNER },
    play: async (scene) => {
      await outlast(scene);
      expect(await returns(scene)).toBeGreaterThan(2.5);
    },
    adverts: ['b255'],
  },
  {
    what: 'the higher address owns again when the other one is no owner any more',
    configurations: { a: '', b: OWNER },
    play: async (scene) => {
      await outlast(scene);
      const deadline = performance.now() + 8_000;
      const heard = scene.advertsOf(1).length;
      // It still speaks, but 255 need not follow it.
      while (scene.advertsOf(1).length === heard && performance.now() < deadline) {
        await scene.forge({ priority: 254, source: LOWER });
        await elapse(400);
      }
      await scene.waitForHolder('b', '101');
    },
    adverts: ['b255'],
  },
  {
    what: 'an owner that falls silent in time changes nothing',
    configurations: { a: '', b: OWNER },
    play: async (scene) => {
      await scene.prepareToForge();
      await scene.start('b');
      await scene.waitForHolder('b', '101');
      for (let count = 0; count < 3; count++) {
        await scene.forge({ priority: 255, source: LOWER });
        await elapse(500);
      }
      await elapse(4_000);
      await scene.waitForHolder('b', '101');
    },
    adverts: ['b255'],
  },
  {
    what: 'owner_ignore_adverts: neither another owner nor a lower priority is heard',
    configurations: {
      a: '',
      b: instance({
        number: 1,
        priority: 255,
        state: 'MASTER',
        advertInt: 4,
        extra: 'owner_ignore_adverts\n  garp_master_repeat 1\n  garp_master_delay 0',
      }),
    },
    play: async (scene) => {
      await scene.prepareToForge();
      await scene.start('b');
      await scene.waitForHolder('b', '101');
      await waitFor(() => scene.advertsOf(1).length === 1, { deadlineMs: 5_000, what: 'its first advert' });
      await elapse(1_000);
      await scene.forge({ priority: 255, source: HIGHER, advertIntervalUs: 4_000_000 });
      await scene.forge({ priority: 100, source: HIGHER, advertIntervalUs: 4_000_000 });
      await waitFor(() => scene.advertsOf(1).length === 2, { deadlineMs: 8_000, what: 'its second advert' });
      const [first, second] = scene.advertsOf(1);
      expect(((second?.atUs ?? 0) - (first?.atUs ?? 0)) / 1e6).toBeGreaterThan(3.5);
      expect(scene.garps('10.77.0.101')).toHaveLength(1);
      expect(await scene.held('b')).toBe('101');
    },
    adverts: ['b255'],
  },
];

tell(STORIES, [['keepalived', 'relived']]);
