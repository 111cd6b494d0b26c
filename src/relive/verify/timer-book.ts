/** Timers of one actor: what expires was armed, by the row that is its cause, and did not expire early. */
import type { Effect } from '../../engine/types.ts';
import type { JsonObject } from '../../protocol/json.ts';

interface Armed {
  /** Row that armed it. */
  readonly seq: number;
  /** CLOCK_MONOTONIC. */
  readonly dueUs: number;
}

export class TimerBook {
  /** Of an actor in the middle of its life: timers that were armed before are not known. */
  readonly #isRestored: boolean;
  readonly #armed = new Map<string, Armed | null>();

  constructor(isRestored: boolean) {
    this.#isRestored = isRestored;
  }

  effect({ type, params }: Effect, seq: number, atUs: number): void {
    if (type === 'armTimer')
      this.#armed.set(String(params.timer), { seq, dueUs: atUs + Number(params.delayUs) });
    else if (type === 'disarmTimer') this.#armed.set(String(params.timer), null);
  }

  /** What must have been, where it was not; null if all is well. */
  expired(timer: string, cause: number | null, atUs: number): JsonObject | null {
    const armed = this.#armed.get(timer);
    if (armed === undefined && this.#isRestored) return null;
    this.#armed.set(timer, null);
    if (armed === undefined || armed === null) return { rule: 'the timer was not armed' };
    if (cause !== armed.seq) return { rule: 'the timer was armed by another row', seq: armed.seq };
    return atUs >= armed.dueUs ? null : { rule: 'the timer was not due yet', dueUs: armed.dueUs };
  }
}
