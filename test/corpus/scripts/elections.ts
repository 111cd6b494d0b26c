/** Who is the better one, and who may say so. */
import { instance } from '../configurations.ts';
import type { Script } from '../incident.ts';
import { AB, ofA, ofB, PEACE_MS, peace } from './common.ts';

export const elections: Readonly<Record<string, Script>> = {
  preemption: {
    hosts: AB,
    async play(stage) {
      await stage.start('b', ofB());
      await stage.untilHeld('b');
      await stage.pass(PEACE_MS);
      await stage.start('a', ofA());
      await stage.untilGone('b');
    },
  },
  'preemption-with-delay': {
    hosts: AB,
    async play(stage) {
      await stage.start('b', ofB());
      await stage.untilHeld('b');
      await stage.start('a', ofA({ a: { extra: 'preempt_delay 3' } }));
      await stage.untilLogged('a', 'Entering BACKUP STATE');
      await stage.pass(PEACE_MS);
      stage.moment('waiting');
      await stage.untilGone('b');
    },
  },
  nopreempt: {
    hosts: AB,
    async play(stage) {
      await stage.start('b', ofB());
      await stage.untilHeld('b');
      await stage.start('a', ofA({ a: { extra: 'nopreempt' } }));
      await stage.untilLogged('a', 'Entering BACKUP STATE');
      await stage.pass(3_000);
    },
  },
  'equal-priorities': {
    hosts: ['a', 'b', 'c'],
    async play(stage) {
      await stage.start('a', instance(150));
      await stage.untilHeld('a');
      for (const host of ['b', 'c']) {
        await stage.start(host, instance(100));
        await stage.untilLogged(host, 'Entering BACKUP STATE');
      }
      await stage.pass(PEACE_MS);
      await stage.kill('a');
      await stage.untilHeld('c');
      await stage.untilGone('b');
      await stage.pass(500);
    },
  },
  'three-routers': {
    hosts: ['a', 'b', 'c'],
    async play(stage) {
      await stage.start('a', instance(150));
      await stage.untilHeld('a');
      await stage.start('b', instance(100));
      await stage.start('c', instance(50));
      await stage.untilLogged('c', 'Entering BACKUP STATE');
      await stage.pass(PEACE_MS);
      await stage.kill('a');
      await stage.untilHeld('b');
      await stage.pass(PEACE_MS);
    },
  },
  'other-pair-with-our-id': {
    hosts: ['a', 'c'],
    async play(stage) {
      await stage.start('a', instance(150));
      await stage.untilHeld('a');
      await stage.pass(PEACE_MS);
      await stage.start('c', instance(200, { address: '10.77.0.180' }), 'keepalived');
      await stage.untilGone('a');
    },
  },
  'priority-changed-by-reload': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.reload('a', instance(90));
      await stage.untilHeld('b');
      await stage.untilGone('a');
    },
  },
  'instance-removed-by-reload': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.reload('a', instance(150, { name: 'VI_9', id: 59, address: '10.77.0.109' }));
      await stage.untilHeld('b');
    },
  },
  'id-changed-by-reload': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.reload('a', instance(150, { id: 52 }));
      await stage.untilHeld('b');
      await stage.pass(500);
    },
  },
};
