/** Faults and what comes after them, relived and Debian's keepalived on one LAN: the same holders and adverts, whoever is which. */
import { setTimeout as elapse } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import { ip } from '../harness/lan.ts';
import { instance, MIXED_PAIRS, type Scene, type Story, tell } from '../harness/scene.ts';

vi.setConfig({ maxConcurrency: 5 });

const T0 = 'track_interface {\n    t0\n  }';
const T0_WEIGHT = 'track_interface {\n    t0 weight -60\n  }';

async function setT0(scene: Scene, state: 'up' | 'down'): Promise<void> {
  await ip(scene.lan, 'a', 'link', 'set', 't0', state);
}

function group(more: string): string {
  return `vrrp_sync_group VG {\n  group {\n    VI_1\n    VI_2\n  }\n  ${more}\n}\n`;
}

function both(priority: number, first = '', second = ''): string {
  const one = instance({ number: 1, priority, extra: first });
  return one + instance({ number: 2, priority, extra: second });
}

function unicast(host: 'a' | 'b', priority: number, extra = ''): string {
  const [own, peer] = host === 'a' ? [1, 2] : [2, 1];
  const peers = `unicast_src_ip 10.77.0.${own}\n  unicast_peer {\n    10.77.0.${peer}\n  }`;
  return instance({ number: 1, priority, extra: `${peers}\n  ${extra}` });
}

/** `a` is the better one, and loses t0 for a while. */
async function loseT0(scene: Scene, addresses: string): Promise<void> {
  await scene.start('b');
  await scene.waitForHolder('b', addresses);
  await scene.start('a');
  await scene.waitForHolder('a', addresses);
  await setT0(scene, 'down');
  await scene.waitForHolder('b', addresses);
  await setT0(scene, 'up');
  await scene.waitForHolder('a', addresses);
}

/** Seconds from this instant to the first advert of `a` after it. */
async function untilHeardFromA(scene: Scene, sinceMs: number): Promise<number> {
  const next = () => scene.advertsOf(1).find(({ host, atUs }) => host === 'a' && atUs > sinceMs * 1_000);
  await waitFor(() => next() !== undefined, { deadlineMs: 20_000, what: 'an advert of a' });
  return (next()?.atUs ?? 0) / 1e6 - sinceMs / 1e3;
}

const STORIES: readonly Story[] = [
  {
    what: 'an owner that had a fault waits a whole Master_Down_Interval',
    configurations: {
      a: instance({ number: 1, priority: 255, state: 'MASTER', extra: T0 }),
      b: instance({ number: 1, priority: 100 }),
    },
    play: async (scene) => {
      await scene.start('a');
      await scene.waitForHolder('a', '101');
      await scene.start('b');
      await setT0(scene, 'down');
      await scene.waitForHolder('b', '101');
      const upMs = Date.now();
      await setT0(scene, 'up');
      const waited = await untilHeardFromA(scene, upMs);
      expect(waited).toBeGreaterThan(3);
      expect(waited).toBeLessThan(5);
      await scene.waitForHolder('a', '101');
    },
    adverts: ['a255 a0 b100 a255'],
  },
  {
    what: 'preempt_delay begins anew after a fault',
    configurations: {
      a: instance({ number: 1, priority: 150, extra: `preempt_delay 5\n  ${T0}` }),
      b: instance({ number: 1, priority: 100 }),
    },
    play: async (scene) => {
      await scene.start('b');
      await scene.waitForHolder('b', '101');
      await scene.start('a');
      await elapse(4_000);
      await setT0(scene, 'down');
      await elapse(1_000);
      const upMs = Date.now();
      await setT0(scene, 'up');
      const waited = await untilHeardFromA(scene, upMs);
      // From b's first advert on, and then until the last advert that was followed is too old.
      expect(waited).toBeGreaterThan(5 + 2);
      expect(waited).toBeLessThan(1 + 5 + 4);
      await scene.waitForHolder('a', '101');
    },
    adverts: ['b100 a150'],
  },
  {
    what: 'a configured source without track_src_ip need not be there',
    configurations: {
      a: instance({ number: 1, priority: 150, extra: 'mcast_src_ip 10.77.0.11' }),
      b: instance({ number: 1, priority: 100 }),
    },
    play: async (scene) => {
      const source = (verb: string) => ip(scene.lan, 'a', 'addr', verb, '10.77.0.11/24', 'dev', 'eth0');
      await source('add');
      await scene.start('a');
      await scene.waitForHolder('a', '101');
      await scene.start('b');
      await source('del');
      await elapse(5_000);
      await scene.waitForHolder('a', '101');
    },
    adverts: ['a150'],
  },
  {
    what: 'a tracker of a sync group without a weight is a fault of every member',
    configurations: { a: group(T0) + both(150), b: group('') + both(100) },
    play: (scene) => loseT0(scene, '101 102'),
    adverts: ['b100 a150 a0 b100 a150', 'b100 a150 a0 b100 a150'],
  },
  {
    what: 'sync_group_tracking_weight: the weights of members count',
    configurations: {
      a: group('sync_group_tracking_weight') + both(150, T0_WEIGHT, T0_WEIGHT),
      b: group('sync_group_tracking_weight') + both(100),
    },
    play: (scene) => loseT0(scene, '101 102'),
    adverts: ['b100 a150 a90 b100 a150', 'b100 a150 a90 b100 a150'],
  },
  {
    what: 'weights of interfaces that members follow count without sync_group_tracking_weight, too',
    configurations: { a: group('') + both(150, T0_WEIGHT, T0_WEIGHT), b: group('') + both(100) },
    play: (scene) => loseT0(scene, '101 102'),
    adverts: ['b100 a150 a90 b100 a150', 'b100 a150 a90 b100 a150'],
  },
  {
    what: 'sync_group_tracking_weight: one member of lower priority does not part the group',
    configurations: {
      a: group('sync_group_tracking_weight') + both(150, T0_WEIGHT),
      b: group('sync_group_tracking_weight') + both(100),
    },
    play: async (scene) => {
      await scene.start('a');
      await scene.waitForHolder('a', '101 102');
      await scene.start('b');
      await setT0(scene, 'down');
      await waitFor(() => scene.adverts(1).endsWith('a90'), {
        deadlineMs: 5_000,
        what: 'the lower priority',
      });
      await elapse(5_000);
      await scene.waitForHolder('a', '101 102');
      await setT0(scene, 'up');
      await waitFor(() => scene.adverts(1).endsWith('a150'), {
        deadlineMs: 5_000,
        what: 'the priority again',
      });
    },
    adverts: ['a150 a90 a150', 'a150'],
  },
  {
    what: 'after a fault a unicast router tells once where its own address is',
    configurations: { a: unicast('a', 150, T0), b: unicast('b', 100) },
    play: async (scene) => {
      await loseT0(scene, '101');
      expect(scene.garps('10.77.0.1').map(({ host }) => host)).toEqual(['a']);
      expect(scene.garps('10.77.0.2')).toEqual([]);
    },
    adverts: ['b100 a150 a0 b100 a150'],
  },
  {
    what: 'a unicast router that waits for the first result of a script tells it when it starts',
    configurations: {
      a: `vrrp_script chk {\n  script "/bin/sleep 1"\n  interval 3\n}\n${unicast('a', 150, 'track_script {\n    chk\n  }')}`,
      b: unicast('b', 100),
    },
    play: async (scene) => {
      await scene.start('a', 'script_user root');
      await scene.waitForHolder('a', '101');
      await scene.start('b');
      await scene.waitForHolder('a', '101');
      expect(scene.garps('10.77.0.1').map(({ host }) => host)).toEqual(['a']);
      expect(scene.garps('10.77.0.2')).toEqual([]);
    },
    adverts: ['a150'],
  },
];

/** Longer than it takes a backup to become master. */
async function pause(scene: Scene): Promise<void> {
  await scene.start('a');
  await scene.waitForHolder('a', '101');
  await scene.start('b');
  scene.pause('a');
  await waitFor(async () => (await scene.held('b')) === '101', { deadlineMs: 10_000, what: 'b takes over' });
  scene.resume('a');
}

const STALLED: Story = {
  what: 'a master that did not run for a while comes back as the master it was',
  configurations: {
    a: instance({ number: 1, priority: 150, state: 'MASTER' }),
    b: instance({ number: 1, priority: 100 }),
  },
  play: async (scene) => {
    await pause(scene);
    await scene.waitForHolder('a', '101');
  },
  adverts: ['a150 b100 a150'],
};

tell([...STORIES, STALLED], MIXED_PAIRS);

/** keepalived does not notice that the source address is gone, and Debian's does not know timer_expired_backup yet. */
const OURS: readonly Story[] = [
  {
    what: 'track_src_ip: without its source address a router has a fault',
    configurations: {
      a: instance({ number: 1, priority: 150, extra: 'mcast_src_ip 10.77.0.11\n  track_src_ip' }),
      b: instance({ number: 1, priority: 100 }),
    },
    play: async (scene) => {
      const source = (verb: string) => ip(scene.lan, 'a', 'addr', verb, '10.77.0.11/24', 'dev', 'eth0');
      await source('add');
      await scene.start('a');
      await scene.waitForHolder('a', '101');
      await scene.start('b');
      await source('del');
      await scene.waitForHolder('b', '101');
      await elapse(4_500);
      await scene.waitForHolder('b', '101');
      await source('add');
      await scene.waitForHolder('a', '101');
    },
    adverts: ['a150 a0 b100 a150'],
  },
  {
    what: 'timer_expired_backup: a master that did not run gives way to the one that took over meanwhile',
    configurations: {
      a: instance({ number: 1, priority: 150, extra: 'nopreempt\n  timer_expired_backup 100' }),
      b: instance({ number: 1, priority: 100 }),
    },
    play: async (scene) => {
      await pause(scene);
      await scene.waitForHolder('b', '101');
      await elapse(5_000);
      await scene.waitForHolder('b', '101');
    },
    adverts: ['a150 b100'],
  },
];

tell(OURS, [['relived', 'keepalived']]);
