import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, startActor } from '../../engine/evaluate.ts';
import type { ActorEvent, Effect } from '../declare.ts';
import { checkerDefinition } from '../registry.ts';
import type { CheckerContext } from './checker.context.ts';
import type { CheckerEvent, ProbeOutcome } from './checker.events.ts';
import { checkerInput, TCP_PROBE } from './checker.fixture.ts';
import type { CheckerInput } from './checker.input.ts';

const report = (outcome: ProbeOutcome): CheckerEvent => ({
  type: 'probe.reported',
  outcome,
  code: outcome === 'passed' ? 'L4OK' : 'L4CON',
  detail: '',
  durationUs: 1_000,
});
const [passed, failed, unable] = [report('passed'), report('failed'), report('unable')];
const INPUT = checkerInput();
const SOON = { afterUs: INPUT.delayBeforeRetryUs, everyUs: INPUT.delayLoopUs };
const STEADY = { passing: 'steady' };
const RETRYING = { passing: 'retrying' };

/** A checker that was started, and what happens to it. */
class Checker {
  #now;
  effects: readonly Effect[] = [];

  constructor(changes: Partial<CheckerInput> = {}, atReload = false) {
    this.#now = startActor(checkerDefinition, checkerInput(changes) as never);
    this.after({ type: 'checker.started', firstDelayUs: 3_000_000, atReload });
  }

  after(...events: CheckerEvent[]): this {
    for (const event of events) {
      this.#now = evaluate(checkerDefinition, this.#now.snapshot, event as ActorEvent);
      this.effects = this.#now.effects;
    }
    return this;
  }

  get state() {
    return this.#now.state;
  }

  get context(): CheckerContext {
    return this.#now.context as unknown as CheckerContext;
  }

  /** What the last event made it tell its real server. */
  get told() {
    return this.asked('signalActor').map(({ actor, event }) => {
      expect(actor).toBe(INPUT.realServer);
      return (event as { passed: boolean }).passed;
    });
  }

  asked(type: string) {
    return this.effects.filter((effect) => effect.type === type).map(({ params }) => params);
  }
}

it('probes from the start, as chance has it, and then at its own pace', () => {
  const checker = new Checker();
  expect(checker.asked('probe')).toEqual([{ plan: TCP_PROBE, firstDelayUs: 3_000_000, everyUs: 60_000_000 }]);
  expect(checker.state).toBe('untried');
  expect(checker.after(passed).state).toEqual(STEADY);
  expect(checker.told).toEqual([true]);
  expect(checker.asked('expectProbe')).toEqual([{ outcome: 'passed' }]);
  expect(checker.asked('probeAgain')).toEqual([]);
});

describe('the first result', () => {
  it('is final when it is a failure, whatever retry says, with alpha and without', () => {
    for (const alpha of [false, true]) {
      const checker = new Checker({ retry: 5, alpha }).after(failed);
      expect(checker.state).toBe('failing');
      expect(checker.told).toEqual([false]);
      expect(checker.asked('expectProbe')).toEqual([{ outcome: 'failed' }]);
    }
  });

  it('is tried again after a reload', () => {
    const checker = new Checker({ retry: 1 }, true).after(failed);
    expect(checker.state).toBe('untried');
    expect(checker.told).toEqual([]);
    expect(checker.asked('probeAgain')).toEqual([SOON]);
    expect(checker.after(failed).state).toBe('failing');
    expect(checker.told).toEqual([false]);
  });

  it('is not that nothing could be tried', () => {
    const checker = new Checker().after(unable, unable);
    expect(checker.state).toBe('untried');
    expect(checker.told).toEqual([]);
    expect(checker.context.last?.outcome).toBe('unable');
    expect(checker.after(failed).state).toBe('failing');
  });
});

describe('a failure later on', () => {
  it('counts after as many further tries as retry says, all of them failures', () => {
    const checker = new Checker({ retry: 2 }).after(passed, failed);
    expect(checker.state).toEqual(RETRYING);
    expect(checker.asked('probeAgain')).toEqual([SOON]);
    expect(checker.asked('expectProbe')).toEqual([{ outcome: null }]);
    expect(checker.after(failed).state).toEqual(RETRYING);
    expect(checker.asked('probeAgain')).toEqual([SOON]);
    expect(checker.after(passed).state).toEqual(STEADY);
    expect(checker.told).toEqual([]);
    expect(checker.asked('expectProbe')).toEqual([{ outcome: 'passed' }]);
    checker.after(failed, failed);
    expect(checker.state).toEqual(RETRYING);
    expect(checker.after(failed).state).toBe('failing');
    expect(checker.told).toEqual([false]);
  });

  it('counts at once without retries, and is over with one success', () => {
    const checker = new Checker({ retry: 0 }).after(passed, failed);
    expect(checker.state).toBe('failing');
    expect(checker.after(failed).told).toEqual([]);
    expect(checker.after(passed).state).toEqual(STEADY);
    expect(checker.told).toEqual([true]);
  });

  it('is not that nothing could be tried: the next try comes at the usual pace', () => {
    const checker = new Checker({ retry: 1 }).after(passed, failed, unable);
    expect(checker.state).toEqual(RETRYING);
    expect(checker.asked('probeAgain')).toEqual([]);
    expect(checker.after(failed).state).toBe('failing');
    expect(checker.after(unable).state).toBe('failing');
  });
});

it('behaves as the counter of keepalived does', () => {
  const outcomes = fc.array(fc.constantFrom<ProbeOutcome>('passed', 'failed', 'unable'), { maxLength: 40 });
  const property = fc.property(
    fc.integer({ min: 0, max: 4 }),
    fc.boolean(),
    fc.boolean(),
    outcomes,
    (retry, alpha, atReload, all) => {
      const checker = new Checker({ retry, alpha }, atReload);
      let [isUp, hasRun, used] = [!alpha, false, atReload ? 0 : retry];
      for (const outcome of all) {
        checker.after(report(outcome));
        if (outcome === 'unable') continue;
        const isLast = (isUp || !hasRun) && used >= retry;
        if (outcome === 'passed') [isUp, used] = [true, 0];
        else if (isLast) [isUp, used] = [false, 0];
        else if (isUp) used += 1;
        hasRun = true;
        // After a reload keepalived takes a first failure with alpha as it comes; here it is tried again.
        if (atReload && alpha && !isUp) return;
        const isFailing = checker.state === 'failing';
        expect(isFailing).toBe(!isUp);
      }
    },
  );
  fc.assert(property, { seed: Number(process.env.RELIVED_SEED ?? Date.now() % 1_000_000), numRuns: 300 });
});

describe('a new configuration', () => {
  it('has its pace from the next probe on', () => {
    const input = checkerInput({ delayLoopUs: 5_000_000 });
    const checker = new Checker().after(passed, { type: 'checker.reconfigured', input });
    expect(checker.asked('probeAgain')).toEqual([{ afterUs: 5_000_000, everyUs: 5_000_000 }]);
    expect(checker.state).toEqual(STEADY);
    expect(checker.after({ type: 'checker.reconfigured', input }).effects).toEqual([]);
  });

  it('lets the next failure count when as many tries have failed as it allows', () => {
    const checker = new Checker({ retry: 5 }).after(passed, failed, failed);
    checker.after({ type: 'checker.reconfigured', input: checkerInput({ retry: 1 }) });
    expect(checker.state).toEqual(RETRYING);
    expect(checker.after(failed).state).toBe('failing');
  });
});
