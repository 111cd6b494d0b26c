import { describe, expect, it } from 'vitest';
import { Reachable } from '../reachable.fixture.ts';
import { checkerDefinition } from '../registry.ts';
import type { CheckerContext } from './checker.context.ts';
import { checkerInput } from './checker.fixture.ts';

const OUTCOMES = ['passed', 'failed', 'unable'] as const;
const report = (outcome: string) => ({
  type: 'probe.reported',
  outcome,
  code: '',
  detail: '',
  durationUs: 1,
});
const WEIGHING = { ...report('passed'), weight: 3 };
const END = [{ type: 'checker.removed' }, { type: 'shutdown.requested', reason: 'test' }];

describe.each([
  { retry: 0, atReload: false },
  { retry: 3, atReload: false },
  { retry: 3, atReload: true },
])('a checker with $retry retries, at a reload: $atReload', ({ retry, atReload }) => {
  const reachable = new Reachable(checkerDefinition, checkerInput({ retry }), [
    { type: 'checker.started', firstDelayUs: 1, atReload },
    { type: 'checker.reconfigured', input: checkerInput({ retry: 1, delayLoopUs: 7 }) },
    ...OUTCOMES.map(report),
    WEIGHING,
  ]);
  const begun = [...reachable.states.values()].filter(({ evaluation }) => evaluation.state !== 'idle');

  it('can come to every state from every other one', () => {
    console.log(`${reachable.states.size} states`);
    expect(reachable.deadEnds(({ state }) => JSON.stringify(state) === '{"passing":"steady"}')).toEqual([]);
    expect(reachable.deadEnds(({ state }) => state === 'failing')).toEqual([]);
  });

  it('probes until it ends, and then no more', () => {
    for (const reached of reachable.states.values()) {
      for (const end of END) {
        const ended = reachable.after(reached, end);
        expect(ended.state).toBe('ended');
        expect(ended.effects.map(({ type }) => type)).toEqual(['stopProbing']);
      }
    }
  });

  it('passes after one success and fails after retries and one more failures, from wherever', () => {
    for (const reached of begun) {
      expect(reachable.after(reached, report('passed')).state).toEqual({ passing: 'steady' });
      const { input, retriesUsed } = reached.evaluation.context as unknown as CheckerContext;
      expect(retriesUsed).toBeLessThanOrEqual(Math.max(retry, input.retry));
      let now = reached;
      for (let tries = 0; tries <= input.retry; tries++) {
        now = { evaluation: reachable.after(now, report('failed')), path: [] };
      }
      expect(now.evaluation.state).toBe('failing');
    }
  });

  it('does not ask for what it expects when that would change something', () => {
    for (const reached of begun) {
      for (const outcome of OUTCOMES) {
        const after = reachable.after(reached, report(outcome));
        const expected = after.effects.find(({ type }) => type === 'expectProbe')?.params.outcome;
        if (typeof expected !== 'string') continue;
        const again = reachable.after({ evaluation: after, path: [] }, report(expected));
        expect(again.effects, `${outcome}, then ${expected}`).toEqual([]);
        expect(again.state).toEqual(after.state);
      }
    }
  });
});
