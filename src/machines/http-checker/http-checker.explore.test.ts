import { describe, expect, it } from 'vitest';
import { Reachable } from '../reachable.fixture.ts';
import { httpCheckerDefinition } from '../registry.ts';
import type { HttpCheckerContext } from './http-checker.context.ts';
import { httpCheckerInput } from './http-checker.fixture.ts';

const OUTCOMES = ['passed', 'failed', 'unable'] as const;
const report = (outcome: string, page: number) => ({
  ...{ type: 'probe.reported', outcome, code: '', detail: '', durationUs: 1, page },
});
const END = [{ type: 'checker.removed' }, { type: 'shutdown.requested', reason: 'test' }];
const PAGES = 3;
const ALL_PAGES = Array.from({ length: PAGES }, (_, page) => page);

describe.each([
  { retry: 0, alpha: false, atReload: false },
  { retry: 2, alpha: false, atReload: false },
  { retry: 2, alpha: true, atReload: false },
  { retry: 2, alpha: true, atReload: true },
])('pages with $retry retries, alpha: $alpha, at a reload: $atReload', ({ retry, alpha, atReload }) => {
  // Any page may be told of at any time: also what the schedule never does must lead nowhere.
  const reachable = new Reachable(httpCheckerDefinition, httpCheckerInput(PAGES, { retry, alpha }), [
    { type: 'checker.started', firstDelayUs: 1, atReload },
    { type: 'checker.reconfigured', input: httpCheckerInput(PAGES, { retry: 1, alpha, fastRecovery: true }) },
    ...ALL_PAGES.flatMap((page) => OUTCOMES.map((outcome) => report(outcome, page))),
  ]);
  const begun = [...reachable.states.values()].filter(({ evaluation }) => evaluation.state !== 'idle');
  const inputOf = (reached: (typeof begun)[number]) =>
    (reached.evaluation.context as unknown as HttpCheckerContext).input;

  it('can come to every state from every other one', () => {
    console.log(`${reachable.states.size} states`);
    const steady = JSON.stringify({ passing: 'steady' });
    expect(reachable.deadEnds(({ state }) => JSON.stringify(state) === steady)).toEqual([]);
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

  it('passes after at most two rounds of pages that pass, from wherever', () => {
    for (const reached of begun) {
      let now = reached;
      for (const page of [...ALL_PAGES, ...ALL_PAGES]) {
        now = { evaluation: reachable.after(now, report('passed', page)), path: [] };
      }
      expect(now.evaluation.state).toEqual({ passing: 'steady' });
    }
  });

  it('counts as failed after retries and one more failures of a page, unless it does already', () => {
    for (const reached of begun) {
      const { retriesUsed } = reached.evaluation.context as unknown as HttpCheckerContext;
      expect(retriesUsed).toBeLessThanOrEqual(Math.max(retry, inputOf(reached).retry));
      let now = reached;
      for (let tries = 0; tries <= inputOf(reached).retry; tries++) {
        now = { evaluation: reachable.after(now, report('failed', 1)), path: [] };
      }
      expect(['failing', { recovering: 'blocked' }]).toContainEqual(now.evaluation.state);
    }
  });

  it('tells its real server each change once', () => {
    for (const reached of begun) {
      const before = reached.evaluation.state;
      for (const page of ALL_PAGES) {
        for (const outcome of OUTCOMES) {
          const after = reachable.after(reached, report(outcome, page));
          const told = after.effects.filter(({ type }) => type === 'signalActor');
          expect(told.length).toBeLessThanOrEqual(1);
          if (told.length === 1) expect(JSON.stringify(after.state)).not.toBe(JSON.stringify(before));
        }
      }
    }
  });

  it('does not ask for what it expects when that would change something', () => {
    for (const reached of begun) {
      for (const outcome of OUTCOMES) {
        const after = reachable.after(reached, report(outcome, 0));
        const expected = after.effects.find(({ type }) => type === 'expectProbe')?.params.outcome;
        if (typeof expected !== 'string') continue;
        const again = reachable.after({ evaluation: after, path: [] }, report(expected, 0));
        expect(again.effects, `${outcome}, then ${expected}`).toEqual([]);
        expect(again.state).toEqual(after.state);
      }
    }
  });
});
