/** Which rows change something: what a row says of its actor against what the last one said. */
import type { JournalRow } from '../engine/types.ts';

export class Changes {
  /** State of each actor, as text. */
  readonly #states = new Map<string, string>();

  /** Whether the actor has had a row. */
  knows(actor: string): boolean {
    return this.#states.has(actor);
  }

  /** As its last row left it, as JSON. */
  stateOf(actor: string): string {
    return this.#states.get(actor) ?? 'null';
  }

  actors(): string[] {
    return [...this.#states.keys()];
  }

  /** True for a step that leaves another state or context or asks for effects, and for rows of every other kind. */
  take({ actor, kind, state, effects, delta }: JournalRow): boolean {
    const text = JSON.stringify(state) ?? 'null';
    const isSame = this.#states.get(actor) === text;
    if (!isSame) this.#states.set(actor, text);
    return !isSame || kind !== 'step' || effects.length > 0 || Object.keys(delta).length > 0;
  }
}
