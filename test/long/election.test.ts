/** Keywords of the election with relived and Debian's keepalived on one LAN: the same holders and adverts, whoever is which. */
import { setTimeout as elapse } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import { ip } from '../harness/lan.ts';
import { instance, MIXED_PAIRS, type Scene, type Story, tell } from '../harness/scene.ts';

vi.setConfig({ maxConcurrency: 6 });

const T0 = 'track_interface {\n    t0 weight -60\n  }';

async function setT0(scene: Scene, state: 'up' | 'down'): Promise<void> {
  await ip(scene.lan, 'a', 'link', 'set', 't0', state);
}

function both(priority: number): string {
  return ([1, 2] as const).map((number) => instance({ number, priority })).join('');
}

function group(more: string): string {
  return `vrrp_sync_group VG {\n  group {\n    VI_1\n    VI_2\n  }\n  ${more}\n}\n`;
}

/** The weight of t0 moves both members. */
async function loseT0(scene: Scene): Promise<void> {
  await scene.start('b');
  await scene.waitForHolder('b', '101 102');
  await scene.start('a');
  await scene.waitForHolder('a', '101 102');
  await setT0(scene, 'down');
  await scene.waitForHolder('b', '101 102');
  await setT0(scene, 'up');
  await scene.waitForHolder('a', '101 102');
}

const STORIES: readonly Story[] = [
  {
    what: 'nopreempt',
    configurations: {
      a: instance({ number: 1, priority: 150, extra: 'nopreempt' }),
      b: instance({ number: 1, priority: 100 }),
    },
    play: async (scene) => {
      await scene.start('b');
      await scene.waitForHolder('b', '101');
      await scene.start('a');
      // Longer than its Master_Down_Interval.
      await elapse(6_000);
      expect(await scene.held('a')).toBe('');
      await scene.stop('b');
      await scene.waitForHolder('a', '101');
      // The lower priority does not come back, with or without nopreempt.
      await scene.start('b');
      await elapse(5_000);
      await scene.waitForHolder('a', '101');
    },
    adverts: ['b100 b0 a150'],
  },
  {
    what: 'dont_track_primary',
    configurations: {
      a: instance({ number: 1, priority: 150, extra: 'dont_track_primary' }),
      b: instance({ number: 1, priority: 100 }),
    },
    play: async (scene) => {
      await scene.start('a');
      await scene.waitForHolder('a', '101');
      await scene.start('b');
      await scene.lan.cut('a');
      await waitFor(async () => (await scene.held('b')) === '101', { deadlineMs: 20_000, what: 'b' });
      expect(await scene.held('a')).toBe('101');
      await scene.lan.heal('a');
      await scene.waitForHolder('a', '101');
    },
    adverts: ['a150 b100 a150'],
  },
  {
    what: 'the weight of a tracker of a sync group',
    configurations: { a: group(T0) + both(150), b: group('') + both(100) },
    play: loseT0,
    adverts: ['b100 a150 a90 b100 a150', 'b100 a150 a90 b100 a150'],
  },
];

tell(STORIES, MIXED_PAIRS);
