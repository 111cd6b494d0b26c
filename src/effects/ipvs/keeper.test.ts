/** What is told of the requests that IPVS has once, and when. */
import { expect, it } from 'vitest';
import type { ActorEvent } from '../../engine/types.ts';
import type { IpvsEffect } from '../../machines/ipvs/ipvs.effects.ts';
import { createIpvsExecutor } from './keeper.ts';

const START = 'IP_VS_SO_SET_STARTDAEMON(1163)';
const SET = 'IP_VS_SO_SET_TIMEOUT(1162)';
const BEFORE = { tcpSeconds: 300, tcpFinSeconds: 120, udpSeconds: 300 };
const daemon = { interface: 'eth9', syncId: 51 };

/** `perform` gives what is told when the kernel answers so. */
function keeper() {
  let answer: string | null = null;
  const told: ActorEvent[] = [];
  const requests = { ask: () => [answer], timeouts: () => BEFORE };
  const executor = createIpvsExecutor(requests, { flush: () => answer });
  return (effect: IpvsEffect, error: string | null): readonly ActorEvent[] => {
    answer = error;
    executor.perform('ipvs/table', effect as never, 1, (_, event) => told.push(event));
    return told.splice(0);
  };
}

const start = (role: 'master' | 'backup', again = false): IpvsEffect => ({
  type: 'startSync',
  params: { role, daemon, ...(again ? { again: true } : {}) },
});
const refused = (what: 'master' | 'backup', error: string) => ({
  type: 'ipvs.refused',
  ...{ command: START, error, what },
});

it('tells nothing of what is done at once', () => {
  const perform = keeper();
  expect(perform(start('master'), null)).toEqual([]);
  expect(perform({ type: 'stopSync', params: { role: 'master', quietly: false } }, null)).toEqual([]);
  expect(perform({ type: 'flushTable', params: {} }, null)).toEqual([]);
});

it('tells of what is asked for again only what is otherwise than told last', () => {
  const perform = keeper();
  expect(perform(start('backup'), 'ENODEV')).toEqual([refused('backup', 'ENODEV')]);
  expect(perform(start('backup', true), 'ENODEV')).toEqual([]);
  expect(perform(start('backup', true), 'ENOMEM')).toEqual([refused('backup', 'ENOMEM')]);
  expect(perform(start('backup', true), 'ENOMEM')).toEqual([]);
  const accepted = { type: 'ipvs.accepted', command: START, what: 'backup' };
  expect(perform(start('backup', true), null)).toEqual([accepted]);
});

it('tells of each refusal of what is asked for anew, and keeps roles apart', () => {
  const perform = keeper();
  for (let times = 0; times < 2; times++)
    expect(perform(start('backup'), 'ENODEV')).toEqual([refused('backup', 'ENODEV')]);
  expect(perform(start('master', true), 'ENODEV')).toEqual([refused('master', 'ENODEV')]);
});

it('tells what timeouts were before once they are set', () => {
  const perform = keeper();
  const set = (again = false): IpvsEffect => ({
    type: 'setTimeouts',
    params: { ...BEFORE, ...(again ? { again: true } : {}) },
  });
  const before = { type: 'timeouts.set', before: BEFORE };
  expect(perform(set(), null)).toEqual([before]);
  const error = 'ENOBUFS';
  expect(perform(set(), error)).toEqual([{ type: 'ipvs.refused', command: SET, error, what: 'timeouts' }]);
  expect(perform(set(true), error)).toEqual([]);
  expect(perform(set(true), null)).toEqual([
    { type: 'ipvs.accepted', command: SET, what: 'timeouts' },
    before,
  ]);
});

it('tells of a daemon that does not run unless it may be so, and of a table that is not emptied', () => {
  const perform = keeper();
  const stop = (quietly: boolean): IpvsEffect => ({ type: 'stopSync', params: { role: 'master', quietly } });
  const command = 'IP_VS_SO_SET_STOPDAEMON(1164)';
  expect(perform(stop(true), 'ESRCH')).toEqual([]);
  expect(perform(stop(false), 'ESRCH')).toEqual([{ type: 'ipvs.refused', command, error: 'ESRCH' }]);
  expect(perform(stop(false), 'EINTR')).toEqual([]);
  expect(perform(stop(true), 'EPERM')).toEqual([{ type: 'ipvs.refused', command, error: 'EPERM' }]);
  const flush = { type: 'ipvs.refused', command: 'IP_VS_SO_SET_FLUSH(1157)', error: 'EPERM' };
  expect(perform({ type: 'flushTable', params: {} }, 'EPERM')).toEqual([flush]);
});
