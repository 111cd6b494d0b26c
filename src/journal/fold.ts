/** State and context of every actor, from its start row and the deltas after it. */
import type { JournalRow } from '../engine/types.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { ActorState } from './model.ts';

/** What folding needs of a row. */
export type Foldable = Pick<JournalRow, 'seq' | 'kind' | 'actor' | 'machine' | 'state' | 'delta'>;

/**
 * Folds rows in order. Notes belong to no statechart and are passed over. A crash leaves the context as it was:
 * its delta is the error.
 */
export class Fold {
  readonly #actors = new Map<string, ActorState>();

  get(actor: string): ActorState | undefined {
    return this.#actors.get(actor);
  }

  all(): ActorState[] {
    return [...this.#actors.values()];
  }

  /** Takes over a snapshot. */
  put(state: ActorState): void {
    this.#actors.set(state.actor, state);
  }

  apply(row: Foldable): void {
    if (row.kind === 'note') return;
    const before = this.#actors.get(row.actor);
    const started = row.kind === 'start';
    const context: JsonObject = started
      ? row.delta
      : { ...before?.context, ...(row.kind === 'crash' ? {} : row.delta) };
    this.#actors.set(row.actor, {
      actor: row.actor,
      seq: row.seq,
      machine: row.machine,
      state: row.state,
      context,
      uncertain: !started && (before?.uncertain ?? true),
    });
  }

  /** Rows of this actor that changed something are gone. */
  doubt(actor: string): void {
    const before = this.#actors.get(actor);
    if (before !== undefined) this.#actors.set(actor, { ...before, uncertain: true });
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
  return keys.every((key) => key in right && sameJson(left[key], right[key]));
}
