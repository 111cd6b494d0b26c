/** Routers that are killed, stopped or kept from running. */
import { instance } from '../configurations.ts';
import type { Script } from '../incident.ts';
import { AB, ofA, PEACE_MS, peace } from './common.ts';

export const processes: Readonly<Record<string, Script>> = {
  'master-killed': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.kill('a');
      await stage.untilHeld('b');
    },
  },
  'master-killed-and-back': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.kill('a');
      await stage.untilHeld('b');
      stage.moment('taken');
      await stage.start('a', ofA());
      await stage.untilGone('b');
    },
  },
  'master-stopped': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await stage.stop('a');
      await stage.untilHeld('b');
    },
  },
  'master-paused': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      stage.pause('a');
      await stage.untilHeld('b');
      await stage.pass(700);
      stage.moment('taken');
      stage.resume('a');
      await stage.untilGone('b');
    },
  },
  'backup-machine-paused': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      // A machine that stands still hears nothing: what comes meanwhile waits for nobody.
      await stage.lan.block('b', 'in');
      stage.pause('b');
      await stage.pass(3_000);
      stage.resume('b');
      await stage.untilHeld('b');
      stage.moment('taken');
      await stage.lan.heal('b');
      await stage.untilGone('b');
    },
  },
  'both-machines-paused': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      for (const host of AB) {
        await stage.lan.block(host);
        stage.pause(host);
      }
      await stage.pass(3_000);
      for (const host of AB) await stage.lan.heal(host);
      stage.resume('b');
      await stage.untilHeld('b');
      await stage.pass(300);
      stage.resume('a');
      await stage.untilGone('b');
    },
  },
  'killed-while-the-backup-was-paused': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      stage.pause('b');
      await stage.kill('a');
      await stage.pass(3_000);
      stage.resume('b');
      await stage.untilHeld('b');
      await stage.pass(PEACE_MS);
      stage.moment('taken');
      await stage.start('a', ofA());
      await stage.untilGone('b');
    },
  },
  'backup-paused-alone': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      stage.pause('b');
      await stage.pass(3_000);
      stage.resume('b');
      await stage.pass(PEACE_MS);
    },
  },
  'power-cut-of-both': {
    hosts: AB,
    async play(stage) {
      await peace(stage);
      await Promise.all([stage.kill('a'), stage.kill('b')]);
      await stage.pass(500);
      await stage.start('a', ofA());
      await stage.until(() => stage.log('a').split('Entering MASTER STATE').length > 2, 'a master again');
      await stage.pass(PEACE_MS);
    },
  },
  'first-start': {
    hosts: ['a'],
    async play(stage) {
      await stage.start('a', ofA());
      await stage.untilHeld('a');
      await stage.pass(500);
    },
  },
  'startup-delay': {
    hosts: ['a'],
    async play(stage) {
      await stage.start('a', ofA(), 'relived', 'vrrp_startup_delay 20');
      await stage.pass(PEACE_MS);
    },
  },
  'keepalived-killed': {
    hosts: AB,
    async play(stage) {
      await peace(stage, { master: 'keepalived' });
      await stage.kill('a');
      await stage.untilHeld('b');
    },
  },
  'keepalived-stopped': {
    hosts: AB,
    async play(stage) {
      await peace(stage, { master: 'keepalived' });
      await stage.stop('a');
      await stage.untilHeld('b');
    },
  },
  'keepalived-returns': {
    hosts: AB,
    async play(stage) {
      await stage.start('b', instance(100));
      await stage.untilHeld('b');
      await stage.start('a', ofA(), 'keepalived');
      await stage.untilGone('b');
    },
  },
};
