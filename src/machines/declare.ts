/**
 * Effects are data: a machine names an effect and gives JSON parameters; src/effects performs it.
 * `effect<P>()` is the placeholder XState wants as an implementation, `EffectOf` the union of what may be asked for.
 */

import type { JsonObject } from '../protocol/json.ts';

/** A fact that reached an actor, named in dot-case (`advert.received`). */
export type ActorEvent = { readonly type: string } & JsonObject;

/** Something an actor asked for, named in the imperative (`addVips`). Performed by src/effects, never on replay. */
export interface Effect {
  readonly type: string;
  readonly params: JsonObject;
}

/**
 * Declares an effect by its parameters' type; null in their place means that it is not asked for after all.
 * Running the placeholder is a bug.
 */
export const effect =
  <P>() =>
  (_args: unknown, _params: P | null): void => {
    throw new Error('an effect was run inside a machine: effects are data');
  };

/** Turns a table of declared effects into the union `{type, params}` that executors switch over. */
export type EffectOf<T> = {
  [K in keyof T & string]: T[K] extends (args: never, params: infer P) => void
    ? { readonly type: K; readonly params: NonNullable<P> }
    : never;
}[keyof T & string];

/** What every machine may ask for; the engine itself performs it: the event goes into the inboxes of other actors. */
export const actorEffects = {
  signalActor: effect<{ readonly actor: string; readonly event: ActorEvent }>(),
  /** To each of them, in this order. */
  signalActors: effect<{ readonly actors: readonly string[]; readonly event: ActorEvent }>(),
};
