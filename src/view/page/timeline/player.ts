/** Plays history: a cursor that runs through time at any speed and selects the rows that it passes. */
import type { ViewRow } from '../../api.ts';

/** Rows passed in one frame one by one; where there are more, the one in force is looked up. */
const MOST_STEPS = 20;
/** Longest part of a second that a frame counts: a page in the background does not leap. */
const LONGEST_FRAME_MS = 200;
/** With quiet times skipped: more of the watcher's time than this without a row is quiet, and so much of it is kept. */
const QUIET_MS = 1_500;
const KEPT_MS = 300;

export interface Playable {
  /** The selected row's time; null: live. */
  atUs(): number | null;
  /** The row after the selected one; null: there is none yet. */
  next(): Promise<ViewRow | null>;
  select(row: ViewRow): void;
  /** Selects the row in force at a time. */
  seek(timeUs: number): Promise<void>;
  /** The cursor is here; null: it stands on the selected row. */
  head(timeUs: number | null): void;
  /** It began or ended, by itself at the present. */
  changed(playing: boolean): void;
  nowUs(): number;
}

export class Player {
  /** Times as fast as it happened. */
  speed = 1;
  skipQuiet = true;
  readonly #on: Playable;
  #headUs: number | null = null;
  #next: ViewRow | null = null;
  #lastMs = 0;
  /** Each start has its own, so that an old frame ends itself. */
  #run = 0;

  constructor(on: Playable) {
    this.#on = on;
  }

  get playing(): boolean {
    return this.#headUs !== null;
  }

  toggle(): void {
    if (this.playing) this.stop();
    else this.start();
  }

  start(): void {
    this.#headUs = this.#on.atUs();
    if (this.#headUs === null) return;
    this.#run += 1;
    this.#next = null;
    this.#lastMs = performance.now();
    this.#on.changed(true);
    this.#frame(this.#run);
  }

  stop(): void {
    if (!this.playing) return;
    this.#run += 1;
    this.#headUs = null;
    this.#on.head(null);
    this.#on.changed(false);
  }

  #frame(run: number): void {
    requestAnimationFrame((nowMs) => {
      if (run !== this.#run) return;
      this.#advance(nowMs, run)
        .catch(() => this.stop())
        .finally(() => {
          if (run === this.#run) this.#frame(run);
        });
    });
  }

  async #advance(nowMs: number, run: number): Promise<void> {
    const passedMs = Math.min(LONGEST_FRAME_MS, Math.max(0, nowMs - this.#lastMs));
    this.#lastMs = nowMs;
    const perMsUs = 1_000 * this.speed;
    let headUs = (this.#headUs ?? 0) + passedMs * perMsUs;
    this.#next ??= await this.#on.next();
    if (run !== this.#run) return;
    if (this.skipQuiet && this.#next !== null && this.#next.wallUs - headUs > QUIET_MS * perMsUs)
      headUs = this.#next.wallUs - KEPT_MS * perMsUs;
    this.#headUs = headUs;
    this.#on.head(headUs);
    await this.#pass(headUs, run);
    if (run === this.#run && headUs >= this.#on.nowUs()) this.stop();
  }

  async #pass(headUs: number, run: number): Promise<void> {
    for (let step = 0; this.#next !== null && this.#next.wallUs <= headUs; step += 1) {
      if (step === MOST_STEPS) {
        await this.#on.seek(headUs);
        this.#next = null;
        return;
      }
      const row = this.#next;
      this.#on.select(row);
      const next = await this.#on.next();
      if (run !== this.#run) return;
      this.#next = next;
    }
    // At the end of what is known so far nothing more may come for long.
    if (this.#next === null && this.skipQuiet) this.stop();
  }
}
