/** Masters that hear of another one, relived and Debian's keepalived in the same role: when they answer, and whom they tell. */
import { setTimeout as elapse } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import { type Heard, instance, MIXED_PAIRS, type Scene, type Story, tell } from '../harness/scene.ts';

vi.setConfig({ maxConcurrency: 5 });

const VIRTUAL = '10.77.0.101';
const STRANGER = '10.77.0.3';
/** Long, so that an answer cannot be taken for an advert that was due. */
const INTERVAL = 2;
const BURSTS =
  'garp_master_repeat 1\n  garp_master_delay 0\n  garp_lower_prio_repeat 2\n  garp_lower_prio_delay 2';

async function heard(scene: Scene, count: number, what: string): Promise<void> {
  const enough = () => scene.advertsOf(1).length >= count;
  await waitFor(enough, { deadlineMs: 20_000, what: `${count} adverts: ${what}` });
}

/** A lower priority soon after the first advert of a master; gives when that was. */
async function contest(scene: Scene, globals = ''): Promise<number> {
  await scene.prepareToForge();
  await scene.start('a', globals);
  await heard(scene, 1, 'its first one');
  await elapse(500);
  return scene.forge({ priority: 50, source: STRANGER, advertIntervalUs: INTERVAL * 1e6 });
}

/** Whole seconds from an instant to what was heard after it. */
function secondsAfter(atMs: number, heardFrom: readonly Heard[]): readonly number[] {
  return heardFrom
    .map(({ atUs }) => atUs / 1e6 - atMs / 1e3)
    .filter((s) => s > 0)
    .map(Math.round);
}

/** Two gratuitous ARPs at once, and two after two seconds: together with the next advert, or just behind it. */
async function toldTwice(scene: Scene, atMs: number): Promise<void> {
  const garps = (): readonly number[] => secondsAfter(atMs, scene.garps(VIRTUAL));
  await waitFor(() => garps().length >= 4, { deadlineMs: 10_000, what: 'the second burst' });
  expect(garps()).toEqual([0, 0, 2, 2]);
}

/** Whole seconds between adverts. */
function period(scene: Scene): readonly number[] {
  const times = scene.advertsOf(1).map(({ atUs }) => atUs);
  return times.slice(1).map((at, index) => Math.round((at - (times[index] ?? 0)) / 1e6));
}

function master(extra: string) {
  const settings = { number: 1, priority: 150, state: 'MASTER', advertInt: INTERVAL, extra } as const;
  return { a: instance(settings), b: '' };
}

const STORIES: readonly Story[] = [
  {
    what: 'a lower priority is answered at once, and the LAN is told twice where the address is',
    configurations: master(BURSTS),
    play: async (scene) => {
      const at = await contest(scene);
      await heard(scene, 3, 'the answer, and the next one');
      expect(secondsAfter(at, scene.advertsOf(1))).toEqual([0, INTERVAL]);
      await toldTwice(scene, at);
    },
    adverts: ['a150'],
  },
  {
    what: 'lower_prio_no_advert: no answer, but the LAN is told',
    configurations: master(`lower_prio_no_advert\n  ${BURSTS}`),
    play: async (scene) => {
      const at = await contest(scene);
      await heard(scene, 3, 'the next two');
      expect(period(scene)).toEqual([INTERVAL, INTERVAL]);
      await toldTwice(scene, at);
    },
    adverts: ['a150'],
  },
  {
    what: 'garp_lower_prio_repeat 0: an answer without gratuitous ARPs',
    configurations: master(`${BURSTS}\n  garp_lower_prio_repeat 0`),
    play: async (scene) => {
      const at = await contest(scene);
      await heard(scene, 3, 'the answer, and the next one');
      expect(secondsAfter(at, scene.advertsOf(1))).toEqual([0, INTERVAL]);
      expect(secondsAfter(at, scene.garps(VIRTUAL))).toEqual([]);
    },
    adverts: ['a150'],
  },
  {
    what: 'vrrp_strict: no answer and no gratuitous ARPs, whatever the instance says',
    configurations: {
      a: instance({ number: 1, priority: 150, advertInt: INTERVAL, extra: BURSTS }),
      b: '',
    },
    play: async (scene) => {
      const at = await contest(scene, 'vrrp_strict');
      await heard(scene, 3, 'the next two');
      expect(period(scene)).toEqual([INTERVAL, INTERVAL]);
      expect(secondsAfter(at, scene.garps(VIRTUAL))).toEqual([]);
    },
    adverts: ['a150'],
  },
];

tell(STORIES, MIXED_PAIRS);
