/** What instances follow fails. */
import type { ChildProcess } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { instance, script } from '../configurations.ts';
import type { Script } from '../incident.ts';
import type { Stage } from '../stage.ts';
import { AB, PEACE_MS, peace } from './common.ts';

/** Exits with the number in a file, and says why; `hang` does not end. */
function checkScript(stage: Stage): { readonly path: string; readonly become: (code: string) => void } {
  const state = stage.write('state', '0\n');
  const text = `#!/bin/sh\nread -r code < ${state}\n[ "$code" = hang ] && sleep 60\n[ "$code" = 0 ] || echo "backend says $code"\nexit "$code"\n`;
  return { path: stage.write('check', text, 0o755), become: (code) => stage.write('state', `${code}\n`) };
}

const FOLLOW = 'track_script {\n    chk\n  }';
const ended = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => child.once('close', resolve));

async function scriptStory(stage: Stage, more: string, code: string): Promise<void> {
  const check = checkScript(stage);
  await peace(stage, { a: { before: script(check.path, more), extra: FOLLOW } });
  check.become(code);
  await stage.untilHeld('b');
  await stage.untilGone('a');
}

export const trackers: Readonly<Record<string, Script>> = {
  'script-fails': { hosts: AB, play: (stage) => scriptStory(stage, '', '3') },
  'script-times-out': { hosts: AB, play: (stage) => scriptStory(stage, '', 'hang') },
  'script-costs-priority': { hosts: AB, play: (stage) => scriptStory(stage, 'weight -60', '7') },
  'script-flaps': {
    hosts: AB,
    async play(stage) {
      const check = checkScript(stage);
      await peace(stage, { a: { before: script(check.path), extra: FOLLOW } });
      for (const code of ['1', '0', '1']) {
        check.become(code);
        await (code === '0' ? stage.untilHeld('a') : stage.untilGone('a'));
      }
      await stage.untilHeld('b');
    },
  },
  'script-of-backup-raises-it': {
    hosts: AB,
    async play(stage) {
      const check = checkScript(stage);
      check.become('1');
      await peace(stage, { b: { before: script(check.path, 'weight 80'), extra: FOLLOW } });
      check.become('0');
      await stage.untilHeld('b');
      await stage.untilGone('a');
    },
  },
  'file-costs-priority': {
    hosts: AB,
    async play(stage) {
      const file = stage.write('maintenance', '0\n');
      const before = `track_file maintenance {\n  file ${file}\n  weight 1\n}\n`;
      await peace(stage, { a: { before, extra: 'track_file {\n    maintenance\n  }' } });
      stage.write('maintenance', '-60\n');
      await stage.untilHeld('b');
      await stage.untilGone('a');
    },
  },
  'process-dies': {
    hosts: AB,
    async play(stage) {
      const program = stage.write('proxyd', '', 0o755);
      copyFileSync('/bin/sleep', program);
      const child = stage.lan.spawn('a', [program, '600']);
      const gone = ended(child);
      const before = 'vrrp_track_process proxy {\n  process proxyd\n}\n';
      await peace(stage, { a: { before, extra: 'track_process {\n    proxy\n  }' } });
      child.kill('SIGKILL');
      await gone;
      await stage.untilHeld('b');
      await stage.untilGone('a');
    },
  },
  'tracked-interface-down': {
    hosts: AB,
    async play(stage) {
      await stage.ip('a', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up1');
      for (const name of ['up0', 'up1']) await stage.ip('a', 'link', 'set', name, 'up');
      await peace(stage, { a: { extra: 'track_interface {\n    up0\n  }' } });
      await stage.ip('a', 'link', 'set', 'up1', 'down');
      await stage.untilHeld('b');
      await stage.untilGone('a');
    },
  },
  'bfd-session-down': {
    hosts: ['a', 'b', 'u'],
    async play(stage) {
      const session = (name: string, to: string): string =>
        `bfd_instance ${name} {\n  neighbor_ip ${stage.lan.address(to)}\n  min_rx 200\n  min_tx 200\n  multiplier 4\n}\n`;
      await stage.start('u', session('router', 'a'), 'keepalived');
      const extra = 'track_bfd {\n    uplink\n  }';
      await stage.start('a', session('uplink', 'u') + instance(150, { extra }));
      await stage.untilHeld('a');
      await stage.start('b', instance(100));
      await stage.untilLogged('b', 'Entering BACKUP STATE');
      await stage.pass(PEACE_MS);
      await stage.kill('u');
      await stage.untilHeld('b');
      await stage.untilGone('a');
    },
  },
  'sync-group-follows': {
    hosts: AB,
    async play(stage) {
      const check = checkScript(stage);
      const second = { name: 'VI_2', id: 52, address: '10.77.0.102' };
      const group = 'vrrp_sync_group G {\n  group {\n    VI_1\n    VI_2\n  }\n}\n';
      const both = (priority: number, follow: string): string =>
        group + instance(priority) + instance(priority, { ...second, extra: follow });
      await stage.start('a', script(check.path) + both(150, FOLLOW));
      await stage.untilHeld('a', '10.77.0.102');
      await stage.start('b', both(100, ''));
      await stage.untilLogged('b', /VI_2\) Entering BACKUP STATE/);
      await stage.pass(PEACE_MS);
      check.become('1');
      await stage.untilHeld('b');
      await stage.untilGone('a');
    },
  },
};
