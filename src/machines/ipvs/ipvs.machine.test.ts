import { describe, expect, it } from 'vitest';
import { evaluate, startActor } from '../../engine/evaluate.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { ActorEvent } from '../declare.ts';
import { ipvsDefinition } from '../registry.ts';
import type { IpvsEvent } from './ipvs.events.ts';
import type { IpvsInput, SyncPlan } from './ipvs.input.ts';

const DAEMON = { interface: 'eth0', syncId: 51 };
const BOTH: SyncPlan = { daemon: DAEMON, instance: null };
const FOLLOWING: SyncPlan = { daemon: DAEMON, instance: 'VI_1' };
const TIMEOUTS = { tcpSeconds: 900, tcpFinSeconds: 0, udpSeconds: 0 };
const BEFORE = { tcpSeconds: 300, tcpFinSeconds: 120, udpSeconds: 300 };
const STOP: IpvsEvent = { type: 'shutdown.requested', reason: 'SIGTERM' };

function inputOf(changes: Partial<IpvsInput>): IpvsInput {
  return { flushesAtStart: false, flushesAtStop: false, timeouts: null, sync: null, ...changes };
}

const started = (isMaster = false, driven = true): IpvsEvent => ({ type: 'ipvs.started', driven, isMaster });
const master = (isMaster: boolean): IpvsEvent => ({ type: 'instance.changed', isMaster });
const reload = (changes: Partial<IpvsInput>): IpvsEvent => ({
  type: 'ipvs.reconfigured',
  input: inputOf(changes),
});

/** What is asked for by the last of these facts. */
function given(changes: Partial<IpvsInput>, ...events: readonly IpvsEvent[]) {
  let last = startActor(ipvsDefinition, inputOf(changes) as unknown as JsonObject);
  for (const event of events) last = evaluate(ipvsDefinition, last.snapshot, event as ActorEvent);
  const asked = last.effects.map(({ type, params }) => {
    if (type === 'startSync') return `start ${params.role} ${(params.daemon as JsonObject).syncId}`;
    if (type === 'stopSync') return `stop ${params.role}${params.quietly === true ? ' quietly' : ''}`;
    return type === 'setTimeouts' ? `tcp ${params.tcpSeconds}` : type;
  });
  return { state: last.state, asked };
}

it('does nothing where nothing is configured, and nothing without IPVS', () => {
  expect(given({}, started())).toEqual({ state: { running: 'alone' }, asked: [] });
  expect(given({}, started(), STOP)).toEqual({ state: 'ended', asked: [] });
  const everything = { flushesAtStart: true, flushesAtStop: true, timeouts: TIMEOUTS, sync: BOTH };
  expect(given(everything, started(false, false))).toEqual({ state: 'observed', asked: [] });
  expect(given(everything, started(false, false), STOP)).toEqual({ state: 'ended', asked: [] });
});

it('empties the table at start, at the end, or not', () => {
  expect(given({ flushesAtStart: true }, started()).asked).toEqual(['flushTable']);
  expect(given({ flushesAtStart: true }, started(), STOP).asked).toEqual([]);
  expect(given({ flushesAtStop: true }, started(), STOP).asked).toEqual(['flushTable']);
  expect(given({ flushesAtStop: true }, started(), { type: 'ipvs.removed' }).asked).toEqual(['flushTable']);
  expect(given({ flushesAtStart: true }, started(), reload({ flushesAtStart: true })).asked).toEqual([]);
});

describe('timeouts', () => {
  const set: IpvsEvent = { type: 'timeouts.set', before: BEFORE };
  it('are set, and are at the end what they were at first', () => {
    expect(given({ timeouts: TIMEOUTS }, started()).asked).toEqual(['tcp 900']);
    const later = { type: 'timeouts.set', before: TIMEOUTS } as const;
    const again = reload({ timeouts: { ...TIMEOUTS, tcpSeconds: 70 } });
    expect(given({ timeouts: TIMEOUTS }, started(), set, again).asked).toEqual(['tcp 70']);
    expect(given({ timeouts: TIMEOUTS }, started(), set, again, later, STOP).asked).toEqual(['tcp 300']);
    expect(given({ timeouts: TIMEOUTS }, started(), STOP).asked).toEqual([]);
  });

  it('are what they were at first when a reload says nothing of them', () => {
    const last = { type: 'timeouts.set', before: TIMEOUTS } as const;
    expect(given({ timeouts: TIMEOUTS }, started(), set, reload({})).asked).toEqual(['tcp 300']);
    expect(given({ timeouts: TIMEOUTS }, started(), set, reload({}), last, STOP).asked).toEqual([]);
  });
});

describe('synchronisation', () => {
  it('runs both ways where no instance decides', () => {
    const quietly = ['stop master quietly', 'stop backup quietly'];
    expect(given({ sync: BOTH }, started())).toEqual({
      state: { running: 'both' },
      asked: [...quietly, 'start master 51', 'start backup 51'],
    });
    expect(given({ sync: BOTH }, started(), STOP).asked).toEqual(quietly);
    expect(given({ sync: BOTH }, started(), reload({ sync: BOTH })).asked).toEqual([]);
    const other = { ...BOTH, daemon: { ...DAEMON, syncId: 7 } };
    expect(given({ sync: BOTH }, started(), reload({ sync: other })).asked).toEqual([
      ...quietly,
      ...quietly,
      ...['start master 7', 'start backup 7'],
    ]);
  });

  it('follows its instance', () => {
    const sync = FOLLOWING;
    expect(given({ sync }, started())).toEqual({ state: { running: 'backup' }, asked: ['start backup 51'] });
    expect(given({ sync }, started(), master(true)).asked).toEqual(['stop backup', 'start master 51']);
    expect(given({ sync }, started(), master(true), master(true)).asked).toEqual([]);
    expect(given({ sync }, started(), master(true), master(false)).asked).toEqual([
      'stop master',
      'start backup 51',
    ]);
    expect(given({ sync }, started(true), STOP).asked).toEqual(['stop master']);
  });

  it('begins and ends with a reload, as the instance is by then', () => {
    expect(given({}, started(), master(true), reload({ sync: FOLLOWING }))).toEqual({
      state: { running: 'master' },
      asked: ['start master 51'],
    });
    expect(given({ sync: FOLLOWING }, started(), reload({})).asked).toEqual(['stop backup']);
  });
});
