/** Actions of the tracker chart whose effects depend on what is known: none, one, or one for each follower. */
import { enqueueActions } from 'xstate';
import type { TrackerSignal } from '../signals.ts';
import { type Told, type TrackerContext, trackerActor } from './tracker.context.ts';
import type { ExpectedResult } from './tracker.effects.ts';
import type { TrackerEvent } from './tracker.events.ts';
import type { Follower } from './tracker.input.ts';

/** What followers must hear to know `effectOf`; those that know it already are left alone. */
function news(context: TrackerContext, effectOf: (follower: Follower) => Told) {
  const tracker = trackerActor(context.input);
  const told: Record<string, Told> = {};
  const signals: { actor: string; event: TrackerSignal }[] = [];
  for (const follower of context.input.followers) {
    const now = effectOf(follower);
    const before = context.told[follower.actor];
    const known = before?.weight === now.weight && before.fault === now.fault;
    told[follower.actor] = known && before !== undefined ? before : now;
    if (!known) signals.push({ actor: follower.actor, event: { type: 'tracker.changed', tracker, ...now } });
  }
  return { told, signals };
}

type Asked =
  | { type: 'signalActor'; params: { actor: string; event: TrackerSignal } }
  | { type: 'expectResult'; params: { result: ExpectedResult | null } }
  | { type: 'settleLink'; params: { interface: string; up: boolean } };

type Enqueued = {
  readonly context: TrackerContext;
  readonly enqueue: ((asked: Asked) => void) & { assign(changes: Partial<TrackerContext>): void };
};

/** An action that asks for none, one or several effects, as the context says. */
function ask(what: (args: Enqueued) => void) {
  return enqueueActions<
    TrackerContext,
    TrackerEvent,
    undefined,
    TrackerEvent,
    never,
    Asked,
    never,
    never,
    never
  >(({ context, enqueue }) => what({ context, enqueue }));
}

/** Tells followers what they do not know yet. */
export function tell(effectOf: (follower: Follower, context: TrackerContext) => Told) {
  return ask(({ context, enqueue }) => {
    const { told, signals } = news(context, (follower) => effectOf(follower, context));
    if (signals.length === 0 && Object.keys(context.told).length === Object.keys(told).length) return;
    enqueue.assign({ told });
    for (const params of signals) enqueue({ type: 'signalActor', params });
  });
}

/** Only scripts are run again and again. */
export function expect(resultOf: (context: TrackerContext) => ExpectedResult | null) {
  return ask(({ context, enqueue }) => {
    if (context.input.source.kind !== 'script') return;
    enqueue({ type: 'expectResult', params: { result: resultOf(context) } });
  });
}

/** Only interfaces with delays have a state of their own for the instances on them. */
export function settle(up: boolean) {
  return ask(({ context: { input }, enqueue }) => {
    if (!input.settlesLink || input.source.kind !== 'interface') return;
    enqueue({ type: 'settleLink', params: { interface: input.source.interface, up } });
  });
}
