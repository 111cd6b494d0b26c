import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, startActor } from '../../engine/evaluate.ts';
import type { ActorEvent, Effect } from '../declare.ts';
import { trackerDefinition } from '../registry.ts';
import { effectOfState, effectOfValue, type TrackerContext } from './tracker.context.ts';
import type { Observation, TrackerEvent } from './tracker.events.ts';
import { SCRIPT, trackerInput } from './tracker.fixture.ts';
import type { TrackerInput } from './tracker.input.ts';

const RUN = { output: '', outputBytes: 0, durationUs: 1_000 };
const exited = (code: number): TrackerEvent => ({
  type: 'result.observed',
  what: 'script.exited',
  code,
  ...RUN,
});
const seen = (observation: Observation): TrackerEvent => ({ type: 'result.observed', ...observation });
const counted = (count: number, by: 'scan' | 'fork' | 'exec' | 'exit'): TrackerEvent =>
  seen({ what: 'processes.counted', count, by });
const expired = (timer: string) => ({ type: 'timer.expired', timer }) as unknown as TrackerEvent;
const LINK = { source: { kind: 'interface', interface: 'eth0' } } as const;
const PROCESS = {
  source: {
    kind: 'process',
    program: 'nginx',
    parameters: [],
    match: null,
    fullCommand: false,
    least: 2,
    most: 4,
  },
} as const;

/** A tracker that was started, and what happens to it. */
class Tracker {
  #now;
  effects: readonly Effect[] = [];

  constructor(changes: Partial<TrackerInput> = {}) {
    this.#now = startActor(trackerDefinition, trackerInput(changes) as never);
    this.after({ type: 'tracker.started', atReload: false });
  }

  after(...events: TrackerEvent[]): this {
    for (const event of events) {
      this.#now = evaluate(trackerDefinition, this.#now.snapshot, event as ActorEvent);
      this.effects = this.#now.effects;
    }
    return this;
  }

  get state() {
    return this.#now.state;
  }

  get context(): TrackerContext {
    return this.#now.context as unknown as TrackerContext;
  }

  /** What the last event made it tell. */
  get signals() {
    return this.effects
      .filter(({ type }) => type === 'signalActor')
      .map(({ params }) => {
        const { weight, fault } = params.event as { weight: number; fault: boolean };
        return [params.actor, weight, fault];
      });
  }

  asked(type: string) {
    return this.effects.filter((effect) => effect.type === type).map(({ params }) => params);
  }
}

describe('weights', () => {
  const follower = (weight: number, reverse = false) => ({ actor: 'vrrp/VI_1', weight, reverse });

  it.each([
    // weight, reverse, while well, while failed
    [10, false, 10, 0],
    [-10, false, 0, -10],
    [10, true, -10, 0],
    [-10, true, 0, 10],
  ])('%i reverse %s: %i while well, %i while failed', (weight, reverse, whileWell, whileFailed) => {
    expect(effectOfState(follower(weight, reverse), true)).toEqual({ weight: whileWell, fault: false });
    expect(effectOfState(follower(weight, reverse), false)).toEqual({ weight: whileFailed, fault: false });
  });

  it('0 is a fault while failed, or while well if reversed', () => {
    expect(effectOfState(follower(0), false).fault).toBe(true);
    expect(effectOfState(follower(0), true).fault).toBe(false);
    expect(effectOfState(follower(0, true), true).fault).toBe(true);
    expect(effectOfState(follower(0, true), false).fault).toBe(false);
  });

  it.each([
    // weight, reverse, number, added, fault
    [1, false, -20, -20, false],
    [2, false, 30, 60, false],
    [2, true, 30, -60, false],
    [1, false, 1_000, 253, false],
    [1, false, -253, -253, false],
    [1, false, -254, 0, true],
    [100, true, 3, 0, true],
    [0, false, 0, 0, false],
    [0, false, -7, 0, true],
    [0, true, 0, 0, true],
    [0, true, 5, 0, false],
  ])('of a file: %i reverse %s times %i adds %i, fault %s', (weight, reverse, value, added, fault) => {
    expect(effectOfValue(follower(weight, reverse), value)).toEqual({ weight: added, fault });
  });

  it.each([
    [1, 300, 300, false],
    [-1000, 300, -300_000, false],
    [2, 2_147_483_647, 2_147_483_647, false],
    [1, -2_147_483_648, 0, true],
    [-2, 2_147_483_647, 0, true],
    [0, 1, 0, true],
    [0, 0, 0, false],
  ])('for a server with weight %i, %i adds %i, a fault: %s', (weight, value, added, fault) => {
    expect(effectOfValue({ ...follower(weight, false), isServer: true }, value)).toEqual({
      weight: added,
      fault,
    });
  });
});

describe('a script', () => {
  it('is run from the start, and its first result is final', () => {
    const tracker = new Tracker({ rise: 3, fall: 3 });
    expect(tracker.asked('observe')).toEqual([{ source: SCRIPT }]);
    expect(tracker.state).toBe('pending');
    expect(new Tracker({ rise: 3, fall: 3 }).after(exited(0)).state).toEqual({ well: 'steady' });
    tracker.after(exited(1));
    expect(tracker.state).toEqual({ failed: 'steady' });
    expect(tracker.signals).toEqual([['vrrp/VI_1', -10, false]]);
  });

  it('counts in a row only', () => {
    const tracker = new Tracker({ rise: 2, fall: 3 }).after(exited(0), exited(1), exited(1), exited(0));
    expect(tracker.after(exited(2), exited(2)).state).toEqual({ well: 'steady' });
    expect(tracker.after(exited(2)).state).toEqual({ failed: 'steady' });
    expect(tracker.after(exited(0), exited(1), exited(0)).state).toEqual({ failed: 'steady' });
    expect(tracker.after(exited(0)).state).toEqual({ well: 'steady' });
    expect(tracker.signals).toEqual([['vrrp/VI_1', 0, false]]);
  });

  it('starts failed with init_fail, and needs as many good runs as always', () => {
    const tracker = new Tracker({ startsFailed: true, rise: 2 });
    expect(tracker.signals).toEqual([['vrrp/VI_1', -10, false]]);
    expect(tracker.after(exited(0)).state).toEqual({ failed: 'steady' });
    expect(tracker.after(exited(0)).state).toEqual({ well: 'steady' });
  });

  it('fails by signals and time-outs, and not when it cannot be run', () => {
    const fresh = (observation: Observation) => new Tracker().after(seen(observation)).state;
    expect(fresh({ what: 'script.killed', signal: 'SIGSEGV', ...RUN })).toEqual({ failed: 'steady' });
    expect(fresh({ what: 'script.timedOut', ...RUN })).toEqual({ failed: 'steady' });
    expect(fresh({ what: 'script.notStarted', error: 'ENOENT', ...RUN })).toEqual({ well: 'steady' });
  });

  it('says which result need not be told again: none while results are counted', () => {
    const tracker = new Tracker({ fall: 3 }).after(exited(0));
    expect(tracker.asked('expectResult')).toEqual([{ result: { what: 'script.exited', code: 0 } }]);
    expect(tracker.after(exited(4)).asked('expectResult')).toEqual([{ result: null }]);
    tracker.after(exited(4), exited(4));
    expect(tracker.asked('expectResult')).toEqual([{ result: { what: 'script.exited', code: 4 } }]);
    expect(tracker.after(exited(5)).asked('expectResult')).toEqual([
      { result: { what: 'script.exited', code: 5 } },
    ]);
    expect(tracker.signals).toEqual([]);
  });

  it('behaves as the one counter that keepalived has, from 0 to rise + fall - 1', () => {
    const runs = fc.array(fc.boolean(), { maxLength: 60 });
    const property = fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      runs,
      (rise, fall, startsFailed, results) => {
        const tracker = new Tracker({ rise, fall, startsFailed });
        let counter = startsFailed ? 0 : rise - 1;
        let first = !startsFailed;
        for (const good of results) {
          if (good) counter = counter < rise - 1 ? counter + 1 : rise + fall - 1;
          else counter = !first && counter > rise ? counter - 1 : 0;
          first = false;
          tracker.after(exited(good ? 0 : 1));
          expect(tracker.state).toEqual(counter >= rise ? { well: 'steady' } : { failed: 'steady' });
        }
      },
    );
    fc.assert(property, { seed: Number(process.env.RELIVED_SEED ?? Date.now() % 1_000_000), numRuns: 300 });
  });
});

describe('an interface', () => {
  it('counts at once without delays', () => {
    const tracker = new Tracker(LINK).after(seen({ what: 'link.up' }), seen({ what: 'link.down' }));
    expect(tracker.state).toEqual({ failed: 'steady' });
    expect(tracker.asked('expectResult')).toEqual([]);
    expect(tracker.asked('settleLink')).toEqual([]);
  });

  it('with delays must stay down, or up, before it counts', () => {
    const tracker = new Tracker({ ...LINK, lossDelayUs: 500, gainDelayUs: 700, settlesLink: true });
    expect(tracker.after(seen({ what: 'link.up' })).asked('settleLink')).toEqual([
      { interface: 'eth0', up: true },
    ]);
    tracker.after(seen({ what: 'link.down' }));
    expect(tracker.state).toEqual({ well: 'losing' });
    expect(tracker.asked('armTimer')).toEqual([{ timer: 'tracker.lossDelay', delayUs: 500 }]);
    expect(tracker.after(seen({ what: 'link.up' })).asked('disarmTimer')).toEqual([
      { timer: 'tracker.lossDelay' },
    ]);
    expect(tracker.state).toEqual({ well: 'steady' });
    expect(tracker.signals).toEqual([]);
    tracker.after(seen({ what: 'link.down' }), expired('tracker.lossDelay'));
    expect(tracker.state).toEqual({ failed: 'steady' });
    expect(tracker.signals).toEqual([['vrrp/VI_1', -10, false]]);
    expect(tracker.asked('settleLink')).toEqual([{ interface: 'eth0', up: false }]);
    expect(tracker.after(seen({ what: 'link.up' })).state).toEqual({ failed: 'gaining' });
    expect(tracker.after(expired('tracker.gainDelay')).state).toEqual({ well: 'steady' });
  });

  it('that was never up counts at once', () => {
    const tracker = new Tracker({ ...LINK, lossDelayUs: 500, gainDelayUs: 700 });
    tracker.after(seen({ what: 'link.down' }), seen({ what: 'link.up' }));
    expect(tracker.state).toEqual({ well: 'steady' });
  });
});

describe('processes', () => {
  it('must be neither too few nor too many', () => {
    const tracker = new Tracker(PROCESS).after(counted(1, 'scan'));
    expect(tracker.state).toEqual({ failed: 'steady' });
    expect(tracker.after(counted(2, 'exec')).state).toEqual({ well: 'steady' });
    expect(tracker.after(counted(5, 'fork')).state).toEqual({ failed: 'steady' });
    expect(tracker.after(counted(4, 'exit')).state).toEqual({ well: 'steady' });
  });

  it('are delayed when they are gained by fork or lost by exit', () => {
    const tracker = new Tracker({ ...PROCESS, lossDelayUs: 5, gainDelayUs: 7 }).after(counted(2, 'scan'));
    expect(tracker.after(counted(1, 'exec')).state).toEqual({ failed: 'steady' });
    expect(tracker.after(counted(2, 'exec')).state).toEqual({ well: 'steady' });
    expect(tracker.after(counted(1, 'exit')).state).toEqual({ well: 'losing' });
    tracker.after(expired('tracker.lossDelay'));
    expect(tracker.after(counted(2, 'fork')).state).toEqual({ failed: 'gaining' });
  });
});

it('a file is worth its number to each follower, and silence is kept about what changes nothing', () => {
  const followers = [
    { actor: 'vrrp/A', weight: 1, reverse: false },
    { actor: 'vrrp/B', weight: 0, reverse: false },
  ];
  const source = { kind: 'file', path: '/run/weight', initial: null } as const;
  const tracker = new Tracker({ source, followers }).after(seen({ what: 'file.read', value: 3 }));
  expect(tracker.state).toBe('measured');
  expect(tracker.signals).toEqual([
    ['vrrp/A', 3, false],
    ['vrrp/B', 0, true],
  ]);
  expect(tracker.after(seen({ what: 'file.read', value: 4 })).signals).toEqual([['vrrp/A', 4, false]]);
  expect(
    tracker.after(seen({ what: 'file.read', value: 300 }), seen({ what: 'file.read', value: 301 })).signals,
  ).toEqual([]);
});

it('a BFD session is down until it is said to be up', () => {
  const tracker = new Tracker({ source: { kind: 'bfd', session: 'bfd/r' }, startsFailed: true });
  expect(tracker.signals).toEqual([['vrrp/VI_1', -10, false]]);
  expect(tracker.after({ type: 'bfd.up' }).signals).toEqual([['vrrp/VI_1', 0, false]]);
  expect(tracker.after({ type: 'bfd.down', reason: 'expired' }).state).toEqual({ failed: 'steady' });
});

describe('a new configuration', () => {
  it('is told to those whom it concerns only', () => {
    const tracker = new Tracker().after(exited(1));
    const followers = [
      { actor: 'vrrp/VI_1', weight: -10, reverse: false },
      { actor: 'vrrp/VI_2', weight: 0, reverse: false },
    ];
    tracker.after({ type: 'tracker.reconfigured', input: trackerInput({ followers }) });
    expect(tracker.signals).toEqual([['vrrp/VI_2', 0, true]]);
    expect(tracker.asked('observe')).toEqual([]);
  });

  it('looks at another source from then on, and keeps what is known', () => {
    const source = { ...SCRIPT, intervalUs: 5_000_000 };
    const tracker = new Tracker().after(exited(1), {
      type: 'tracker.reconfigured',
      input: trackerInput({ source }),
    });
    expect(tracker.asked('observe')).toEqual([{ source }]);
    expect(tracker.state).toEqual({ failed: 'steady' });
  });
});

/** Every state that few results lead to, and what must be true in each. */
it('has no state that good or bad results do not lead out of, and tells what it is', () => {
  const observations: TrackerEvent[] = [
    exited(0),
    exited(1),
    seen({ what: 'script.timedOut', ...RUN }),
    { type: 'script.overran' },
    expired('tracker.lossDelay'),
    expired('tracker.gainDelay'),
  ];
  const changes = { rise: 2, fall: 3, lossDelayUs: 10, gainDelayUs: 10 };
  const start = startActor(trackerDefinition, trackerInput(changes) as never);
  const first = evaluate(trackerDefinition, start.snapshot, { type: 'tracker.started', atReload: false });
  const key = ({ state, context }: typeof first) =>
    JSON.stringify([state, context.contrary, context.wasWell]);
  const known = new Map([[key(first), first]]);
  for (const now of known.values()) {
    for (const event of observations) {
      const next = evaluate(trackerDefinition, now.snapshot, event as ActorEvent);
      if (!known.has(key(next))) known.set(key(next), next);
    }
  }
  expect(known.size).toBeGreaterThan(6);
  const settle = (now: typeof first, event: TrackerEvent, timer: string) => {
    let next = now;
    for (let times = 0; times < 4; times++) {
      next = evaluate(trackerDefinition, next.snapshot, event as ActorEvent);
      next = evaluate(trackerDefinition, next.snapshot, expired(timer) as unknown as ActorEvent);
    }
    return next;
  };
  for (const now of known.values()) {
    expect(settle(now, exited(0), 'tracker.gainDelay').state).toEqual({ well: 'steady' });
    const down = settle(now, exited(1), 'tracker.lossDelay');
    expect(down.state).toEqual({ failed: 'steady' });
    expect((down.context as unknown as TrackerContext).told['vrrp/VI_1']).toEqual({
      weight: -10,
      fault: false,
    });
    const ended = evaluate(trackerDefinition, now.snapshot, { type: 'tracker.removed' });
    expect(ended.state).toBe('ended');
    expect(ended.effects.map(({ type }) => type)).toContain('stopObserving');
  }
});
