/** Rows as log lines: what is told, to whom, and once. */
import { expect, test } from 'vitest';
import type { JournalRow } from '../engine/types.ts';
import { vrrpInput } from '../machines/vrrp/vrrp.fixture.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import { LogLines } from './log-lines.ts';

const state = (protocol: Json): Json => ({ protocol, addresses: 'absent', garp: 'idle' });

function row(changes: Partial<JournalRow>): JournalRow {
  return {
    ...{ seq: 1, monoUs: 0, wallUs: 0, kind: 'step', actor: 'vrrp/VI_1', machine: 'vrrp@2', cause: null },
    ...{ event: { type: 'none' }, effects: [], state: state('initialize'), delta: {} },
    ...changes,
  };
}

const started = row({
  kind: 'start',
  delta: { input: vrrpInput(), effectivePriority: 100, sourceAddress: '10.0.0.1' } as unknown as JsonObject,
});
const backup = row({ event: { type: 'instance.started' }, state: state({ backup: 'listening' }) });
const advert = (source: string, priority: number, changes: Partial<JournalRow> = {}): JournalRow =>
  row({
    event: { type: 'advert.received', source, priority },
    state: state({ backup: 'listening' }),
    ...changes,
  });
const follows = (source: string, advertIntervalUs: number): JsonObject => ({
  master: { source, priority: 200, advertIntervalUs, addresses: [] },
});

function linesOf(rows: readonly JournalRow[], detailed: boolean): string[] {
  const lines = new LogLines(detailed);
  return rows.flatMap((one) => lines.of(one));
}

test('a backup tells whom it follows in detail, and always whom it passes over', () => {
  const rows = [
    started,
    backup,
    advert('10.0.0.2', 200, { delta: follows('10.0.0.2', 1_000_000) }),
    advert('10.0.0.2', 200, { delta: follows('10.0.0.2', 500_000) }),
    advert('10.0.0.3', 210, { delta: follows('10.0.0.3', 500_000) }),
    advert('10.0.0.3', 0),
    advert('10.0.0.4', 50),
  ];
  expect(linesOf(rows, true)).toEqual([
    '(VI_1) Entering BACKUP STATE (init)',
    '(VI_1) master set to 10.0.0.2',
    '(VI_1) advertisement interval updated from 1000ms to 500ms by master',
    '(VI_1) master changed from 10.0.0.2 to 10.0.0.3',
    '(VI_1) Backup received priority 0 advertisement',
    '(VI_1) received lower priority (50) advert from 10.0.0.4 - discarding',
  ]);
  expect(linesOf(rows, false)).toEqual([
    '(VI_1) Entering BACKUP STATE (init)',
    '(VI_1) received lower priority (50) advert from 10.0.0.4 - discarding',
  ]);
});

test('a change of priority and a fault, in the order of keepalived', () => {
  const master = { state: state('master') };
  const rows = [
    started,
    backup,
    row({ event: { type: 'master.silent' }, ...master }),
    row({ event: { type: 'tracker.changed' }, delta: { effectivePriority: 90 }, ...master }),
    advert('10.0.0.1', 90, master),
    advert('10.0.0.2', 90, { state: state({ backup: 'listening' }) }),
    row({
      event: { type: 'link.down', interface: 'eth0' },
      state: state('fault'),
      effects: [{ type: 'sendAdvert', params: { priority: 0 } }],
    }),
    row({ actor: 'vrrp/VI_2', event: { type: 'link.down', interface: 'eth0' }, state: state('initialize') }),
  ];
  expect(linesOf(rows, false)).toEqual([
    '(VI_1) Entering BACKUP STATE (init)',
    '(VI_1) Entering MASTER STATE',
    '(VI_1) Changing effective priority from 100 to 90',
    '(VI_1) WARNING - equal priority advert received from remote host with our IP address.',
    '(VI_1) Master received advert from 10.0.0.2 with same priority 90 but higher IP address than ours',
    '(VI_1) Entering BACKUP STATE',
    'Netlink reports eth0 down',
    '(VI_1) Entering FAULT STATE',
  ]);
  expect(linesOf(rows, true).at(-1)).toBe('(VI_1) sent 0 priority');
});

test('a group tells what its members are to be, but not what they are at first', () => {
  const group = (name: string, kind: JournalRow['kind'] = 'step'): JournalRow =>
    row({ actor: 'group/G1', kind, state: name });
  const rows = [
    group('initialize', 'start'),
    group('backup'),
    group('backup'),
    group('master'),
    group('fault'),
    group('ended'),
  ];
  expect(linesOf(rows, true)).toEqual([
    'VRRP_Group(G1) Syncing instances to MASTER state',
    'VRRP_Group(G1) Syncing instances to FAULT state',
  ]);
});

test('facts about the program', () => {
  const note = (event: JournalRow['event']): JournalRow =>
    row({ kind: 'note', actor: 'relived', machine: null, event, state: null });
  const rows = [
    note({ type: 'notice.lost', channel: 'script', to: '/x', error: 'exit status 3' }),
    note({ type: 'notice.lost', channel: 'fifo', to: '/run/f', error: 'nobody reads it' }),
    note({ type: 'notice.resumed', to: '/run/f', lost: 3 }),
    note({ type: 'notice.lost', channel: 'mail', to: '[r1] s', error: 'no' }),
    note({ type: 'signal.received', signal: 'SIGTERM' }),
  ];
  expect(linesOf(rows, false)).toEqual([
    "script '/x' failed: exit status 3",
    'notify fifo /run/f: nobody reads it',
    'notify fifo /run/f is read again, 3 lines were lost',
    "mail '[r1] s' was not sent: no",
    'Stopping',
  ]);
});
