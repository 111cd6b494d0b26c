/** Every state that the keeper of IPVS can reach by what the kernel, its instance and reloads do, in any order. */
import { expect, it } from 'vitest';
import type { JsonObject } from '../../protocol/json.ts';
import { Reachable } from '../reachable.fixture.ts';
import { ipvsDefinition } from '../registry.ts';
import { type IpvsContext, isWanted } from './ipvs.context.ts';
import type { Askable } from './ipvs.events.ts';
import type { IpvsInput } from './ipvs.input.ts';

const DAEMON = { interface: 'eth0', syncId: 51 };
const TIMEOUTS = { tcpSeconds: 900, tcpFinSeconds: 0, udpSeconds: 0 };
const RESTS = { flushesAtStart: false, flushesAtStop: true } as const;
const INPUTS: readonly IpvsInput[] = [
  { ...RESTS, timeouts: TIMEOUTS, sync: { daemon: DAEMON, instance: 'VI_1' } },
  { ...RESTS, timeouts: null, sync: { daemon: DAEMON, instance: null } },
  { ...RESTS, timeouts: TIMEOUTS, sync: null },
];
const ASKABLE: readonly Askable[] = ['timeouts', 'master', 'backup'];
const command = 'IP_VS_SO_SET';
const DUE = { type: 'timer.expired', timer: 'ipvs.again' };
const EVENTS = [
  { type: 'ipvs.started', driven: true, isMaster: false },
  ...[true, false].map((isMaster) => ({ type: 'instance.changed', isMaster })),
  ...INPUTS.map((input) => ({ type: 'ipvs.reconfigured', input })),
  { type: 'timeouts.set', before: TIMEOUTS },
  ...ASKABLE.flatMap((what) => [
    { type: 'ipvs.refused', command, error: 'ENODEV', what },
    { type: 'ipvs.refused', command, error: 'EEXIST', what },
    { type: 'ipvs.accepted', command, what },
  ]),
  DUE,
  { type: 'shutdown.requested', reason: 'SIGTERM' },
];
const reachable = new Reachable(ipvsDefinition, INPUTS[0] ?? {}, EVENTS);

const partsOf = (state: unknown): JsonObject | null =>
  ((state as JsonObject).running as JsonObject | undefined) ?? null;

it('waits for another try exactly while something that it wants is refused', () => {
  console.log(`${reachable.states.size} states`);
  for (const { evaluation, path } of reachable.states.values()) {
    const parts = partsOf(evaluation.state);
    const context = evaluation.context as unknown as IpvsContext;
    const how = path.map(({ type }) => type).join(', ');
    if (parts === null) continue;
    expect(parts.requests, how).toBe(context.refused.length > 0 ? 'refused' : 'granted');
    for (const what of context.refused) expect(isWanted(context, what), how).toBe(true);
    expect(new Set(context.refused).size).toBe(context.refused.length);
  }
});

it('asks again for all that is refused, and for nothing else', () => {
  for (const reached of reachable.states.values()) {
    const { refused } = reached.evaluation.context as unknown as IpvsContext;
    if (partsOf(reached.evaluation.state) === null || refused.length === 0) continue;
    const { effects, state } = reachable.after(reached, DUE);
    const asked = effects.filter(({ type }) => type !== 'armTimer');
    expect(asked.map(({ params }) => params.role ?? 'timeouts').toSorted()).toEqual(refused.toSorted());
    expect(asked.every(({ params }) => params.again === true)).toBe(true);
    expect(effects.filter(({ type }) => type === 'armTimer')).toHaveLength(1);
    expect(state).toEqual(reached.evaluation.state);
  }
});

it('runs the daemons of its configuration and its instance, and can always end', () => {
  for (const { evaluation } of reachable.states.values()) {
    const parts = partsOf(evaluation.state);
    const { input, isMaster } = evaluation.context as unknown as IpvsContext;
    if (parts === null) continue;
    const follows = isMaster ? 'master' : 'backup';
    expect(parts.sync).toBe(input.sync === null ? 'alone' : input.sync.instance === null ? 'both' : follows);
  }
  expect(reachable.deadEnds(({ state }) => state === 'ended')).toEqual([]);
  const isIdleOrEnded = (state: unknown) => state === 'idle' || state === 'ended';
  expect(
    reachable.deadEnds(({ state }) => isIdleOrEnded(state) || partsOf(state)?.requests === 'granted'),
  ).toEqual([]);
});
