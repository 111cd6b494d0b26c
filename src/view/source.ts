/** Where the visualizer gets history from: one node's journal. Times are Unix times in microseconds. */
import type { JournalRow } from '../engine/types.ts';
import type { Json, JsonObject } from '../protocol/json.ts';

export interface SourceRow extends JournalRow {
  /** Counter of process starts. */
  readonly epoch: number;
}

/** One start of the process. */
export interface SourceEpoch {
  readonly epoch: number;
  readonly firstSeq: number;
  readonly startUs: number;
  /** Its last sign of life. */
  readonly lastUs: number;
  /** It runs no more. */
  readonly ended: boolean;
}

export interface SourceGap {
  readonly fromUs: number;
  readonly toUs: number;
  readonly reason: string;
  readonly lostRows: number;
}

export interface SourceState {
  readonly actor: string;
  readonly seq: number;
  readonly machine: string | null;
  readonly state: Json;
  readonly context: JsonObject;
  readonly uncertain: boolean;
}

/** Where an actor stands since row `seq`. */
export interface SourceStanding {
  readonly actor: string;
  readonly machine: string | null;
  readonly seq: number;
  /** Null: the row is not there any more. */
  readonly wallUs: number | null;
  readonly state: Json;
}

/** Bounds are inclusive. */
export interface SourceRange {
  readonly fromSeq?: number;
  readonly toSeq?: number;
  readonly actor?: string;
  /** Only rows that changed something. */
  readonly changedOnly?: boolean;
  /** Only what this row led to. */
  readonly cause?: number;
}

/** A part of the history that is read and kept at once. */
export interface SourcePiece {
  /** What it is called as long as it is there. */
  readonly file: string;
  readonly epoch: number;
  /** It grows no more. */
  readonly closed: boolean;
  readonly firstSeq: number;
  readonly fromUs: number;
}

/** A row of an actor: only when, whether it came from outside, and the state after it as JSON. */
export type SourceMark = readonly [seq: number, wallUs: number, isInput: 0 | 1, state: string];

export interface SourceMarkRange {
  readonly fromSeq: number;
  readonly toSeq: number;
  /** With rows that changed nothing; only for short ranges. */
  readonly unchanged?: boolean;
}

/** Counts of some rows or runs of a piece by minute since 1970, and up to which one they go. */
export interface SourceCounts {
  readonly minutes: readonly (readonly [minute: number, count: number])[];
  readonly upTo: number;
}

/** A run of adverts that say the same. */
export interface SourceRun {
  readonly fromUs: number;
  readonly toUs: number;
  readonly count: number;
}

export interface JournalSource {
  readonly node: string;
  /** Where the journal lies; null: others cannot open it. */
  readonly directory: string | null;
  /** Node that it is another life of, which never was; absent: it was lived. */
  readonly against?: string;
  /** Oldest first. */
  pieces(): readonly SourcePiece[];
  /** Ascending by seq; of one piece. */
  marks(file: string, actor: string, range: SourceMarkRange): Iterable<SourceMark>;
  firstSeq(): number;
  /** 0 before the first row. */
  lastSeq(): number;
  /** Ascending by seq. */
  rows(range: SourceRange): Iterable<SourceRow>;
  /** Newest first, at most so many; looks no further than those. */
  newest(range: Pick<SourceRange, 'fromSeq' | 'toSeq' | 'actor'>, most: number): readonly SourceRow[];
  counts(file: string, what: 'rows' | 'adverts', after: number, most: number): SourceCounts;
  /** Unix times of the rows of a piece; both bounds inclusive. */
  times(file: string, fromSeq: number, toSeq: number): readonly number[];
  /** Those of which any part lies in a time. */
  runs(fromUs: number, toUs: number): Iterable<SourceRun>;
  row(seq: number): SourceRow | null;
  /** Newest row at or before `seq` that changed this actor; null if there is none. */
  changeBefore(actor: string, seq: number): SourceRow | null;
  /** Newest row at or before a time; 0 if there is none. */
  seqAt(wallUs: number): number;
  /** Every actor of the process that wrote row `seq`, as it was after that row. */
  statesAt(seq: number, wanted?: (actor: string) => boolean): readonly SourceState[];
  /** The same without what they know, in a part of the time. */
  standingsAt(seq: number): readonly SourceStanding[];
  stateAt(actor: string, seq: number): SourceState | null;
  /** State before the row; null if the actor did not exist in that process. */
  stateBefore(actor: string, seq: number): Json;
  epochs(): readonly SourceEpoch[];
  gaps(): readonly SourceGap[];
  /** Times of which adverts, and rows that changed nothing, are not kept any more. */
  thinned(): readonly { readonly fromUs: number; readonly toUs: number }[];
  /** The newest definition of a machine under the name that rows give it, as the journal keeps it; null: it has none. */
  machine(name: string): JsonObject | null;
  /** Calls back with new rows, in order, soon after they were stored. Returns what ends it. */
  subscribe(onRows: (rows: readonly SourceRow[]) => void): () => void;
  close(): void;
}
