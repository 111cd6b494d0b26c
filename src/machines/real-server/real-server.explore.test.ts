import { expect, it } from 'vitest';
import { Reachable } from '../reachable.fixture.ts';
import { realServerDefinition } from '../registry.ts';
import { type RealServerContext, weightOf } from './real-server.context.ts';
import { CHECKER, OTHER_CHECKER, realServerInput } from './real-server.fixture.ts';

const THIRD = 'checker/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80/3';
const CHECKERS = [
  { actor: CHECKER, alpha: false },
  { actor: OTHER_CHECKER, alpha: true },
];
const INPUTS = [
  realServerInput({ checkers: CHECKERS }),
  realServerInput({ checkers: [...CHECKERS, { actor: THIRD, alpha: true }], weight: 3 }),
  realServerInput({ checkers: [] }),
];
const RESULTS = [CHECKER, OTHER_CHECKER, THIRD].flatMap((checker) =>
  [
    { passed: true },
    { passed: false },
    { passed: false, assumed: true },
    { passed: true, weight: checker === CHECKER ? { is: 4 } : { adds: -2 } },
  ].map((result) => ({ type: 'checker.changed', checker, ...result })),
);
const ORDERS = [
  { type: 'operator.ready' },
  { type: 'operator.drain' },
  { type: 'operator.maintenance' },
  { type: 'operator.weight', weight: 9 },
  { type: 'operator.weight', weight: null },
];
const AGENTS = [
  { type: 'agent.changed', checker: OTHER_CHECKER, percent: null, duty: 'ready' },
  { type: 'agent.changed', checker: OTHER_CHECKER, percent: 50, duty: 'drained' },
  { type: 'agent.changed', checker: THIRD, percent: null, duty: 'maintenance' },
];
const RELOADS = INPUTS.map((input) => ({ type: 'real.reconfigured', input }));

const isAlive = (state: unknown): boolean => state === 'up' || state === 'drained';

const reachable = new Reachable(realServerDefinition, INPUTS[0] ?? realServerInput(), [
  { type: 'real.started' },
  ...RESULTS,
  ...RELOADS,
  ...ORDERS,
  ...AGENTS,
]);

it('is what its checkers, its agents and the operator make of it, and no other', () => {
  console.log(`${reachable.states.size} states`);
  for (const { evaluation } of reachable.states.values()) {
    if (evaluation.state === 'idle') continue;
    const context = evaluation.context as unknown as RealServerContext;
    const { failed, input, weightWords, agents = {} } = context;
    const asked = ['maintenance', 'drained'].find((each) =>
      Object.values(agents).some((word) => word.duty === each),
    );
    const duty = context.duty === 'ready' ? (asked ?? 'ready') : context.duty;
    const well = duty === 'drained' ? 'drained' : 'up';
    const expected = duty === 'maintenance' ? 'maintenance' : failed.length === 0 ? well : 'down';
    expect(evaluation.state).toBe(expected);
    const own = input.checkers.map(({ actor }) => actor);
    expect(failed.filter((actor) => !own.includes(actor))).toEqual([]);
    for (const actor of Object.keys(agents)) expect(own).toContain(actor);
    for (const actor of Object.keys(weightWords)) {
      expect(own).toContain(actor);
      expect(failed).not.toContain(actor);
    }
  }
});

it.each(['up', 'down', 'drained', 'maintenance'])('can come to be %s from everywhere', (wanted) => {
  expect(reachable.deadEnds(({ state }) => state === wanted)).toEqual([]);
});

it('tells its virtual server of every change of state, of a weight while it is alive, and that what was assumed is true', () => {
  for (const reached of reachable.states.values()) {
    const { state: before, context } = reached.evaluation;
    for (const event of [...RESULTS, ...RELOADS, ...ORDERS, ...AGENTS]) {
      const after = reachable.after(reached, event);
      const told = after.effects
        .filter(({ type }) => type === 'signalActor')
        .map(({ params }) => params.event);
      const now = after.context as unknown as RealServerContext;
      const weight = weightOf(now);
      const then = context as unknown as RealServerContext;
      const isProven =
        'passed' in event && before === 'down' && !event.passed && then.failed.includes(event.checker);
      const alive = isAlive(after.state);
      const isOther = alive !== isAlive(before) || (alive && weight !== weightOf(then));
      const goesOut = before === 'down' && after.state === 'maintenance';
      const isNews = isOther || isProven || goesOut;
      if (before === 'idle') continue;
      const signal = { type: 'real.changed', real: now.input.actor, alive, weight };
      expect(told, JSON.stringify([before, event])).toEqual(isNews ? [signal] : []);
    }
  }
});
