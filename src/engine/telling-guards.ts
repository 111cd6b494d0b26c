/** Guards that say what they answered, and which values they looked at. For people who look on; the engine has its own. */
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { Json } from '../protocol/json.ts';
import type { ActorEvent } from './types.ts';

/** A value that a guard looked at: `input.nopreempt` of the context, `event.priority` of the event. */
export interface SeenValue {
  readonly path: string;
  /** Null also for what was not there. */
  readonly value: Json;
}

export interface GuardAnswer {
  readonly name: string;
  readonly passed: boolean;
  /** In the order in which they were first looked at, at most 12. */
  readonly saw: readonly SeenValue[];
}

const MOST_SEEN = 12;

interface GuardArgs {
  readonly context: object;
  readonly event: ActorEvent;
}
type Guard = (args: GuardArgs, params: unknown) => boolean;
/** One that is made of others, or asks for states. */
interface BuiltIn {
  check(snapshot: AnyMachineSnapshot, args: GuardArgs, guard: BuiltIn): boolean;
}

/** The thing as it is, and every plain value that is read from it noted. */
function watched<T>(thing: T, path: string, note: (path: string, value: Json) => void): T {
  if (thing === null || typeof thing !== 'object') return thing;
  return new Proxy(thing, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof key === 'symbol' || typeof value === 'function') return value;
      const at = path === '' ? key : `${path}.${key}`;
      if (value !== null && typeof value === 'object') return watched(value, at, note);
      note(at, (value ?? null) as Json);
      return value;
    },
  });
}

/** A guard is pure: asked a second time it answers the same, and now it is watched. */
function seenBy(guard: Guard, { context, event }: GuardArgs, params: unknown): SeenValue[] {
  const seen = new Map<string, Json>();
  const note = (path: string, value: Json): void => {
    if (path !== 'event.type' && seen.size < MOST_SEEN && !seen.has(path)) seen.set(path, value);
  };
  try {
    guard({ context: watched(context, '', note), event: watched(event, 'event', note) }, params);
  } catch {
    // Values that cannot be watched are not told of; the answer stands.
  }
  return [...seen].map(([path, value]) => ({ path, value }));
}

/** Those made of others (`and`, `not`) tell by the ones that they are made of; XState's own `stateIn` does not tell. */
export function withTellingGuards(
  machine: AnyStateMachine,
  tell: (answer: GuardAnswer) => void,
): AnyStateMachine {
  const guards: Record<string, Guard> = {};
  for (const [name, guard] of Object.entries(machine.implementations.guards as Record<string, Guard>)) {
    if (typeof guard !== 'function' || 'check' in guard) continue;
    guards[name] = (args, params) => {
      const passed = guard(args, params);
      tell({ name, passed, saw: seenBy(guard, args, params) });
      return passed;
    };
  }
  return machine.provide({ guards });
}

/**
 * What a guard says to an event in a situation, without anything happening. @throws what the guard throws
 * @param machine one whose guards tell
 * @param told what its guards have told, emptied before
 */
export function askGuard(
  machine: AnyStateMachine,
  snapshot: AnyMachineSnapshot,
  name: string,
  event: ActorEvent,
  told: GuardAnswer[],
): GuardAnswer | null {
  const guard = machine.implementations.guards[name] as unknown as Guard | BuiltIn | undefined;
  if (guard === undefined) return null;
  told.length = 0;
  const args = { context: snapshot.context as object, event };
  const passed = 'check' in guard ? guard.check(snapshot, args, guard) : guard(args, undefined);
  const saw = new Map(told.flatMap((answer) => answer.saw).map((one) => [one.path, one] as const));
  return { name, passed, saw: [...saw.values()].slice(0, MOST_SEEN) };
}
