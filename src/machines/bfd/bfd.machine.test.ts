import { describe, expect, it } from 'vitest';
import { type Evaluation, evaluate, startActor } from '../../engine/evaluate.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { bfdDefinition } from '../registry.ts';
import type { BfdContext } from './bfd.context.ts';
import type { BfdEvent } from './bfd.events.ts';
import { bfdInput, controlFact } from './bfd.fixture.ts';
import type { BfdInput } from './bfd.input.ts';

const STARTED: BfdEvent = { type: 'session.started', discriminator: 11, spare: 12 };
const SILENT: BfdEvent = { type: 'neighbor.silent', silentUs: 60_000, allowedUs: 50_000, lateUs: 10_000 };
const FAILED: BfdEvent = { type: 'socket.failed', error: 'EADDRNOTAVAIL' };
const OPENED: BfdEvent = { type: 'socket.opened' };
const UP_INTERVALS = { minTxUs: 10_000, minRxUs: 30_000 };

function heard(...[changes]: Parameters<typeof controlFact>): BfdEvent {
  return { type: 'control.received', ...controlFact(changes) };
}

interface Run {
  readonly state: unknown;
  readonly context: BfdContext;
  names(): string[];
  effect(type: string): JsonObject | undefined;
}

function runOf(last: Evaluation): Run {
  return {
    state: last.state,
    context: last.context as unknown as BfdContext,
    names: () => last.effects.map((effect) => effect.type),
    effect: (type) => last.effects.find((effect) => effect.type === type)?.params,
  };
}

/** Feeds events to a fresh session; the result speaks of the last one. */
function given(changes: Partial<BfdInput>, ...events: readonly BfdEvent[]): Run {
  let last = startActor(bfdDefinition, bfdInput(changes));
  for (const event of events) last = evaluate(bfdDefinition, last.snapshot, { ...event });
  return runOf(last);
}

const DOWN = [STARTED, OPENED] as const;
const INIT = [...DOWN, heard()] as const;
const UP = [...INIT, heard({ state: 'up', ...UP_INTERVALS })] as const;

describe('the state machine of RFC 5880 section 6.2', () => {
  it.each([
    ['down', 'down', 'init'],
    ['down', 'init', 'up'],
    ['down', 'up', 'down'],
    ['down', 'adminDown', 'down'],
    ['init', 'down', 'init'],
    ['init', 'init', 'up'],
    ['init', 'up', 'up'],
    ['init', 'adminDown', 'down'],
    ['up', 'down', 'down'],
    ['up', 'init', 'up'],
    ['up', 'up', 'up'],
    ['up', 'adminDown', 'down'],
  ] as const)('%s hears %s: %s', (own, neighbor, next) => {
    const way = { down: DOWN, init: INIT, up: UP }[own];
    expect(given({}, ...way).state).toBe(own);
    expect(given({}, ...way, heard({ state: neighbor })).state).toBe(next);
  });

  it.each([
    ['init', INIT],
    ['up', UP],
  ] as const)('%s falls when the neighbour is silent, which it forgets', (_own, way) => {
    const run = given({}, ...way, SILENT);
    expect(run.state).toBe('down');
    expect(run.effect('transmitControl')).toMatchObject({
      packet: { state: 'down', diagnostic: 1, yourDiscriminator: 0, desiredMinTxUs: 1_000_000 },
      intervalUs: 1_000_000,
    });
    expect(run.effect('awaitControl')).toEqual({ awaited: null, detectUs: null });
  });

  it('forgets a neighbour that is silent while the session is down', () => {
    const run = given({}, ...DOWN, heard({ state: 'adminDown' }), SILENT);
    expect([run.state, run.context.remote]).toEqual(['down', null]);
  });
});

describe('what is said', () => {
  it('starts down, idle and without a discriminator of the neighbour', () => {
    const run = given({}, STARTED);
    expect(run.names()).toEqual(['openSession', 'transmitControl', 'awaitControl']);
    expect(run.effect('transmitControl')).toEqual({
      packet: {
        state: 'down',
        diagnostic: 0,
        poll: false,
        final: false,
        demand: false,
        multiplier: 5,
        myDiscriminator: 11,
        yourDiscriminator: 0,
        desiredMinTxUs: 1_000_000,
        requiredMinRxUs: 10_000,
      },
      intervalUs: 1_000_000,
      answerPoll: false,
    });
  });

  it('sends at the greater of the own interval and what the neighbour can receive', () => {
    expect(given({}, ...UP).effect('transmitControl')).toMatchObject({
      packet: { state: 'up', poll: true, yourDiscriminator: 77, desiredMinTxUs: 20_000 },
      intervalUs: 30_000,
    });
    expect(given({ minTxUs: 40_000 }, ...UP).effect('transmitControl')).toMatchObject({ intervalUs: 40_000 });
  });

  it('polls when it comes up, until the final bit', () => {
    expect(given({}, ...UP).context.polling).toBe(true);
    expect(given({ idleTxUs: 2_000_000, minTxUs: 2_000_000 }, ...UP).context.polling).toBe(false);
    const run = given({}, ...UP, heard({ state: 'up', ...UP_INTERVALS, final: true }));
    expect(run.effect('transmitControl')).toMatchObject({ packet: { poll: false } });
  });

  it('answers a poll with what holds after it', () => {
    const run = given({}, ...INIT, heard({ state: 'up', poll: true }));
    expect(run.effect('transmitControl')).toMatchObject({ answerPoll: true, packet: { state: 'up' } });
    expect(given({}, ...UP, heard({ state: 'up' })).effect('transmitControl')).toMatchObject({
      answerPoll: false,
    });
  });

  it('respects the demand mode of the neighbour once both are up and nothing is polled', () => {
    const demand = heard({ state: 'up', ...UP_INTERVALS, demand: true });
    expect(given({}, ...UP, demand).effect('transmitControl')).toMatchObject({ intervalUs: 30_000 });
    const final = heard({ state: 'up', ...UP_INTERVALS, demand: true, final: true });
    expect(given({}, ...UP, final).effect('transmitControl')).toMatchObject({ intervalUs: null });
    const down = heard({ demand: true });
    expect(given({}, ...UP, final, down).effect('transmitControl')).toMatchObject({ intervalUs: 1_000_000 });
  });

  it('sends nothing periodically to a neighbour that wants nothing', () => {
    expect(given({}, ...DOWN, heard({ minRxUs: 0 })).effect('transmitControl')).toMatchObject({
      intervalUs: null,
    });
  });

  it('waits for the neighbour when passive, also after its silence', () => {
    expect(given({ passive: true }, STARTED).effect('transmitControl')).toMatchObject({ intervalUs: null });
    expect(given({ passive: true }, ...INIT).effect('transmitControl')).toMatchObject({
      intervalUs: 1_000_000,
      packet: { state: 'init', yourDiscriminator: 77 },
    });
    expect(given({ passive: true }, ...UP, SILENT).effect('transmitControl')).toMatchObject({
      intervalUs: null,
    });
  });
});

describe('what is awaited', () => {
  it("is the neighbour's multiplier times the slower interval (RFC 5880 section 6.8.4)", () => {
    expect(given({}, ...UP).effect('awaitControl')).toMatchObject({ detectUs: 3 * 10_000 });
    expect(given({ minRxUs: 50_000 }, ...UP).effect('awaitControl')).toMatchObject({ detectUs: 3 * 50_000 });
    const slower = heard({ state: 'up', multiplier: 4, minTxUs: 70_000 });
    expect(given({}, ...UP, slower).effect('awaitControl')).toMatchObject({ detectUs: 4 * 70_000 });
  });

  it('is the same packet again, but not one that would lead out of down', () => {
    const remote = controlFact({ state: 'up' });
    expect(given({}, ...DOWN, heard({ state: 'up' })).effect('awaitControl')).toMatchObject({
      awaited: remote,
    });
    // The neighbour that brought the session down says so again: that has to begin a new one.
    expect(given({}, ...UP, heard()).effect('awaitControl')).toMatchObject({ awaited: null });
    expect(given({}, ...UP, heard(), heard()).state).toBe('init');
  });
});

describe('who is told', () => {
  const told = (run: Run) => run.effect('signalActor');

  it('up and down, with the reason', () => {
    expect(told(given({}, ...UP))).toEqual({ actor: 'tracker/bfd/wan', event: { type: 'bfd.up' } });
    expect(told(given({}, ...UP, SILENT))).toEqual({
      actor: 'tracker/bfd/wan',
      event: { type: 'bfd.down', reason: 'neighbor is silent' },
    });
    expect(told(given({}, ...UP, heard()))).toMatchObject({ event: { type: 'bfd.down' } });
  });

  it('somebody who asks, if the session is up', () => {
    expect(told(given({}, ...UP, { type: 'state.asked' }))).toMatchObject({ event: { type: 'bfd.up' } });
    expect(told(given({}, ...INIT, { type: 'state.asked' }))).toBeUndefined();
  });

  it('nothing when an end is taken down on purpose, or was not up', () => {
    expect(told(given({}, ...UP, heard({ state: 'adminDown' })))).toBeUndefined();
    expect(told(given({}, ...UP, FAILED))).toBeUndefined();
    expect(told(given({}, ...INIT, SILENT))).toBeUndefined();
    expect(told(given({}, ...UP, heard({ state: 'up' })))).toBeUndefined();
  });
});

describe('discriminators', () => {
  it('are renewed when the session was up, and the next one is asked for', () => {
    for (const end of [SILENT, heard(), heard({ state: 'adminDown' })]) {
      const run = given({}, ...UP, end);
      expect(run.context.discriminator).toBe(12);
      expect(run.names()).toContain('drawDiscriminator');
      expect(run.effect('transmitControl')).toMatchObject({ packet: { myDiscriminator: 12 } });
    }
    const drawn: BfdEvent = { type: 'discriminator.drawn', discriminator: 13 };
    expect(given({}, ...UP, SILENT, drawn).context.spareDiscriminator).toBe(13);
  });

  it('stay when it was not', () => {
    expect(given({}, ...INIT, SILENT).context.discriminator).toBe(11);
  });
});

describe('a socket that cannot be opened', () => {
  const REOPEN = { type: 'timer.expired', timer: 'bfd.reopen' } as unknown as BfdEvent;

  it('takes the session down and is tried again each minute', () => {
    const run = given({}, STARTED, FAILED);
    expect([run.state, run.context.socketError]).toEqual(['adminDown', 'EADDRNOTAVAIL']);
    expect(run.effect('armTimer')).toEqual({ timer: 'bfd.reopen', delayUs: 60_000_000 });
    expect(run.effect('transmitControl')).toMatchObject({ intervalUs: null });
    const again = given({}, STARTED, FAILED, REOPEN);
    expect(again.names()).toEqual(expect.arrayContaining(['openSession', 'armTimer']));
  });

  it('is tried again when the neighbour is heard', () => {
    expect(given({}, STARTED, FAILED, heard()).names()).toContain('openSession');
    const run = given({}, STARTED, FAILED, heard(), OPENED);
    expect([run.state, run.context.remote, run.context.socketError]).toEqual(['down', null, null]);
    expect(run.effect('disarmTimer')).toEqual({ timer: 'bfd.reopen' });
  });
});

describe('another configuration', () => {
  const changed = (changes: Partial<BfdInput>): BfdEvent => ({
    type: 'session.reconfigured',
    input: bfdInput(changes),
  });
  const FINAL = heard({ state: 'up', ...UP_INTERVALS, final: true });

  it('keeps the session, opens its sockets anew and polls for other intervals', () => {
    const run = given({}, ...UP, FINAL, changed({ minTxUs: 90_000, minRxUs: 5_000 }));
    expect(run.state).toBe('up');
    expect(run.names()).toEqual(['openSession', 'transmitControl', 'awaitControl']);
    // Until the neighbour has acknowledged them, the faster sender and the slower receiver are in force.
    expect(run.effect('transmitControl')).toMatchObject({
      packet: { poll: true, desiredMinTxUs: 90_000 },
      intervalUs: 30_000,
    });
    const done = given({}, ...UP, FINAL, changed({ minTxUs: 90_000, minRxUs: 5_000 }), FINAL);
    expect(done.effect('transmitControl')).toMatchObject({ packet: { poll: false }, intervalUs: 90_000 });
    expect(done.effect('awaitControl')).toMatchObject({ detectUs: 3 * 10_000 });
  });

  it('polls for nothing when the intervals are the same', () => {
    expect(given({}, ...UP, FINAL, changed({ multiplier: 9 })).effect('transmitControl')).toMatchObject({
      packet: { poll: false, multiplier: 9 },
    });
  });
});

it('stops without a word', () => {
  const run = given({}, ...UP, { type: 'shutdown.requested', reason: 'SIGTERM' });
  expect([run.state, run.names()]).toEqual(['stopped', ['closeSession']]);
});
