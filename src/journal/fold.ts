/** State and context of every actor, from its start row and the deltas after it. */
import type { JournalRow } from '../engine/types.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { ActorState } from './model.ts';

/** What folding needs of a row. */
export type Foldable = Pick<JournalRow, 'seq' | 'kind' | 'actor' | 'machine' | 'state' | 'delta'>;

/** Its own, and changed in place: a copy of the context for each row is what a busy writer had no time for. */
type Kept = { -readonly [Key in keyof ActorState]: ActorState[Key] } & { context: Record<string, Json> };

/**
 * Folds rows in order. Notes belong to no statechart and are passed over. A crash leaves the context as it was:
 * its delta is the error.
 */
export class Fold {
  readonly #actors = new Map<string, Kept>();

  /** As it is now: later rows change it. */
  get(actor: string): ActorState | undefined {
    return this.#actors.get(actor);
  }

  all(): ActorState[] {
    return [...this.#actors.values()];
  }

  /** Takes over a snapshot. */
  put(state: ActorState): void {
    this.#actors.set(state.actor, { ...state, context: { ...state.context } });
  }

  apply(row: Foldable): void {
    if (row.kind === 'note') return;
    const before = this.#actors.get(row.actor);
    const { seq, kind, actor, machine, state, delta } = row;
    const changes = kind === 'crash' ? {} : delta;
    if (before === undefined || kind === 'start') {
      this.#actors.set(actor, {
        ...{ actor, seq, machine, state, context: { ...changes } },
        uncertain: kind !== 'start',
      });
      return;
    }
    before.seq = seq;
    before.machine = machine;
    before.state = state;
    Object.assign(before.context, changes);
  }

  /** Rows of this actor that changed something are gone. */
  doubt(actor: string): void {
    const before = this.#actors.get(actor);
    if (before !== undefined) before.uncertain = true;
  }
}

/** Equal JSON, whatever the order of keys. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item: Json, i) => sameJson(item, b[i]));
  }
  const left = a as JsonObject;
  const right = b as JsonObject;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]));
}
