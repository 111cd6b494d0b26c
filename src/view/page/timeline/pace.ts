/**
 * How often rows are drawn while the cursor is dragged over them. The cursor moves with every frame; charts and words of the row
 * that it is on need not, and are dearer to draw: where that costs frames, they are drawn less often.
 */

const SHORTEST_MS = 80;
const LONGEST_MS = 400;
/** A frame that took longer than this came too late for the display, whose frames are 16.7 ms apart. */
const LATE_MS = 25;
/** What was drawn is painted by other threads, and holds up a frame or two after its own. */
const FRAMES = 3;
const SLOWER = 2;
const FASTER = 0.94;

/** Time between two rows: twice as long after a frame that came late, and slowly shorter again. */
export class Pace {
  #restMs = SHORTEST_MS;

  /** @param gapsMs between the frames after a row was drawn @returns milliseconds until the next one should be */
  after(gapsMs: readonly number[]): number {
    const isLate = gapsMs.some((gap) => gap > LATE_MS);
    this.#restMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, this.#restMs * (isLate ? SLOWER : FASTER)));
    return this.#restMs;
  }
}

const nextFrame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));

/** After a row was drawn: resolves when the next one should be. */
export async function rest(pace: Pace): Promise<void> {
  let last = await nextFrame();
  const gaps: number[] = [];
  while (gaps.length < FRAMES) {
    const now = await nextFrame();
    gaps.push(now - last);
    last = now;
  }
  await new Promise((resolve) => setTimeout(resolve, pace.after(gaps)));
}
