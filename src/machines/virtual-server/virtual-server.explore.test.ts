import { expect, it } from 'vitest';
import type { JsonObject } from '../../protocol/json.ts';
import { Reachable } from '../reachable.fixture.ts';
import { virtualServerDefinition } from '../registry.ts';
import { gainThreshold, type VirtualServerContext } from './virtual-server.context.ts';
import { REAL_A, REAL_B, REAL_C, realServer, SORRY, virtualServerInput } from './virtual-server.fixture.ts';

const INPUTS = [
  virtualServerInput({ quorum: 2, hysteresis: 1, sorryServer: SORRY }),
  virtualServerInput({ realServers: [realServer(REAL_B, 2), realServer(REAL_A, null, { inhibit: true })] }),
];
const FACTS = [REAL_A, REAL_B, REAL_C].flatMap((real) => [
  { type: 'real.changed', real, alive: true, weight: 1 },
  { type: 'real.changed', real, alive: true, weight: 2 },
  { type: 'real.changed', real, alive: false, weight: 1 },
]);
const STARTED = { type: 'virtual.started', driven: true };
const RELOADS = INPUTS.map((input) => ({ type: 'virtual.reconfigured', input }));
const COUNTS = { added: 0, changed: 0, removed: 0 };
const ANSWERS = [
  { type: 'table.applied', ...COUNTS },
  { type: 'table.refused', ...COUNTS, refused: 1, errors: [] },
];
const DRIFT = { type: 'table.drifted', missing: 1, changed: 0, unwanted: 0, entries: [] };
const reachable = new Reachable(virtualServerDefinition, INPUTS[0] ?? virtualServerInput(), [
  STARTED,
  ...FACTS,
  ...RELOADS,
  ...ANSWERS,
  DRIFT,
]);

const part = (state: unknown, name: 'quorum' | 'table') => (state as JsonObject)[name];

it('can gain and lose its quorum from everywhere, and can come to have its table', () => {
  console.log(`${reachable.states.size} states`);
  expect(reachable.deadEnds(({ state }) => part(state, 'quorum') === 'up')).toEqual([]);
  expect(reachable.deadEnds(({ state }) => part(state, 'quorum') === 'down')).toEqual([]);
  expect(reachable.deadEnds(({ state }) => part(state, 'table') === 'applied')).toEqual([]);
});

it('is never up with nothing alive, nor down with all that it asks for', () => {
  for (const { evaluation } of reachable.states.values()) {
    const context = evaluation.context as unknown as VirtualServerContext;
    const quorum = part(evaluation.state, 'quorum');
    if (quorum === 'up') expect(context.liveWeight).toBeGreaterThan(0);
    if (quorum === 'down') expect(context.liveWeight).toBeLessThan(gainThreshold(context));
    expect(context.hasQuorum).toBe(quorum === 'idle' ? null : quorum === 'up');
  }
});

it('tells every change of its quorum once, and nothing else', () => {
  for (const reached of reachable.states.values()) {
    const before = part(reached.evaluation.state, 'quorum');
    if (before === 'idle') continue;
    for (const event of [...FACTS, ...RELOADS]) {
      const after = reachable.after(reached, event);
      const told = after.effects.filter(({ type }) => type === 'notify').map(({ params }) => params.state);
      const now = part(after.state, 'quorum');
      expect(told).toEqual(now === before ? [] : [now === 'up' ? 'UP' : 'DOWN']);
    }
  }
});

it('waits for an answer whenever it has asked for something of the table, and only then', () => {
  for (const reached of reachable.states.values()) {
    const before = part(reached.evaluation.state, 'table');
    for (const event of [...FACTS, ...RELOADS, ...ANSWERS, DRIFT]) {
      const after = reachable.after(reached, event);
      const asked = after.effects.filter(({ type }) => type !== 'notify');
      const waits = ['applying', 'mending'].includes(String(part(after.state, 'table')));
      if (asked.length > 0) expect(waits).toBe(true);
      else if (!['applying', 'mending'].includes(String(before))) expect(waits).toBe(false);
    }
  }
});
