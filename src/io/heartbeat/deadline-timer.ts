/** One timer for a deadline in microseconds. Never early, and at most about a millisecond late on an idle machine. */
import type { Clock } from '../../engine/types.ts';

/** setTimeout takes at most 2^31 - 1 ms; a deadline further away is looked at again in between. */
const LONGEST_MS = 3_600_000;

export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #due: () => void;
  #atUs: number | null = null;
  #wakeUs = Number.POSITIVE_INFINITY;
  #timeout: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;

  constructor(clock: Clock, due: () => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** Replaces the deadline. Putting it off is free: the timer that is set already will look again. */
  set(atUs: number | null): void {
    this.#atUs = atUs;
    if (atUs === null || atUs >= this.#wakeUs) return;
    this.#clear();
    this.#wait(atUs);
  }

  stop(): void {
    this.#atUs = null;
    this.#clear();
  }

  /** setTimeout counts whole milliseconds and may fire up to one early: the rest is spent looking each turn. */
  #wait(atUs: number): void {
    this.#wakeUs = atUs;
    const leftUs = atUs - this.#clock.monotonicUs();
    if (leftUs < 1000) this.#immediate = setImmediate(() => this.#wake());
    else this.#timeout = setTimeout(() => this.#wake(), Math.min(Math.ceil(leftUs / 1000), LONGEST_MS));
  }

  #wake(): void {
    this.#clear();
    const atUs = this.#atUs;
    if (atUs === null) return;
    if (atUs > this.#clock.monotonicUs()) {
      this.#wait(atUs);
      return;
    }
    this.#atUs = null;
    this.#due();
  }

  #clear(): void {
    this.#wakeUs = Number.POSITIVE_INFINITY;
    if (this.#timeout !== null) clearTimeout(this.#timeout);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#timeout = null;
    this.#immediate = null;
  }
}
