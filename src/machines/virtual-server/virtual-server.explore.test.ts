import { expect, it } from 'vitest';
import { Reachable } from '../reachable.fixture.ts';
import { virtualServerDefinition } from '../registry.ts';
import { gainThreshold, liveWeight, type VirtualServerContext } from './virtual-server.context.ts';
import { REAL_A, REAL_B, REAL_C, virtualServerInput } from './virtual-server.fixture.ts';

const INPUTS = [
  virtualServerInput({ quorum: 2, hysteresis: 1, sorryServer: '[10.0.0.9]:tcp:80' }),
  virtualServerInput({ realServers: [REAL_B, REAL_A], startWeights: [2, 0] }),
];
const FACTS = [REAL_A, REAL_B, REAL_C].flatMap((real) => [
  { type: 'real.changed', real, alive: true, weight: 1 },
  { type: 'real.changed', real, alive: true, weight: 2 },
  { type: 'real.changed', real, alive: false, weight: 1 },
]);
const STARTED = { type: 'virtual.started' };
const RELOADS = INPUTS.map((input) => ({ type: 'virtual.reconfigured', input }));
const reachable = new Reachable(virtualServerDefinition, INPUTS[0] ?? virtualServerInput(), [
  STARTED,
  ...FACTS,
  ...RELOADS,
]);

it('can gain and lose its quorum from everywhere', () => {
  console.log(`${reachable.states.size} states`);
  expect(reachable.deadEnds(({ state }) => state === 'up')).toEqual([]);
  expect(reachable.deadEnds(({ state }) => state === 'down')).toEqual([]);
});

it('is never up with nothing alive, nor down with all that it asks for', () => {
  for (const { evaluation } of reachable.states.values()) {
    const context = evaluation.context as unknown as VirtualServerContext;
    if (evaluation.state === 'up') expect(liveWeight(context)).toBeGreaterThan(0);
    if (evaluation.state === 'down') expect(liveWeight(context)).toBeLessThan(gainThreshold(context));
  }
});

it('tells every change of its quorum once, and nothing else', () => {
  for (const reached of reachable.states.values()) {
    const { state: before } = reached.evaluation;
    if (before === 'idle') continue;
    for (const event of [...FACTS, ...RELOADS]) {
      const after = reachable.after(reached, event);
      const told = after.effects.map(({ params }) => params.state);
      expect(told).toEqual(after.state === before ? [] : [after.state === 'up' ? 'UP' : 'DOWN']);
    }
  }
});
