/**
 * How much happened: adverts and rows by time. Short windows are counted from the journal's runs at once; long ones from counts
 * by minute, which are made once of each part of the journal, a little at a time beside everything else.
 */
import type { RatesAnswer } from '../api.ts';
import type { JournalSource, SourceRun } from '../source.ts';

const MINUTE_US = 60_000_000;
/** A rate of less time than adverts are apart would say nothing. */
const LEAST_CELL_US = 1_000_000;
/** Windows up to this are counted at once, if no more runs than that are in them. */
const MOST_AT_ONCE_US = 3_600_000_000;
const MOST_RUNS = 40_000;
const MOST_ROWS = 40_000;
const CHUNK = 5_000;
/** Minutes kept of one node: two years. */
const MOST_MINUTES = 1_051_200;
/** Time that counting takes from the loop at once, and how long it leaves it to others. */
const SLICE_MS = 8;
const PAUSE_MS = 12;
/** After a question of any kind it waits for so long: whoever asks asks again. */
const QUIET_MS = 250;
/** A short history is counted for its first answer. */
const ANSWER_MS = 20;
export const MOST_CELLS = 4_000;

interface Progress {
  rows: number;
  adverts: number;
  done: boolean;
}

/** Counts by minute of one source, as far as they were made. */
class MinuteCounts {
  readonly rows = new Map<number, number>();
  readonly adverts = new Map<number, number>();
  readonly #source: JournalSource;
  readonly #progress = new Map<string, Progress>();
  #timer: NodeJS.Timeout | null = null;
  #pausedUntil = 0;

  constructor(source: JournalSource) {
    this.#source = source;
  }

  /** True: all that is written is counted. Goes on by itself if not. */
  advance(): boolean {
    const complete = this.#count(ANSWER_MS);
    if (!complete) this.#goOn();
    return complete;
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Others are at work. */
  pause(): void {
    this.#pausedUntil = performance.now() + QUIET_MS;
  }

  #goOn(): void {
    if (this.#timer !== null) return;
    const wait = Math.max(PAUSE_MS, this.#pausedUntil - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (performance.now() < this.#pausedUntil || !this.#count(SLICE_MS)) this.#goOn();
    }, wait);
    this.#timer.unref();
  }

  /** Newest first, as that is what is looked at. */
  #count(budgetMs: number): boolean {
    const until = performance.now() + budgetMs;
    for (const { file, closed } of [...this.#source.pieces()].reverse()) {
      const progress = this.#progress.get(file) ?? { rows: 0, adverts: 0, done: false };
      this.#progress.set(file, progress);
      for (const what of ['rows', 'adverts'] as const) {
        while (!progress.done) {
          const { minutes, upTo } = this.#source.counts(file, what, progress[what], CHUNK);
          for (const [minute, count] of minutes) this.#add(this[what], minute, count);
          if (upTo === progress[what]) break;
          progress[what] = upTo;
          if (performance.now() > until) return false;
        }
      }
      progress.done = closed;
    }
    return true;
  }

  #add(counts: Map<number, number>, minute: number, count: number): void {
    if (counts.size < MOST_MINUTES || counts.has(minute))
      counts.set(minute, (counts.get(minute) ?? 0) + count);
  }
}

interface Counts {
  readonly adverts: number[];
  readonly rows: number[];
}

/** Null: too much for once. */
function atOnce(source: JournalSource, fromUs: number, toUs: number, cellUs: number): Counts | null {
  const cells = Math.ceil((toUs - fromUs) / cellUs);
  const counts = { adverts: new Array<number>(cells).fill(0), rows: new Array<number>(cells).fill(0) };
  const [fromSeq, toSeq] = [source.seqAt(fromUs - 1) + 1, source.seqAt(toUs)];
  if (toSeq - fromSeq > MOST_ROWS) return null;
  let runs = 0;
  for (const run of source.runs(fromUs, toUs)) {
    runs += 1;
    if (runs > MOST_RUNS) return null;
    spread(counts.adverts, run, fromUs, cellUs);
  }
  for (const { file } of source.pieces()) {
    for (const us of source.times(file, fromSeq, toSeq)) {
      const cell = Math.floor((us - fromUs) / cellUs);
      if (cell >= 0 && cell < cells) counts.rows[cell] = (counts.rows[cell] ?? 0) + 1;
    }
  }
  return counts;
}

/** Adverts of a run come at even intervals, or it would be two. */
function spread(cells: number[], { fromUs, toUs, count }: SourceRun, beginUs: number, cellUs: number): void {
  const everyUs = count > 1 ? (toUs - fromUs) / (count - 1) : 0;
  for (let index = 0; index < count; index += 1) {
    const cell = Math.floor((fromUs + index * everyUs - beginUs) / cellUs);
    if (cell >= cells.length) return;
    if (cell >= 0) cells[cell] = (cells[cell] ?? 0) + 1;
  }
}

function byMinute(
  { rows, adverts }: MinuteCounts,
  fromMinute: number,
  minutesInCell: number,
  cells: number,
): Counts {
  const of = (counts: ReadonlyMap<number, number>): number[] =>
    Array.from({ length: cells }, (_, cell) => {
      let sum = 0;
      for (let minute = 0; minute < minutesInCell; minute += 1)
        sum += counts.get(fromMinute + cell * minutesInCell + minute) ?? 0;
      return sum;
    });
  return { adverts: of(adverts), rows: of(rows) };
}

export class Rates {
  readonly #counts = new Map<JournalSource, MinuteCounts>();

  /** @param cells at most MOST_CELLS, and fewer where they would be shorter than what is known */
  rates(sources: readonly JournalSource[], fromUs: number, toUs: number, cells: number): RatesAnswer {
    const thinned = sources.flatMap((source) =>
      source.thinned().filter((time) => time.fromUs < toUs && time.toUs > fromUs),
    );
    const wanted = Math.max(LEAST_CELL_US, Math.ceil((toUs - fromUs) / cells));
    if (toUs - fromUs <= MOST_AT_ONCE_US) {
      const found = sources.map((source) => atOnce(source, fromUs, toUs, wanted));
      if (found.every((counts) => counts !== null)) {
        const nodes = sources.map(({ node }, index) => ({ node, ...(found[index] as Counts) }));
        return { fromUs, cellUs: wanted, nodes, thinned, counting: false };
      }
    }
    const minutesInCell = Math.max(1, Math.ceil(wanted / MINUTE_US));
    const fromMinute = Math.floor(fromUs / MINUTE_US / minutesInCell) * minutesInCell;
    const count = Math.ceil((toUs / MINUTE_US - fromMinute) / minutesInCell);
    let counting = false;
    const nodes = sources.map((source) => {
      const counts = this.#of(source);
      if (!counts.advance()) counting = true;
      return { node: source.node, ...byMinute(counts, fromMinute, minutesInCell, count) };
    });
    const cellUs = minutesInCell * MINUTE_US;
    return { fromUs: fromMinute * MINUTE_US, cellUs, nodes, thinned, counting };
  }

  /** A question of another kind was asked: counting waits. */
  pause(): void {
    for (const counts of this.#counts.values()) counts.pause();
  }

  close(): void {
    for (const counts of this.#counts.values()) counts.stop();
  }

  #of(source: JournalSource): MinuteCounts {
    const known = this.#counts.get(source) ?? new MinuteCounts(source);
    this.#counts.set(source, known);
    return known;
  }
}
