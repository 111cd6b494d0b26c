import { expect, it } from 'vitest';
import { parseStartNote, type StartPlanContent, startPlanLines } from './start-plan.ts';

const PLAN: StartPlanContent = {
  place: '/var/lib/relived/journal.start',
  words: 'aa',
  configuration: 'bb',
  conditions: [
    { kind: 'host', name: 'router' },
    { kind: 'directory', path: '/' },
    { kind: 'file', digest: 'cc', path: '/etc/a b' },
    { kind: 'listing', digest: 'dd', path: '/etc/d' },
    { kind: 'absent', path: '/etc/none' },
    { kind: 'real', path: '/etc', real: '/usr/etc' },
    { kind: 'variable', digest: 'ee', name: 'SITE' },
    { kind: 'unset', name: 'REGION' },
  ],
  pidFiles: ['/run/keepalived.pid'],
  namespace: '/run/netns/lvs',
  services: [Uint8Array.of(1, 1, 0, 255)],
  servers: [Uint8Array.of(5, 1)],
};

it('is a line for each thing', () => {
  expect(startPlanLines(PLAN)).toEqual([
    'place /var/lib/relived/journal.start',
    'words aa',
    'host router',
    'directory /',
    'file cc /etc/a b',
    'listing dd /etc/d',
    'absent /etc/none',
    'real /etc\t/usr/etc',
    'variable ee SITE',
    'unset REGION',
    'configuration bb',
    'pid-file /run/keepalived.pid',
    'namespace /run/netns/lvs',
    'service 010100ff',
    'server 0501',
  ]);
});

it('is none where a name would be two lines', () => {
  expect(startPlanLines({ ...PLAN, conditions: [{ kind: 'absent', path: '/a\nservice 01' }] })).toBeNull();
  expect(startPlanLines({ ...PLAN, pidFiles: ['/a\tb'] })).toBeNull();
});

it('reads what the starter says', () => {
  const digest = 'ab'.repeat(32);
  expect(parseStartNote(`set 1700000000000000 21000 2 20 4711 ${digest}`, 1_700_000_000_500_000)).toEqual({
    note: {
      type: 'startPlan.used',
      ...{ setAtUs: 1_700_000_000_000_000, agoUs: 500_000, tookUs: 21_000 },
      ...{ services: 2, servers: 20, configuration: digest },
    },
    guard: 4711,
  });
  expect(parseStartNote('unused the table is not empty', 0)).toEqual({
    note: { type: 'startPlan.unused', reason: 'the table is not empty' },
    guard: null,
  });
  for (const text of ['', 'set', `set 1 2 3 4 5 ${digest}x`, `set -1 2 3 4 5 ${digest}`])
    expect(parseStartNote(text, 0), text).toBeNull();
});
