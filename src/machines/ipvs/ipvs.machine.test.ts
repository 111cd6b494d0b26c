import { describe, expect, it } from 'vitest';
import { evaluate, startActor } from '../../engine/evaluate.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { ActorEvent } from '../declare.ts';
import { ipvsDefinition } from '../registry.ts';
import type { Askable, IpvsEvent } from './ipvs.events.ts';
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
    const again = params.again === true ? ' again' : '';
    if (type === 'startSync') return `start ${params.role} ${(params.daemon as JsonObject).syncId}${again}`;
    if (type === 'stopSync') return `stop ${params.role}${params.quietly === true ? ' quietly' : ''}`;
    if (type === 'armTimer') return `wait ${(params.delayUs as number) / 1_000_000}`;
    return type === 'setTimeouts' ? `tcp ${params.tcpSeconds}${again}` : type;
  });
  return { state: last.state, asked };
}

it('does nothing where nothing is configured, and nothing without IPVS', () => {
  expect(given({}, started())).toEqual({
    state: { running: { sync: 'alone', requests: 'granted' } },
    asked: [],
  });
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
      state: { running: { sync: 'both', requests: 'granted' } },
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
    expect(given({ sync }, started())).toEqual({
      state: { running: { sync: 'backup', requests: 'granted' } },
      asked: ['start backup 51'],
    });
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
      state: { running: { sync: 'master', requests: 'granted' } },
      asked: ['start master 51'],
    });
    expect(given({ sync: FOLLOWING }, started(), reload({})).asked).toEqual(['stop backup']);
  });
});

describe('what the kernel refused', () => {
  const refused = (what: Askable, error = 'ENODEV'): IpvsEvent => ({
    type: 'ipvs.refused',
    ...{ command: 'IP_VS_SO_SET', error, what },
  });
  const accepted = (what: Askable): IpvsEvent => ({ type: 'ipvs.accepted', command: 'IP_VS_SO_SET', what });
  const due = { type: 'timer.expired', timer: 'ipvs.again' } as unknown as IpvsEvent;
  const requestsOf = (state: unknown) =>
    ((state as JsonObject).running as JsonObject | undefined)?.requests ?? null;

  it('is asked for again, ever less often, until the kernel does it', () => {
    const sync = FOLLOWING;
    const first = given({ sync }, started(), refused('backup'));
    expect(first.asked).toEqual(['wait 10']);
    expect(requestsOf(first.state)).toBe('refused');
    const pauses = [20, 40, 80, 160, 320, 320, 320];
    for (const [at, pause] of pauses.entries()) {
      const tries = Array<IpvsEvent>(at + 1).fill(due);
      expect(given({ sync }, started(), refused('backup'), ...tries).asked).toEqual([
        'start backup 51 again',
        `wait ${pause}`,
      ]);
    }
    const done = given({ sync }, started(), refused('backup'), due, accepted('backup'));
    expect([requestsOf(done.state), done.asked]).toEqual(['granted', ['disarmTimer']]);
    const anew = given({ sync }, started(), refused('backup'), due, accepted('backup'), refused('backup'));
    expect(anew.asked).toEqual(['wait 10']);
  });

  it('is asked for alone, and until nothing is left of it', () => {
    const changes = { sync: BOTH, timeouts: TIMEOUTS };
    const three = [started(), refused('timeouts', 'ENOBUFS'), refused('master'), refused('backup')] as const;
    const all = ['tcp 900 again', 'start master 51 again', 'start backup 51 again'];
    expect(given(changes, ...three, due).asked).toEqual([...all, 'wait 20']);
    const [tcp, master] = [accepted('timeouts'), accepted('master')];
    expect(given(changes, ...three, due, master, due).asked).toEqual([all[0], all[2], 'wait 40']);
    expect(given(changes, ...three, due, master, tcp, due).asked).toEqual([all[2], 'wait 40']);
    expect(requestsOf(given(changes, ...three, due, master, tcp, accepted('backup')).state)).toBe('granted');
  });

  it('is asked for no more when something else shall be', () => {
    const sync = FOLLOWING;
    const both = [started(), refused('backup')] as const;
    // One that was never started does not run.
    expect(given({ sync }, ...both, master(true))).toEqual({
      state: { running: { sync: 'master', requests: 'granted' } },
      asked: ['disarmTimer', 'stop backup quietly', 'start master 51'],
    });
    expect(given({ sync }, ...both, STOP)).toEqual({
      state: 'ended',
      asked: ['disarmTimer', 'stop backup quietly'],
    });
    expect(requestsOf(given({ sync }, ...both, reload({})).state)).toBe('granted');
    expect(given({ sync }, ...both, reload({ sync })).asked).toEqual([]);
    expect(given({ sync }, ...both, reload({ sync }), due).asked).toEqual([
      'start backup 51 again',
      'wait 20',
    ]);
    // Told of late.
    expect(requestsOf(given({ sync }, started(), master(true), refused('backup')).state)).toBe('granted');
    expect(requestsOf(given({}, started(), refused('timeouts')).state)).toBe('granted');
  });

  it('is not asked for again where it runs already, nor what is to be done once', () => {
    const sync = FOLLOWING;
    const runs = refused('backup', 'EEXIST');
    expect(given({ sync }, started(), runs).asked).toEqual([]);
    expect(requestsOf(given({ sync }, started(), refused('backup'), due, runs).state)).toBe('granted');
    const flush: IpvsEvent = { type: 'ipvs.refused', command: 'IP_VS_SO_SET_FLUSH(1157)', error: 'EPERM' };
    expect(given({ flushesAtStart: true }, started(), flush).asked).toEqual([]);
  });
});
