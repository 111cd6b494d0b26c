/** vrrp_startup_delay and vrrp_delay_after_boot: until when nobody is master and nobody is heard. */
import { readFileSync } from 'node:fs';
import { expect, vi } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import { instance, MIXED_PAIRS, type Scene, type Story, tell } from '../harness/scene.ts';

vi.setConfig({ maxConcurrency: 4 });

const DELAY_S = 5;
/** 3 intervals and the skew of priority 150: `state MASTER` changes nothing for who is no owner. */
const DOWN_S = 3 + 106 / 256;

/** Seconds from the start of `a` to its first advert: at least, from its readiness; at most, from its process. */
async function waited(scene: Scene, globals: () => string): Promise<{ least: number; most: number }> {
  const beganMs = Date.now();
  await scene.start('a', globals());
  const readyMs = Date.now();
  const first = () => scene.advertsOf(1).find(({ host }) => host === 'a');
  await waitFor(() => first() !== undefined, { deadlineMs: 20_000, what: 'the first advert' });
  const atMs = (first()?.atUs ?? 0) / 1e3;
  return { least: (atMs - readyMs) / 1e3, most: (atMs - beganMs) / 1e3 };
}

/** "Ready" is read from a log: it may come a moment late. */
const LATE_S = 1.5;

function expectWait({ least, most }: { least: number; most: number }, seconds: number): void {
  expect(most).toBeGreaterThan(seconds);
  expect(least).toBeGreaterThan(seconds - LATE_S);
  expect(least).toBeLessThan(seconds + 1);
}

const DELAY = () => `vrrp_startup_delay ${DELAY_S}`;

const STORIES: readonly Story[] = [
  {
    what: 'vrrp_startup_delay counts from the start of the instances',
    configurations: { a: instance({ number: 1, priority: 150, state: 'MASTER' }), b: '' },
    play: async (scene) => expectWait(await waited(scene, DELAY), DELAY_S + DOWN_S),
    adverts: ['a150'],
  },
  {
    what: 'vrrp_startup_delay: an owner is master when it is over',
    configurations: { a: instance({ number: 1, priority: 255, state: 'MASTER' }), b: '' },
    play: async (scene) => expectWait(await waited(scene, DELAY), DELAY_S),
    adverts: ['a255'],
  },
  {
    what: 'without a delay the start takes a Master_Down_Interval, with state MASTER, too',
    configurations: { a: instance({ number: 1, priority: 150, state: 'MASTER' }), b: '' },
    play: async (scene) => expectWait(await waited(scene, () => ''), DOWN_S),
    adverts: ['a150'],
  },
];

tell(STORIES, MIXED_PAIRS);

/** Debian's keepalived does not know vrrp_delay_after_boot yet, and does hear adverts during vrrp_startup_delay. */
const NEWER: readonly Story[] = [
  {
    what: 'vrrp_startup_delay: the Master_Down_Interval follows it, and what was said meanwhile does not count',
    configurations: {
      a: instance({ number: 1, priority: 150, extra: 'preempt_delay 3' }),
      b: instance({ number: 1, priority: 100 }),
    },
    play: async (scene) => {
      await scene.start('b');
      await scene.waitForHolder('b', '101');
      const { least } = await waited(scene, DELAY);
      // preempt_delay begins with the first advert that is heard, and the last one before its end is waited for.
      expect(least).toBeGreaterThan(DELAY_S + 2 + DOWN_S - LATE_S);
      expect(least).toBeLessThan(DELAY_S + 1 + 3 + DOWN_S + 1);
      await scene.waitForHolder('a', '101');
    },
    adverts: ['b100 a150'],
  },
  {
    what: 'vrrp_delay_after_boot counts from the start of the machine',
    configurations: { a: instance({ number: 1, priority: 150 }), b: '' },
    play: async (scene) => {
      const uptimeS = () => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
      // The longest that it can be is 71 minutes: in a namespace of its own the machine is young.
      const agoS = Math.floor(uptimeS());
      const within = ['unshare', '--time', '--boottime', `-${agoS}`, '--fork'];
      // A busy machine takes its time to start a program.
      const overS = agoS + 3 * DELAY_S;
      await scene.start('a', `vrrp_delay_after_boot ${3 * DELAY_S}`, within);
      expect(uptimeS()).toBeLessThan(overS);
      await waitFor(() => scene.advertsOf(1).length > 0, { deadlineMs: 30_000, what: 'the first advert' });
      const ago = Date.now() / 1e3 - (scene.advertsOf(1)[0]?.atUs ?? 0) / 1e6;
      const heardAtS = uptimeS() - ago;
      expect(heardAtS).toBeGreaterThan(overS + DOWN_S - 0.05);
      expect(heardAtS).toBeLessThan(overS + DOWN_S + 1);
    },
    adverts: ['a150'],
  },
  {
    what: 'vrrp_delay_after_boot is over: the start is as ever',
    configurations: { a: instance({ number: 1, priority: 150, state: 'MASTER' }), b: '' },
    play: async (scene) => expectWait(await waited(scene, () => 'vrrp_delay_after_boot 0.5'), DOWN_S),
    adverts: ['a150'],
  },
];

tell(NEWER, [['relived', 'keepalived']]);
