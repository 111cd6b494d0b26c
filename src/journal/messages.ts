/** What the writer and its worker thread say to each other. */
import type { JournalDefinition, JournalRun, RowKind } from '../engine/types.ts';
import type { SetAside, StoredGap } from './model.ts';

/**
 * A row as its columns will hold it: the parts that are JSON as texts, made when it was handed over, so that later changes
 * of an object cannot reach the history.
 */
export interface WrittenRow {
  readonly seq: number;
  readonly monoUs: number;
  readonly wallUs: number;
  readonly kind: RowKind;
  readonly actor: string;
  readonly machine: string | null;
  readonly cause: number | null;
  readonly event: string;
  /** Null: none. */
  readonly effects: string | null;
  readonly state: string;
  /** Null: nothing changed. */
  readonly delta: string | null;
}

export interface RowItem {
  readonly row: WrittenRow;
  readonly changed: boolean;
}

/** One thing to store. */
export type Item = RowItem | { readonly run: JournalRun } | { readonly define: JournalDefinition };

/** Things to store, in their order. */
export interface Items extends Iterable<Item> {
  readonly isEmpty: boolean;
  /** Whether there is a row among them that changed something. */
  readonly haveChange: boolean;
}

/** Rows lost or late, in this process's own seq. */
export type GapNote = Omit<StoredGap, 'node' | 'epoch'>;

export type ToWorker =
  /** `items`: lines (lines.ts), to be read until it is confirmed. */
  | {
      readonly type: 'batch';
      readonly id: number;
      readonly items: Uint8Array;
      readonly gaps: readonly GapNote[];
    }
  /** The main thread runs; Unix time in microseconds. */
  | { readonly type: 'alive'; readonly wallUs: number }
  | { readonly type: 'close' };

export type FromWorker =
  | {
      readonly type: 'opened';
      readonly epoch: number;
      readonly base: number;
      readonly segment: string;
      readonly setAside: SetAside | null;
    }
  /** The batch is stored, or kept in the worker's memory while storage fails. */
  | {
      readonly type: 'ack';
      readonly id: number;
      /** Newest own seq in storage. */
      readonly storedSeq: number;
      readonly retainedRows: number;
      readonly lostRows: number;
      readonly lostRuns: number;
    }
  | { readonly type: 'degraded'; readonly error: string; readonly sinceWallUs: number }
  | {
      readonly type: 'recovered';
      readonly sinceWallUs: number;
      readonly storedSeq: number;
      readonly lostRows: number;
      readonly lostRuns: number;
    }
  | { readonly type: 'closed' };

/** Limits of the writer. Sizes in bytes. */
export interface WriterLimits {
  /** A segment is closed when it reaches this size. */
  readonly segmentBytes: number;
  /** All segments together stay below this: the oldest are thinned, and unlinked if that does not suffice. */
  readonly quotaBytes: number;
  /** Older history is thinned; null: only where room is short. */
  readonly ageUs: number | null;
  /** So often the writer looks whether something is to be thinned. */
  readonly upkeepMs: number;
  /**
   * Items waiting on the main thread, beside some for each actor. The default is what the thread can take in a second: it needs half
   * of one to start, and for each of its first ten thousand rows twice as long as later. A row has some 400 bytes.
   */
  readonly queueItems: number;
  /** Items that the worker keeps in memory while storage fails. */
  readonly retainedItems: number;
  /** Rows of the queue are posted at least this often. */
  readonly batchDelayMs: number;
  /** First delay between two attempts at failed storage; doubles up to sixteen times this. */
  readonly retryMs: number;
  /** Storage that has not confirmed a batch for this long counts as degraded. */
  readonly stallMs: number;
}

export const DEFAULT_LIMITS: WriterLimits = {
  segmentBytes: 64 * 1024 * 1024,
  quotaBytes: 1024 * 1024 * 1024,
  ageUs: null,
  upkeepMs: 1000,
  queueItems: 40_000,
  retainedItems: 10_000,
  batchDelayMs: 10,
  retryMs: 1000,
  stallMs: 5000,
};

/** workerData of the writer's thread. */
export interface WorkerSetup {
  readonly directory: string;
  readonly node: string;
  readonly process: string;
  readonly limits: WriterLimits;
  /** Set when a worker replaces one that died: where this process's history stands. */
  readonly resume: { readonly epoch: number; readonly base: number; readonly storedSeq: number } | null;
}
