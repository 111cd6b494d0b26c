import { describe, expect, it } from 'vitest';
import { type Evaluation, evaluate, startActor } from '../../engine/evaluate.ts';
import type { ActorEvent } from '../declare.ts';
import { Reachable } from '../reachable.fixture.ts';
import { watchdogDefinition } from '../registry.ts';
import type { WatchdogEvent } from './watchdog.events.ts';

const BEGUN: WatchdogEvent = { type: 'watch.begun' };
const READY: WatchdogEvent = { type: 'worker.ready' };
const HUNG: WatchdogEvent = { type: 'worker.hung' };
const DYING: WatchdogEvent = { type: 'worker.dying' };
const DIED: WatchdogEvent = { type: 'worker.died', sound: false };
const DIED_SOUND: WatchdogEvent = { type: 'worker.died', sound: true };
const ENDED: WatchdogEvent = { type: 'worker.ended' };
const LEASE: WatchdogEvent = { type: 'lease.ended' };
const BETTER: WatchdogEvent = { type: 'better.heard' };
const KEPT: WatchdogEvent = { type: 'announcing.ended' };
const STOP: WatchdogEvent = { type: 'stop.requested' };
const PAUSE_OVER = { type: 'timer.expired', timer: 'watchdog.pause' } as const;

type Fact = WatchdogEvent | typeof PAUSE_OVER;

function given(...facts: Fact[]): Evaluation {
  let last = startActor(watchdogDefinition, {});
  for (const fact of facts) last = evaluate(watchdogDefinition, last.snapshot, { ...fact } as ActorEvent);
  return last;
}

const asked = ({ effects }: Evaluation): string[] => effects.map(({ type }) => type);
const pauseOf = ({ effects }: Evaluation): unknown =>
  effects.find(({ type }) => type === 'armTimer')?.params.delayUs ?? 0;

describe('the watchdog', () => {
  it('starts a worker, and another one at once when it dies', () => {
    expect(asked(given(BEGUN))).toEqual(['startWorker']);
    expect(asked(given(BEGUN, READY, DIED))).toEqual(['keepAnnouncing', 'startWorker']);
    expect(asked(given(BEGUN, READY, DIED_SOUND))).toEqual(['keepAnnouncing', 'startWorker']);
  });

  it('pauses longer and longer while workers do not last, as keepalived does', () => {
    const facts: Fact[] = [BEGUN];
    const pauses: unknown[] = [];
    for (let death = 0; death < 9; death++) {
      const died = given(...facts, READY, DIED);
      pauses.push(pauseOf(died));
      facts.push(READY, DIED, ...(died.state === 'pausing' ? [PAUSE_OVER] : []));
    }
    const seconds = [0, 1, 2, 4, 8, 16, 32, 60, 60];
    expect(pauses).toEqual(seconds.map((each) => each * 1_000_000));
    // One that lasted begins the count anew.
    expect(pauseOf(given(...facts, READY, DIED_SOUND))).toBe(0);
    expect(pauseOf(given(...facts, READY, DIED_SOUND, DIED))).toBe(0);
  });

  it('gives what the dead one held away where no other will be there in time, and when its time is over', () => {
    expect(asked(given(BEGUN, DIED, LEASE))).toEqual(['releaseHeld']);
    const second = [BEGUN, DIED, DIED];
    expect(asked(given(...second))).toEqual(['keepAnnouncing', 'armTimer']);
    expect(asked(given(...second, LEASE))).toEqual(['releaseHeld']);
    expect(asked(given(...second, PAUSE_OVER, DIED))).toEqual(['releaseHeld', 'armTimer']);
    expect(asked(given(BEGUN, READY, HUNG, LEASE))).toEqual(['releaseHeld']);
  });

  it('announces for a worker as soon as that cannot any more, unless it was told to end', () => {
    for (const facts of [[BEGUN, READY], [BEGUN], [BEGUN, READY, HUNG]])
      expect(asked(given(...facts, DYING))).toEqual(['keepAnnouncing']);
    expect(asked(given(BEGUN, READY, STOP, DYING))).toEqual([]);
  });

  it('gives way, on behalf of the dead, to a better router', () => {
    for (const facts of [
      [BEGUN, READY, DIED],
      [BEGUN, DIED, DIED],
      [BEGUN, READY, DIED, READY],
    ]) {
      const yielded = given(...facts, BETTER);
      expect([asked(yielded), yielded.state]).toEqual([['yieldHeld'], given(...facts).state]);
      expect(asked(given(...facts, BETTER, KEPT))).toEqual([]);
    }
    expect(asked(given(BEGUN, READY, DIED, STOP, LEASE))).toEqual(['releaseHeld']);
  });

  it('kills a worker that hangs', () => {
    const killing = given(BEGUN, READY, HUNG);
    expect([killing.state, asked(killing)]).toEqual(['killing', ['killWorker']]);
    expect(asked(given(BEGUN, READY, HUNG, DIED))).toEqual(['keepAnnouncing', 'startWorker']);
    expect(asked(given(BEGUN, READY, STOP, HUNG))).toEqual(['killWorker']);
  });

  it('ends with a worker that was told to, and with one that says that no other would do better', () => {
    for (const ended of [given(BEGUN, READY, STOP, ENDED), given(BEGUN, ENDED), given(BEGUN, READY, ENDED)])
      expect([ended.state, asked(ended)]).toEqual(['ended', ['endWatch']]);
    expect(asked(given(BEGUN, READY, STOP, DIED))).toEqual(['releaseHeld', 'endWatch']);
    const paused = given(BEGUN, DIED, DIED, STOP);
    expect([paused.state, asked(paused)]).toEqual(['ended', ['disarmTimer', 'releaseHeld', 'endWatch']]);
  });

  it('goes on in the history of the next worker where it was in that of the former', () => {
    const begun = given({ type: 'watch.begun', wasReady: true, quickDeaths: 3 });
    expect([begun.state, begun.context.quickDeaths, asked(begun)]).toEqual(['watching', 3, []]);
  });

  it('can always end, and runs no two workers', () => {
    const facts = [BEGUN, READY, HUNG, DYING, DIED, DIED_SOUND, ENDED, LEASE, BETTER, KEPT, STOP, PAUSE_OVER];
    const all = new Reachable(watchdogDefinition, {}, facts);
    expect(all.deadEnds(({ state }) => state === 'ended')).toEqual([]);
    for (const reached of all.states.values()) {
      const { state } = reached.evaluation;
      for (const fact of facts) {
        const after = all.after(reached, fact);
        const begins = asked(after).includes('startWorker');
        const nobodyRuns =
          state === 'idle' || state === 'pausing' || fact === DIED || fact === DIED_SOUND || fact === ENDED;
        if (begins) expect([nobodyRuns, state, fact.type]).toEqual([true, state, fact.type]);
      }
    }
  });
});
