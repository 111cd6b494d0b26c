import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor, type InspectionEvent } from 'xstate';
import { evaluate, startActor } from '../../engine/evaluate.ts';
import type { ActorEvent } from '../../engine/types.ts';
import { vrrpDefinition } from '../../machines/registry.ts';
import { vrrpInput } from '../../machines/vrrp/vrrp.fixture.ts';
import type { VrrpInput } from '../../machines/vrrp/vrrp.input.ts';
import type { Json } from '../../protocol/json.ts';
import { FiredEdges } from './fired.ts';
import type { ChartLayout } from './layout-types.ts';

const layout: ChartLayout = JSON.parse(readFileSync(new URL('../layout/vrrp.json', import.meta.url), 'utf8'));
const fired = new FiredEdges(layout);

const INPUT = vrrpInput();

/** XState's own account of what it took, under the chart's names. */
class Witness {
  readonly #taken: string[] = [];
  readonly #actor;

  constructor(input: VrrpInput) {
    const { machine } = vrrpDefinition;
    const noEffects = Object.fromEntries(
      Object.entries(machine.implementations.actions)
        .filter(([, action]) => (action as { type?: string } | undefined)?.type === undefined)
        .map(([name]) => [name, () => {}]),
    );
    this.#actor = createActor(machine.provide({ actions: noEffects }), {
      input,
      inspect: (event) => this.#note(event),
      clock: { setTimeout: () => 0, clearTimeout: () => {} },
    });
    this.#actor.start();
  }

  #note(event: InspectionEvent): void {
    if (event.type !== '@xstate.microstep') return;
    for (const { source, eventType, target, guard } of event._transitions) {
      // The initial pseudo-transitions have no event.
      if (eventType === undefined || eventType === '') continue;
      const alternatives = source.transitions.get(eventType) ?? [];
      const position = alternatives.findIndex(
        (candidate) => candidate.guard === guard && candidate.target?.[0]?.id === target?.[0]?.id,
      );
      const name = eventType.replace(/^xstate\.after\.([^.]+)\..*$/, 'after $1');
      this.#taken.push(`${source.path.join('.')}:${name}:${position}`);
    }
  }

  /** Transitions that the event took, and those of events that it raised. */
  send(event: ActorEvent): string[] {
    this.#taken.length = 0;
    let sent = event;
    if (event.type === 'timer.expired') {
      const armed = this.#actor.getSnapshot()._nodes.flatMap((node) => node.after);
      const own = armed.find(({ delay }) => `vrrp.${String(delay)}` === event.timer);
      if (own === undefined) return [];
      sent = { type: own.eventType };
    }
    this.#actor.send(sent);
    return [...this.#taken].sort();
  }
}

const edges = new Map(layout.edges.map((edge) => [edge.id, edge]));

/** Those that lead somewhere: which of two transitions did nothing leaves no trace in a row. */
function leading(ids: readonly string[]): string[] {
  return ids.filter((id) => edges.get(id)?.target !== null).sort();
}

/** Runs events through the engine's evaluation and compares the edges found on the chart with XState's account. */
function compare(input: VrrpInput, events: readonly ActorEvent[]): void {
  const witness = new Witness(input);
  let { snapshot, state } = startActor(vrrpDefinition, { ...input });
  for (const event of events) {
    const before: Json = state;
    const next = evaluate(vrrpDefinition, snapshot, event);
    ({ snapshot, state } = next);
    const found = fired.of({ kind: 'step', event, effects: next.effects, before, state });
    const context = `${event.type} in ${JSON.stringify(before)}`;
    expect(leading(found), context).toEqual(leading(witness.send(event)));
  }
}

const advert = (priority: number, source = '10.0.0.2'): ActorEvent => ({
  type: 'advert.received',
  source,
  priority,
  advertIntervalUs: 1_000_000,
  addresses: ['10.0.0.100'],
});
const silent: ActorEvent = {
  type: 'master.silent',
  silentUs: 3e6,
  allowedUs: 3e6,
  missedAdverts: 3,
  lateUs: 0,
};
const started = (linkUp: boolean): ActorEvent => ({
  type: 'instance.started',
  linkUp,
  sourceAddress: '10.0.0.1',
});

const anyEvent: fc.Arbitrary<ActorEvent> = fc.oneof(
  fc
    .constantFrom(0, 90, 100, 110, 200)
    .chain((priority) => fc.constantFrom('10.0.0.1', '10.0.0.2').map((source) => advert(priority, source))),
  fc.constant(silent),
  fc.boolean().map(started),
  fc.constantFrom(
    { type: 'link.up' },
    { type: 'link.down' },
    { type: 'source.lost' },
    { type: 'source.found', address: '10.0.0.1' },
    { type: 'object.deleted', object: 'address', name: '10.0.0.100' },
    { type: 'vips.added' },
    { type: 'vips.removed' },
    { type: 'vips.addFailed', address: '10.0.0.100', error: 'no' },
    { type: 'vips.removeFailed', address: '10.0.0.100', error: 'no' },
    { type: 'garps.sent' },
    { type: 'self.stalled', stalledUs: 1_000 },
    { type: 'adverts.sendFailed', error: 'no' },
    { type: 'adverts.sendRecovered' },
    { type: 'shutdown.requested', reason: 'SIGTERM' },
    { type: 'timer.expired', timer: 'vrrp.garpDelay' },
    { type: 'timer.expired', timer: 'vrrp.contestDelay' },
    { type: 'timer.expired', timer: 'vrrp.removeRetry' },
  ),
);

describe('edges that a row fired', () => {
  it('finds the transitions of a failover, with those of raised events', () => {
    const witnessed = [started(true), { type: 'vips.removed' }, advert(150), silent, { type: 'vips.added' }];
    compare(INPUT, witnessed);
    const before = {
      protocol: { backup: 'listening' },
      addresses: 'absent',
      garp: 'idle',
      contest: 'quiet',
      refresh: 'off',
    };
    const state = { protocol: 'master', addresses: 'adding', garp: 'idle', contest: 'quiet', refresh: 'off' };
    const effects = ['stopWatching', 'announce', 'addVips'].map((type) => ({ type, params: {} }));
    expect(fired.of({ kind: 'step', event: silent, effects, before, state }).toSorted()).toEqual([
      'addresses.absent:mastership.gained:0',
      'protocol.backup:master.silent:1',
    ]);
  });

  it('agrees with XState on every event of random histories', () => {
    const priorities = fc.constantFrom(100, 255);
    const inputs = fc.record({
      priority: priorities,
      startAsMaster: fc.boolean(),
      nopreempt: fc.boolean(),
      lowerPriorityNoAdvert: fc.boolean(),
      garpMasterDelayUs: fc.constantFrom(0, 5_000_000),
      garpLowerPriorityDelayUs: fc.constantFrom(0, 5_000_000),
      garpRefreshUs: fc.constantFrom(0, 60_000_000),
    });
    const histories = fc.array(anyEvent, { maxLength: 40 });
    fc.assert(
      fc.property(inputs, fc.boolean(), histories, (options, linkUp, events) => {
        compare({ ...INPUT, ...options }, [started(linkUp), ...events]);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it('lights the initial arrows of a start and nothing for a note or a crash', () => {
    const state = {
      protocol: 'initialize',
      addresses: 'unknown',
      garp: 'idle',
      contest: 'quiet',
      refresh: 'off',
    };
    const row = { event: { type: 'actor.started' }, effects: [], before: null, state };
    expect(fired.of({ ...row, kind: 'start' })).toEqual([
      'addresses.(initial)',
      'contest.(initial)',
      'garp.(initial)',
      'protocol.(initial)',
      'refresh.(initial)',
    ]);
    expect(fired.of({ ...row, kind: 'crash' })).toEqual([]);
    expect(fired.of({ ...row, kind: 'note', state: null })).toEqual([]);
  });
});
