import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, startActor } from '../../engine/evaluate.ts';
import type { ActorEvent, Effect } from '../declare.ts';
import { checkerDefinition } from '../registry.ts';
import type { WeightWord } from '../signals.ts';
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
const weighing = (weight: number): CheckerEvent => ({ ...report('passed'), weight }) as CheckerEvent;
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

  /** With what the last event made it say of the weight. */
  get weights() {
    return this.asked('signalActor').map(({ event }) => (event as { weight?: WeightWord }).weight ?? null);
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

  it('of a mail server is tried again, too', () => {
    const smtp = { ...TCP_PROBE, kind: 'smtp', heloName: 'me' } as const;
    const checker = new Checker({ retry: 1, probe: smtp }).after(failed);
    expect(checker.state).toBe('untried');
    expect(checker.after(failed).state).toBe('failing');
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

describe('a program that gives the weight', () => {
  it('is heard when that changes, and only then', () => {
    const checker = new Checker().after(weighing(7));
    expect([checker.told, checker.weights]).toEqual([[true], [{ is: 7 }]]);
    expect(checker.after(weighing(7)).effects).toEqual([]);
    expect([checker.after(weighing(8)).state, checker.weights]).toEqual([STEADY, [{ is: 8 }]]);
    expect(checker.after(passed).weights).toEqual([null]);
  });

  it('has nothing to say of it while it fails, but while that is forgiven', () => {
    const checker = new Checker({ retry: 1 }).after(weighing(7), failed);
    expect([checker.state, checker.told]).toEqual([RETRYING, []]);
    expect(checker.after(weighing(7)).told).toEqual([]);
    expect([checker.after(failed, weighing(9)).state, checker.weights]).toEqual([STEADY, [{ is: 9 }]]);
    expect([checker.after(failed, failed).told, checker.weights]).toEqual([[false], [null]]);
    expect(checker.after(weighing(9)).weights).toEqual([{ is: 9 }]);
  });
});

describe('what is followed and not probed', () => {
  const says = (weight: number, fault = false): CheckerEvent => ({
    ...{ type: 'tracker.changed', tracker: 'tracker/file/load', weight, fault },
  });

  /** As after its start: nobody posts a beginning. */
  function following(kind: 'file' | 'bfd') {
    const input = checkerInput({ probe: { kind, tracker: `tracker/${kind}/load` } });
    let now = startActor(checkerDefinition, input as never);
    const hear = (event: CheckerEvent) => {
      now = evaluate(checkerDefinition, now.snapshot, event as ActorEvent);
      const signals = now.effects.filter(({ type }) => type === 'signalActor');
      return { state: now.state, said: signals.map(({ params }) => params.event), effects: now.effects };
    };
    return hear;
  }
  const word = (more: object) => ({ type: 'checker.changed', checker: INPUT.actor, ...more });
  const ofSession = (passed: boolean) =>
    word({ passed, mail: `=> BFD CHECK load ${passed ? 'succeeded' : 'failed'} on service <=` });

  it('counts with each word of its tracker', () => {
    const hear = following('file');
    expect(hear(says(0))).toMatchObject({
      ...{ state: { followed: 'passing' }, said: [word({ passed: true })] },
    });
    expect(hear(says(5)).said).toEqual([word({ passed: true, weight: { adds: 5 } })]);
    expect(hear(says(-9)).said).toEqual([word({ passed: true, weight: { adds: -9 } })]);
    expect(hear(says(0, true))).toMatchObject({
      ...{ state: { followed: 'failing' }, said: [word({ passed: false })] },
    });
    expect(hear(says(5)).state).toEqual({ followed: 'passing' });
    expect(hear({ type: 'checker.removed' }).state).toBe('ended');
  });

  it('may have failed from the start', () => {
    expect(following('file')(says(0, true)).state).toEqual({ followed: 'failing' });
    const session = following('bfd');
    expect(session(says(0, true)).said).toEqual([ofSession(false)]);
    expect(session(says(0)).said).toEqual([ofSession(true)]);
    expect(session(says(0, true)).said).toEqual([ofSession(false)]);
  });

  it('is never probed, and takes a new configuration as it comes', () => {
    const hear = following('file');
    hear(says(3));
    const input = checkerInput({ probe: { kind: 'file', tracker: 'tracker/file/load' }, delayLoopUs: 7 });
    expect(hear({ type: 'checker.reconfigured', input })).toMatchObject({
      ...{ state: { followed: 'passing' }, effects: [] },
    });
  });
});

describe('a new configuration', () => {
  it('has its pace from the next probe on', () => {
    const input = checkerInput({ delayLoopUs: 5_000_000 });
    const checker = new Checker().after(passed, { type: 'checker.reconfigured', input });
    expect(checker.asked('probeAgain')).toEqual([{ afterUs: 5_000_000, everyUs: 5_000_000 }]);
    expect(checker.state).toEqual(STEADY);
    expect(checker.after({ type: 'checker.reconfigured', input }).effects).toEqual([]);
  });

  it('that gives a program another time is asked for in whatever state, and nothing else changes', () => {
    const misc = (timeoutUs: number): CheckerInput =>
      checkerInput({
        retry: 1,
        probe: { ...{ kind: 'misc', command: ['/c'], user: null, group: null, dynamic: false }, timeoutUs },
      });
    for (const before of [[], [passed], [passed, failed], [failed], [passed, failed, failed]]) {
      const checker = new Checker(misc(1)).after(...before);
      const { state, context } = checker;
      const input = misc(2);
      checker.after({ type: 'checker.reconfigured', input });
      expect(checker.effects).toEqual([{ type: 'revisePlan', params: { plan: input.probe } }]);
      expect([checker.state, checker.context]).toEqual([state, { ...context, input }]);
      expect(checker.after({ type: 'checker.reconfigured', input }).effects).toEqual([]);
    }
  });

  it('lets the next failure count when as many tries have failed as it allows', () => {
    const checker = new Checker({ retry: 5 }).after(passed, failed, failed);
    checker.after({ type: 'checker.reconfigured', input: checkerInput({ retry: 1 }) });
    expect(checker.state).toEqual(RETRYING);
    expect(checker.after(failed).state).toBe('failing');
  });
});

describe('paces of its own', () => {
  const own = { delayFailingUs: 200_000, delayDownUs: 300_000_000, retry: 2 };
  const at = (afterUs: number, everyUs: number) => [{ afterUs, everyUs }];

  it('are in force while it fails, and while it is down, and the usual one is after that', () => {
    const checker = new Checker(own).after(passed);
    expect(checker.after(failed).asked('probeAgain')).toEqual(at(200_000, 60_000_000));
    expect(checker.after(passed).asked('probeAgain')).toEqual([]);
    checker.after(failed, failed);
    expect(checker.asked('probeAgain')).toEqual(at(200_000, 60_000_000));
    expect(checker.after(failed).asked('probeAgain')).toEqual(at(300_000_000, 300_000_000));
    expect(checker.after(passed).asked('probeAgain')).toEqual(at(60_000_000, 60_000_000));
  });

  it('of one that is down are asked for when a reload changes them', () => {
    const checker = new Checker(own).after(passed, failed, failed, failed);
    const reload = (changes: Partial<CheckerInput>): CheckerEvent => ({
      ...{ type: 'checker.reconfigured', input: checkerInput(changes) },
    });
    checker.after(reload({ ...own, delayLoopUs: 1 }));
    expect(checker.asked('probeAgain')).toEqual([]);
    checker.after(reload({ ...own, delayDownUs: 5 }));
    expect(checker.asked('probeAgain')).toEqual(at(5, 5));
    checker.after(reload({}));
    expect(checker.asked('probeAgain')).toEqual(at(60_000_000, 60_000_000));
  });
});
