/** Identical adverts in a row, counted instead of journalled one by one. */
import type { JournalRun } from '../types.ts';
import type { Stretch } from './repetition.ts';

/** A run is handed over after this long even if nothing changed, so that the journal never lags further behind. */
export const RUN_MAX_US = 60_000_000;

export type HeartbeatRun = Omit<JournalRun, 'afterSeq'>;

export class RunCounter {
  readonly #actor: string;
  readonly #direction: 'sent' | 'received';
  readonly #emit: (run: HeartbeatRun) => void;
  #source = '';
  #priority = 0;
  #count = 0;
  #firstUs = 0;
  #lastUs = 0;
  #sinceUs = 0;
  #largestGapUs = 0;
  #firstWallUs = 0;
  /** The advert of the same stream before this run, null if there was none. */
  #previousUs: number | null = null;

  constructor(actor: string, direction: 'sent' | 'received', emit: (run: HeartbeatRun) => void) {
    this.#actor = actor;
    this.#direction = direction;
    this.#emit = emit;
  }

  /** When the open run must be handed over; Infinity if none is open. */
  get mustCloseUs(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : this.#firstUs + RUN_MAX_US;
  }

  /**
   * Hands over the open run and starts another stream. `previousUs` is an advert of that stream that was no part of a
   * run (it was an event of its own): the silence after it counts as a gap. An advert that came before `sinceUs`, and
   * waited, counts as of then.
   */
  begin(source: string, priority: number, previousUs: number | null, sinceUs = 0): void {
    this.#close();
    this.#sinceUs = sinceUs;
    this.#source = source;
    this.#priority = priority;
    this.#previousUs = previousUs;
  }

  /** Who sends the adverts of the stream. */
  get source(): string {
    return this.#source;
  }

  /** When the newest advert was counted; 0 if none was. */
  get lastUs(): number {
    return this.#lastUs;
  }

  /** Counts one advert. True if it opened a run. */
  add(nowUs: number, wallUs: number): boolean {
    const opened = this.#next(nowUs, wallUs);
    this.#lastUs = Math.max(this.#lastUs, nowUs, this.#sinceUs);
    this.#count++;
    return opened;
  }

  /** Counts what somebody else has counted of the same stream. */
  addStretch({ count, firstUs, firstWallUs, lastUs, largestGapUs }: Stretch): void {
    this.#next(firstUs, firstWallUs);
    this.#largestGapUs = Math.max(this.#largestGapUs, largestGapUs);
    this.#lastUs = Math.max(this.#lastUs, lastUs, this.#sinceUs);
    this.#count += count;
  }

  #next(atUs: number, atWallUs: number): boolean {
    const opened = this.#count === 0;
    const nowUs = Math.max(atUs, this.#sinceUs);
    const wallUs = atWallUs + nowUs - atUs;
    if (opened) {
      this.#firstUs = nowUs;
      this.#firstWallUs = wallUs;
      this.#largestGapUs = 0;
    }
    const beforeUs = opened ? this.#previousUs : this.#lastUs;
    if (beforeUs !== null) this.#largestGapUs = Math.max(this.#largestGapUs, nowUs - beforeUs);
    return opened;
  }

  /** Hands over the open run because of its age; the stream goes on, and so does the measuring of gaps. */
  roll(): void {
    if (this.#count > 0) this.#previousUs = this.#lastUs;
    this.#close();
  }

  /** Hands over the open run; the stream ended. */
  end(): void {
    this.#close();
    this.#previousUs = null;
  }

  #close(): void {
    if (this.#count === 0) return;
    const run: HeartbeatRun = {
      actor: this.#actor,
      direction: this.#direction,
      source: this.#source,
      priority: this.#priority,
      count: this.#count,
      firstUs: this.#firstUs,
      lastUs: this.#lastUs,
      largestGapUs: this.#largestGapUs,
      firstWallUs: this.#firstWallUs,
    };
    this.#count = 0;
    this.#emit(run);
  }
}
