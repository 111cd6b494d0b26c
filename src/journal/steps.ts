/** What the rows of one transaction come to, actor by actor: thousands of rows, but folding is done for each actor once. */
import type { RowKind } from '../engine/types.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { WrittenRow } from './messages.ts';

/** Rows of an actor as if they were one: `fold.ts` makes of it what it would make of them. */
export interface Step {
  readonly actor: string;
  /** Of the newest one. */
  readonly seq: number;
  /** `start` if there is one among them, `crash` if there is nothing else. */
  readonly kind: RowKind;
  readonly machine: string | null;
  /** As JSON. */
  readonly state: string;
  /** Later keys over earlier ones, from the newest start on. */
  readonly delta: JsonObject;
  /** How many there are. */
  readonly rows: number;
}

type Open = { -readonly [Key in keyof Step]: Step[Key] };

export class Steps implements Iterable<Step> {
  readonly #steps = new Map<string, Open>();

  /** Takes a row that changed something. Notes belong to no statechart. */
  add({ actor, seq, kind, machine, state, delta }: WrittenRow): void {
    if (kind === 'note') return;
    // The delta of a crash is its error.
    const changes: JsonObject = delta === null || kind === 'crash' ? {} : JSON.parse(delta);
    const before = this.#steps.get(actor);
    if (before === undefined) {
      this.#steps.set(actor, { actor, seq, kind, machine, state, delta: changes, rows: 1 });
      return;
    }
    before.seq = seq;
    before.machine = machine;
    before.state = state;
    before.rows += 1;
    if (kind === 'start') before.delta = changes;
    else Object.assign(before.delta, changes);
    if (kind === 'start' || before.kind === 'crash') before.kind = kind;
  }

  /** One for each actor. */
  [Symbol.iterator](): Iterator<Step> {
    return this.#steps.values();
  }
}
