/** When the index of the segment that is being written is worth its price. */

/**
 * Entering a row costs more than storing it (some 30 us): a hundred actors have their entries on a hundred pages. Above so many
 * rows a second it is made at once later, from rows in order.
 */
const ROWS_PER_SECOND = 5_000;
const SECOND_MS = 1_000;

export class IndexPace {
  #sinceMs = 0;
  #rows = 0;
  #isKept = true;

  /** Whether rows are to be entered as they come, after so many more at `nowMs` of any clock that only goes forward. */
  isKept(rows: number, nowMs: number): boolean {
    const passedMs = nowMs - this.#sinceMs;
    if (passedMs >= SECOND_MS) {
      // A second that was full of them ends the moment the next one begins: then this one decides.
      if (passedMs >= 2 * SECOND_MS || this.#rows < ROWS_PER_SECOND) this.#isKept = true;
      this.#sinceMs = nowMs;
      this.#rows = 0;
    }
    this.#rows += rows;
    if (this.#rows >= ROWS_PER_SECOND) this.#isKept = false;
    return this.#isKept;
  }
}
