/**
 * How often rows are drawn while the cursor is dragged over them. The cursor moves with every frame; charts and words of the row
 * that it is on need not, and are dearer to draw: where that costs frames, they are drawn less often.
 */

const SHORTEST_MS = 80;
const LONGEST_MS = 400;
/** What was drawn is painted by other threads, and holds up a frame or two after its own. */
const FRAMES = 3;
/** Three frames of a display are 50 ms; one left out makes 67 of them. */
const LATE_MS = 58;
const SLOWER = 2;
const FASTER = 0.94;

export class Pace {
  #restMs = SHORTEST_MS;

  /**
   * Twice as long after frames that came late, and slowly shorter again.
   * @param tookMs the three frames after a row was drawn
   * @returns milliseconds until the next one should be
   */
  after(tookMs: number): number {
    this.#restMs = Math.min(LONGEST_MS, this.#restMs * (tookMs > LATE_MS ? SLOWER : FASTER));
    this.#restMs = Math.max(SHORTEST_MS, this.#restMs);
    return this.#restMs;
  }

  /** After a row was drawn: resolves when the next one should be. */
  async rest(): Promise<void> {
    const frame = (): Promise<number> => new Promise(requestAnimationFrame);
    const began = await frame();
    let now = began;
    for (let count = 0; count < FRAMES; count += 1) now = await frame();
    await new Promise((resolve) => setTimeout(resolve, this.after(now - began)));
  }
}
