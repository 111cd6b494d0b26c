/** What keepalived adds to the RFC, as stories of two routers. */
import { setTimeout as elapse } from 'node:timers/promises';
import { expect } from 'vitest';
import { ip } from './lan.ts';
import { GROUP, instance, type Story } from './scene.ts';

export const STORIES: readonly Story[] = [
  {
    what: 'a sync group does not part: each router is the better one for one of two addresses',
    configurations: {
      a: GROUP + instance({ number: 1, priority: 150 }) + instance({ number: 2, priority: 90 }),
      b: GROUP + instance({ number: 1, priority: 100 }) + instance({ number: 2, priority: 100 }),
    },
    play: async (scene) => {
      await scene.start('b');
      await scene.waitForHolder('b', '101 102');
      await scene.start('a');
      // Longer than its Master_Down_Interval: it wants one of them, and must not have it.
      await elapse(5_000);
      await scene.waitForHolder('b', '101 102');
      await scene.stop('b');
      await scene.waitForHolder('a', '101 102');
      await scene.start('b');
      await elapse(5_000);
      await scene.waitForHolder('a', '101 102');
    },
    adverts: ['b100 b0 a150', 'b100 b0 a90'],
  },
  {
    what: 'preempt_delay',
    configurations: {
      a: instance({ number: 1, priority: 150, extra: 'preempt_delay 9' }),
      b: instance({ number: 1, priority: 100 }),
    },
    play: async (scene) => {
      await scene.start('b');
      await scene.waitForHolder('b', '101');
      await scene.start('a');
      await elapse(5_000);
      await scene.waitForHolder('b', '101');
      await scene.waitForHolder('a', '101');
    },
    adverts: ['b100 a150'],
  },
  {
    what: 'the weight of an interface',
    configurations: {
      a: instance({ number: 1, priority: 150, extra: 'track_interface {\n    t0 weight -60\n  }' }),
      b: instance({ number: 1, priority: 100 }),
    },
    play: async (scene) => {
      await scene.start('b');
      await scene.waitForHolder('b', '101');
      await scene.start('a');
      await scene.waitForHolder('a', '101');
      await ip(scene.lan, 'a', 'link', 'set', 't0', 'down');
      await scene.waitForHolder('b', '101');
      await ip(scene.lan, 'a', 'link', 'set', 't0', 'up');
      await scene.waitForHolder('a', '101');
    },
    adverts: ['b100 a150 a90 b100 a150'],
  },
];

export const MORE_STORIES: readonly Story[] = [
  {
    what: 'down_timer_adverts',
    configurations: {
      a: instance({ number: 1, priority: 150 }),
      b: instance({ number: 1, priority: 100, extra: 'down_timer_adverts 10' }),
    },
    play: async (scene) => {
      await scene.start('a');
      await scene.waitForHolder('a', '101');
      await scene.start('b');
      await elapse(2_500);
      await scene.kill('a');
      await elapse(6_000);
      expect(await scene.held('b')).toBe('');
      await scene.waitForHolder('b', '101');
    },
    adverts: ['a150 b100'],
  },
  {
    what: 'higher_prio_send_advert',
    configurations: {
      a: instance({ number: 1, priority: 150 }),
      b: instance({ number: 1, priority: 100, extra: 'higher_prio_send_advert' }),
    },
    play: async (scene) => {
      await scene.start('b');
      await scene.waitForHolder('b', '101');
      await scene.start('a');
      await scene.waitForHolder('a', '101');
      await elapse(2_500);
    },
    adverts: ['b100 a150 b100 a150'],
  },
  {
    what: 'two owners: the lower address gives way',
    configurations: {
      a: instance({ number: 1, priority: 255, state: 'MASTER' }),
      b: instance({ number: 1, priority: 255, state: 'MASTER' }),
    },
    play: async (scene) => {
      await scene.start('a');
      await scene.waitForHolder('a', '101');
      await scene.start('b');
      await scene.waitForHolder('b', '101');
      await elapse(5_000);
      await scene.waitForHolder('b', '101');
    },
    adverts: ['a255 b255'],
  },
];
