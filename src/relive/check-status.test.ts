import { expect, it } from 'vitest';
import { type VirtualServerStatus, virtualServerTable } from './check-status.ts';
import { effectsInWords, eventInWords, stateInWords } from './words.ts';

const CHECK = {
  kind: 'tcp',
  state: { passing: 'retrying' },
  last: { outcome: 'failed', code: 'L4CON', detail: '' },
  retriesUsed: 2,
  retry: 3,
  isRunning: false,
  endedAgoUs: 1_500_000,
  dueInUs: 500_000,
};

const STATUS = { outcome: 'failed', code: 'L7STS', detail: 'status 503' };

it('shows each virtual server, its real servers, and a line for every check of those', () => {
  const status: VirtualServerStatus = {
    ...{ name: '[10.0.0.1]:tcp:80', weight: 3, quorum: 2, table: { wanted: 3, standing: 2 } },
    state: { table: 'applying', quorum: 'up' },
    realServers: [
      {
        ...{ name: '[10.0.0.2]:tcp:80', state: 'up', weight: 3 },
        checkers: [
          CHECK,
          { ...CHECK, state: 'untried', last: null, endedAgoUs: null, isRunning: true },
          { ...CHECK, kind: 'http', state: 'failing', last: STATUS },
        ],
      },
      { name: '[10.0.0.3]:tcp:80', state: 'up', weight: 1, checkers: [] },
    ],
  };
  expect(virtualServerTable([status]).slice(1)).toEqual([
    ['[10.0.0.1]:tcp:80', '', 'up', '3 of 2', 'table: 2 of 3 entries', '', ''],
    [
      ...['', '[10.0.0.2]:tcp:80', 'up', '3'],
      ...['tcp passing (retrying), 2 of 3 retries', 'L4CON, 1.5 s ago', 'in 500 ms'],
    ],
    ['', '', '', '', 'tcp untried', '-', 'now'],
    ['', '', '', '', 'http failing', 'L7STS: status 503, 1.5 s ago', 'in 500 ms'],
    ['', '[10.0.0.3]:tcp:80', 'up', '1', '-', '-', '-'],
  ]);
});

it('tells what becomes of the table of the kernel', () => {
  const counts = { added: 2, changed: 0, removed: 1 };
  expect(eventInWords({ type: 'table.applied', ...counts })).toMatch(/: 2 added, 1 removed$/);
  const errors = [{ command: 'X', error: 'ENOENT', entry: 'FWM 5' }];
  expect(eventInWords({ type: 'table.refused', ...counts, refused: 3, errors })).toMatch(
    /3 of its table: ENOENT for FWM 5$/,
  );
  expect(eventInWords({ type: 'table.drifted', entries: ['a missing', 'b changed'] })).toMatch(
    /: a missing, and 1 more$/,
  );
  const changes = [{ place: 0, server: '10.0.0.2 80', weight: null }];
  expect(effectsInWords([{ type: 'setDestinations', params: { changes } }])).toBe('set 10.0.0.2 80 away');
  expect(stateInWords({ table: 'applied', quorum: 'up' })).toBe('up (applied)');
});

it('tells what a probe came to, and what that means', () => {
  const report = {
    type: 'probe.reported',
    outcome: 'failed',
    code: 'L4TOUT',
    detail: '',
    durationUs: 5_000_000,
  };
  expect(eventInWords(report)).toMatch(/^probe failed after .*: L4TOUT$/);
  const ofPage = { ...report, code: 'L7STS', detail: 'status 503', page: 1 };
  expect(eventInWords(ofPage)).toMatch(/^probe of url 2 failed after .*: L7STS, status 503$/);
  const checker = 'checker/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80/1';
  expect(eventInWords({ type: 'checker.changed', checker, passed: false })).toBe(
    'check [10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80/1 fails',
  );
});
