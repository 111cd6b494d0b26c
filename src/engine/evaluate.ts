/**
 * The only caller of XState. Pure: a snapshot and an event give the next snapshot and effects as data.
 *
 * Live XState actors are not used: they run actions before their new snapshot is stored, so a journal fed by them
 * is always behind the effect. One inert actor scope is reused; building one for every event costs several times more.
 */
import { type AnyMachineSnapshot, type AnyStateMachine, createEmptyActor, type StateValue } from 'xstate';
import type { MachineDefinition } from '../machines/registry.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import { type GuardAnswer, withTellingGuards } from './telling-guards.ts';
import type { ActorEvent, Effect } from './types.ts';

/** Result of one step. `snapshot` is XState's and never leaves the process; the rest is JSON. */
export interface Evaluation {
  readonly snapshot: AnyMachineSnapshot;
  readonly state: Json;
  readonly effects: readonly Effect[];
  readonly context: JsonObject;
  /** Context keys that this step set to another value; the whole context at start. */
  readonly delta: JsonObject;
}

/** What XState hands to an action executor, as far as we read it. */
interface RawAction {
  readonly type: string;
  readonly params: unknown;
}

type ActorScope = Parameters<AnyStateMachine['transition']>[2];

interface Scope {
  readonly scope: ActorScope;
  readonly actions: RawAction[];
}

const scopes = new WeakMap<AnyStateMachine, Scope>();

/** XState's public event of an expired `after`, which embeds the state path; the journal has our own names. */
const AFTER_EVENT = /^xstate\.after\.([^.]+)\./;

function scopeFor(machine: AnyStateMachine): Scope {
  const known = scopes.get(machine);
  if (known !== undefined) return known;
  const actions: RawAction[] = [];
  // Never started: it only lends its identity to the transition function.
  const self = createEmptyActor() as unknown as ActorScope['self'];
  const scope: ActorScope = {
    self,
    logger: () => {},
    id: machine.id,
    sessionId: machine.id,
    defer: () => {},
    system: self.system,
    stopChild: () => {},
    emit: () => {},
    actionExecutor: (action) => {
      actions.push({ type: action.type, params: action.params });
    },
  };
  const created = { scope, actions };
  scopes.set(machine, created);
  return created;
}

/** Journal name of the timer behind a named delay: `vrrp.garpDelay`. */
function timerName(machine: AnyStateMachine, delay: string): string {
  return `${machine.id}.${delay}`;
}

/** `timer.expired` under our name, back to the event that XState's `after` waits for in the current state. */
function toMachineEvent(
  machine: AnyStateMachine,
  snapshot: AnyMachineSnapshot,
  event: ActorEvent,
): ActorEvent {
  if (event.type !== 'timer.expired') return event;
  for (const node of snapshot._nodes) {
    for (const { delay, eventType } of node.after) {
      if (typeof delay === 'string' && timerName(machine, delay) === event.timer) return { type: eventType };
    }
  }
  return event;
}

/** @throws if an `after` has no usable delay: XState would fire it at once, which here means two masters. */
function armTimer(machine: AnyStateMachine, params: { delay?: unknown; event?: { type?: string } }): Effect {
  const delay = AFTER_EVENT.exec(params.event?.type ?? '')?.[1];
  if (delay === undefined || !Number.isSafeInteger(params.delay) || (params.delay as number) < 0) {
    throw new Error(`timer without a whole, non-negative delay: ${String(params.event?.type)}`);
  }
  return {
    type: 'armTimer',
    params: { timer: timerName(machine, delay), delayUs: params.delay as number },
  };
}

/**
 * Translates what XState asks for into effects. Own effects pass, unless their parameters are null (see `effect`); the
 * library's actions become timers or vanish.
 */
function toEffect(machine: AnyStateMachine, action: RawAction, trigger: ActorEvent): Effect | null {
  if (!action.type.startsWith('xstate.')) {
    return action.params === null ? null : { type: action.type, params: (action.params ?? {}) as JsonObject };
  }
  if (action.type === 'xstate.raise') {
    const raised = action.params as { delay?: unknown; event?: { type?: string } };
    const isTimer = AFTER_EVENT.test(raised.event?.type ?? '');
    return isTimer ? armTimer(machine, raised) : null;
  }
  if (action.type === 'xstate.cancel') {
    const delay = AFTER_EVENT.exec(String((action.params as { sendId?: unknown }).sendId))?.[1];
    const timer = timerName(machine, delay ?? '');
    // Leaving the state whose timer just fired cancels that timer: nothing is left to disarm.
    if (delay === undefined || (trigger.type === 'timer.expired' && trigger.timer === timer)) return null;
    return { type: 'disarmTimer', params: { timer } };
  }
  throw new Error(`a machine used ${action.type}: only named effects, assign, raise and after are allowed`);
}

function changedKeys(before: JsonObject, after: JsonObject): JsonObject {
  if (before === after) return {};
  const delta: Record<string, Json> = {};
  for (const key of Object.keys(after)) {
    const value = after[key];
    if (value !== undefined && value !== before[key]) delta[key] = value;
  }
  return delta;
}

/**
 * The first step of an actor. XState's own `initialTransition` makes an actor for it, and that one begins without an input
 * first, which most machines answer with an error that nobody sees. @throws what the machine throws.
 */
export function startActor(definition: MachineDefinition, input: JsonObject): Evaluation {
  const { machine } = definition;
  const { scope, actions } = scopeFor(machine);
  actions.length = 0;
  const snapshot = machine.getInitialSnapshot(scope, input) as AnyMachineSnapshot;
  const event: ActorEvent = { type: 'actor.started', input };
  const context = snapshot.context as JsonObject;
  const effects = actions.flatMap((action) => toEffect(machine, action, event) ?? []);
  return { snapshot, state: snapshot.value as Json, effects, context, delta: context };
}

/** The snapshot of an actor whose state and context are known, to go on from the middle of a history. */
export function restoreActor(
  definition: MachineDefinition,
  state: Json,
  context: JsonObject,
): AnyMachineSnapshot {
  return definition.machine.resolveState({ value: state as StateValue, context });
}

/** Timers that run in this state, under the journal's names. */
export function runningTimers({ machine }: MachineDefinition, snapshot: AnyMachineSnapshot): string[] {
  return snapshot._nodes.flatMap((node) =>
    node.after.flatMap(({ delay }) => (typeof delay === 'string' ? [timerName(machine, delay)] : [])),
  );
}

/** Everything that decides what a snapshot does next: equal keys are equal snapshots of one machine. */
export function snapshotKey({ value, context, _nodes: nodes }: AnyMachineSnapshot): string {
  // The order of the nodes is that of their transitions.
  return JSON.stringify([value, context, nodes.map(({ order }) => order)]);
}

/** One event. @throws what the machine throws. */
export function evaluate(
  definition: MachineDefinition,
  snapshot: AnyMachineSnapshot,
  event: ActorEvent,
): Evaluation {
  const { machine } = definition;
  const { scope, actions } = scopeFor(machine);
  actions.length = 0;
  const next = machine.transition(
    snapshot,
    toMachineEvent(machine, snapshot, event),
    scope,
  ) as AnyMachineSnapshot;
  const effects = actions.flatMap((action) => toEffect(machine, action, event) ?? []);
  const context = next.context as JsonObject;
  return {
    snapshot: next,
    state: next.value as Json,
    effects,
    context,
    delta: changedKeys(snapshot.context as JsonObject, context),
  };
}

/** One of the steps of which an evaluation consists: a transition in each region that reacts, or a raised event's. */
export interface Microstep {
  readonly event: ActorEvent;
  /** By state: `protocol.backup`; targets are empty where no state is left. */
  readonly transitions: readonly { readonly source: string; readonly targets: readonly string[] }[];
  readonly state: Json;
  /** Guards that were asked on the way, in order, with what they answered. */
  readonly guards: readonly GuardAnswer[];
}

/**
 * As `evaluate`, step by step, for people who look on. Restores the actor, so that the machine is one whose guards tell.
 * @throws what the machine throws, after whose steps nothing is known.
 */
export function evaluateInSteps(
  definition: MachineDefinition,
  state: Json,
  context: JsonObject,
  event: ActorEvent,
): readonly Microstep[] {
  const steps: Microstep[] = [];
  let guards: GuardAnswer[] = [];
  const tell = (answer: GuardAnswer): void => void guards.push(answer);
  const watched = { ...definition, machine: withTellingGuards(definition.machine, tell) };
  const { scope } = scopeFor(watched.machine);
  const watching = scope.system.inspect((seen) => {
    if (seen.type !== '@xstate.microstep') return;
    const transitions = seen._transitions.map(({ source, target }) => ({
      source: source.path.join('.'),
      targets: (target ?? []).map((node) => node.path.join('.')),
    }));
    const after = (seen.snapshot as AnyMachineSnapshot).value as Json;
    steps.push({ event: seen.event as ActorEvent, transitions, state: after, guards });
    guards = [];
  });
  try {
    evaluate(watched, restoreActor(watched, state, context), event);
  } finally {
    watching.unsubscribe();
  }
  return steps;
}
