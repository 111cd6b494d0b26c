import { expect, test } from 'vitest';
import { instance, read } from './config.fixture.ts';
import { type NoticeMachine, type NoticePlan, noticePlan } from './notices.ts';

const UIDS: Readonly<Record<string, number>> = { root: 0, nobody: 99, u: 1000 };
const MACHINE: NoticeMachine = {
  user: (name) => (name in UIDS ? { uid: UIDS[name] ?? 0, gid: 5 } : null),
  group: (name) => (name === 'g' ? 77 : null),
  groupsOf: () => [],
  hostName: () => 'r1.example.org',
  userName: () => 'root',
};
const ROOT = { uid: 0, gid: 0, groups: [0] };

function planOf(text: string): NoticePlan {
  const { config, diagnostics } = read(text);
  if (config === null) throw new Error(JSON.stringify(diagnostics, null, 1));
  return noticePlan(config, MACHINE);
}

const scriptOf = (...command: string[]) => ({ command, identity: ROOT });

test('each instance and group has its scripts by state', () => {
  const { instances, groups } = planOf(
    `vrrp_sync_group G1 {\ngroup {\nVI_1\n}\nnotify "/g any"\nnotify_fault /gf\nsmtp_alert\n}\n${instance(
      'notify_master "/m a" nobody\nnotify_backup /b\nnotify_stop /s\nnotify_deleted /d\nnotify_master_rx_lower_pri /l\nnotify /any',
    )}`,
  );
  expect(instances.get('VI_1')).toEqual({
    scripts: {
      MASTER: { command: ['/m', 'a'], identity: { uid: 99, gid: 5, groups: [5] } },
      BACKUP: scriptOf('/b'),
      STOP: scriptOf('/s'),
      DELETED: scriptOf('/d'),
      MASTER_RX_LOWER_PRI: scriptOf('/l'),
    },
    generic: scriptOf('/any'),
    mail: false,
  });
  expect(groups.get('G1')).toEqual({
    scripts: { FAULT: scriptOf('/gf') },
    generic: scriptOf('/g', 'any'),
    mail: true,
  });
});

test('a script or a FIFO of a user who does not exist is left out', () => {
  const globals = 'global_defs {\nnotify_fifo /run/a eve\n}\n';
  const plan = planOf(`${globals}${instance('notify_master /m eve')}`);
  expect([plan.instances.get('VI_1')?.scripts, plan.fifos]).toEqual([{}, []]);
});

test('without anything to tell there is nothing to do', () => {
  const plan = planOf(instance('notify_deleted'));
  expect(plan.instances.get('VI_1')).toEqual({ scripts: {}, generic: null, mail: false });
  expect([plan.fifos, plan.mail]).toEqual([[], null]);
});

test('FIFOs with their owners and scripts; one that is named twice is written once', () => {
  const both = 'notify_fifo /run/a u g\nnotify_fifo_script "/r x" root\nvrrp_notify_fifo';
  expect(planOf(`global_defs {\n${both} /run/b\n}\n${instance()}`).fifos).toEqual([
    {
      keyword: 'notify_fifo',
      path: '/run/a',
      uid: 1000,
      gid: 77,
      script: { command: ['/r', 'x'], identity: { uid: 0, gid: 5, groups: [5] } },
    },
    { keyword: 'vrrp_notify_fifo', path: '/run/b', uid: 0, gid: 0, script: null },
  ]);
  expect(planOf(`global_defs {\n${both} /run/a\n}\n${instance()}`).fifos).toHaveLength(1);
});

test('servers have their scripts by actor, and virtual servers a FIFO of their own', () => {
  const real = 'real_server 10.0.0.2 80 {\nnotify_down "/d x" nobody\nTCP_CHECK {\n}\n}';
  const virtual = `virtual_server 10.0.0.1 80 {\nprotocol TCP\nlvs_sched rr\nquorum_up /q\n${real}\n}`;
  const fifos = 'notify_fifo /run/a\nvrrp_notify_fifo /run/v\nlvs_notify_fifo /run/l u g';
  const plan = planOf(`global_defs {\n${fifos}\n}\n${virtual}`);
  expect([...plan.servers]).toEqual([
    ['virtual/[10.0.0.1]:tcp:80', { up: scriptOf('/q'), down: null }],
    [
      'real/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80',
      { up: null, down: { command: ['/d', 'x'], identity: { uid: 99, gid: 5, groups: [5] } } },
    ],
  ]);
  expect(plan.fifos.map(({ keyword, path, uid }) => [keyword, path, uid])).toEqual([
    ['notify_fifo', '/run/a', 0],
    ['vrrp_notify_fifo', '/run/v', 0],
    ['lvs_notify_fifo', '/run/l', 1000],
  ]);
});

test('mail needs a relay and a recipient, and takes the names of the machine where none is given', () => {
  const mail = 'smtp_server 192.0.2.25\nnotification_email {\na@example.org\n"B C <b@example.org>"\n}';
  expect(planOf(`global_defs {\n${mail}\n}\n${instance()}`).mail).toEqual({
    server: { host: '192.0.2.25', port: 25 },
    recipients: ['a@example.org', 'B C <b@example.org>'],
    from: 'root@r1.example.org',
    heloName: 'r1.example.org',
    timeoutUs: 30_000_000,
    routerId: 'r1.example.org',
    faults: true,
  });
  const named = `${mail}\nrouter_id R\nsmtp_helo_name h\nnotification_email_from f@x\nsmtp_connect_timeout 5\nno_email_faults`;
  expect(planOf(`global_defs {\n${named}\n}\n${instance()}`).mail).toMatchObject({
    from: 'f@x',
    heloName: 'h',
    timeoutUs: 5_000_000,
    routerId: 'R',
    faults: false,
  });
  expect(planOf(`global_defs {\nsmtp_server 192.0.2.25\n}\n${instance()}`).mail).toBeNull();
});
