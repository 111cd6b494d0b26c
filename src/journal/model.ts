/** What a journal gives back: rows, runs and gaps with the node and the process start they belong to. */
import type { JournalRow, JournalRun } from '../engine/types.ts';
import type { Json, JsonObject } from '../protocol/json.ts';

/** A row as stored. `seq` and `cause` count over all process starts of the directory, not from 1. */
export interface StoredRow extends JournalRow {
  readonly node: string;
  /** Counter of process starts that wrote into this directory. */
  readonly epoch: number;
  /** The step changed the state or the context, or asked for an effect. Starts, crashes and notes always count. */
  readonly changed: boolean;
}

/** A row whose JSON is still text: who compares rows need not read most of them. */
export interface RecordedRow
  extends Pick<
    StoredRow,
    'node' | 'epoch' | 'seq' | 'monoUs' | 'wallUs' | 'kind' | 'actor' | 'machine' | 'cause'
  > {
  readonly event: string;
  /** `[]` without effects. */
  readonly effects: string;
  readonly state: string;
  /** `{}` without one. */
  readonly delta: string;
}

export interface StoredRun extends JournalRun {
  readonly node: string;
  readonly epoch: number;
}

/** Runs of one actor and direction whose largest gap lies in the 10 ms from `bucketUs` on. */
export interface RunGaps {
  readonly actor: string;
  readonly direction: 'sent' | 'received';
  readonly bucketUs: number;
  readonly runs: number;
  readonly adverts: number;
  readonly largestGapUs: number;
}

/** A time in which rows could not be stored at once. Written even if nothing was lost. */
export interface StoredGap {
  readonly node: string;
  readonly epoch: number;
  /** Rows of the time of trouble; `toSeq` is `fromSeq - 1` if there were none. */
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly fromWallUs: number;
  readonly toWallUs: number;
  readonly reason: string;
  /** Rows of the range that were never stored, how many of them changed something, and runs that were never stored. */
  readonly lostRows: number;
  readonly lostChanges: number;
  readonly lostRuns: number;
  /** Rows of the range that were kept in memory and stored when storage came back. */
  readonly writtenLate: number;
  /** Actors whose lost rows changed something: their context is unknown until their next snapshot or start. */
  readonly actors: readonly string[];
  /** Segment that was damaged and set aside: the rows are those that it held. Null: rows that storage never took. */
  readonly segment: string | null;
}

/** What was done to a segment after its writer had closed it. Unix times in microseconds. */
export interface Rewritten {
  /** `thinned`: runs and rows that changed nothing were taken out. `salvaged`: what could be read of a damaged file. */
  readonly kind: 'thinned' | 'salvaged';
  readonly atWallUs: number;
  /** First and last time of which the segment told before. */
  readonly fromWallUs: number;
  readonly toWallUs: number;
  /** Rows and runs that are not in it any more. */
  readonly rows: number;
  readonly runs: number;
  /** Hash of the last batch before; null if it could not be read. */
  readonly hash: Uint8Array | null;
}

/** A part of the history of which only what changed something is kept: that no advert shows there says nothing. */
export interface ThinnedTime {
  readonly node: string;
  readonly epoch: number;
  /** File name of the segment. */
  readonly segment: string;
  /** Unix times in microseconds: from the first to the last row or advert of it. */
  readonly fromWallUs: number;
  readonly toWallUs: number;
  readonly thinnedWallUs: number;
  /** Rows that changed nothing, and runs of adverts, that are not kept. */
  readonly rows: number;
  readonly runs: number;
}

/** A machine or a configuration, with the SHA-256 of its canonical JSON in hexadecimal. */
export interface StoredDefinition {
  readonly kind: 'machine' | 'config';
  readonly name: string;
  readonly sha256: string;
  readonly body: Json;
}

/** State and context of an actor after the row `seq`. */
export interface ActorState {
  readonly actor: string;
  readonly seq: number;
  readonly machine: string | null;
  readonly state: Json;
  readonly context: JsonObject;
  /** Rows that changed this actor were lost before: `context` may be out of date. */
  readonly uncertain: boolean;
}

/** One start of the process, as far as the directory still holds it. */
export interface Epoch {
  readonly node: string;
  readonly epoch: number;
  readonly bootId: string;
  readonly pid: number;
  readonly firstSeq: number;
  /** 0 if the epoch has no row. */
  readonly lastSeq: number;
  readonly startWallUs: number;
  readonly startMonoUs: number;
  /** Unix time of its last sign of life (row or run). */
  readonly lastWallUs: number;
  /** Its last row is the note `process.stopped`. */
  readonly endedCleanly: boolean;
  /** Its newest segment was closed for good: by itself, or by the next process. */
  readonly isSealed: boolean;
}

/** What `status()` of the writer tells. Times are Unix times in microseconds. */
export interface JournalStatus {
  readonly state: 'opening' | 'ok' | 'degraded' | 'closed';
  readonly error: string | null;
  readonly sinceWallUs: number | null;
  readonly directory: string;
  readonly epoch: number | null;
  /** What is added to this process's own seq. */
  readonly base: number | null;
  readonly segment: string | null;
  /** Newest own seq that storage confirmed; 0 if none. */
  readonly storedSeq: number;
  /** Items handed over and not yet confirmed by the worker. */
  readonly waiting: number;
  /** Rows kept in memory by the worker while storage fails. */
  readonly retainedRows: number;
  readonly lostRows: number;
  readonly lostRuns: number;
}

export type JournalStateChange =
  | { readonly state: 'degraded'; readonly error: string; readonly sinceWallUs: number }
  | { readonly state: 'recovered'; readonly sinceWallUs: number }
  /** What an earlier process left was damaged: it stands under another name, and history goes on in a new segment. */
  | ({ readonly state: 'setAside' } & SetAside);

/** A segment that a start found damaged. */
export interface SetAside {
  /** The name that it had. */
  readonly segment: string;
  /** Where it is now. */
  readonly path: string;
  readonly reason: string;
}

/** A journal that cannot be used. `damaged`: the named file is not what a writer left there. */
export class JournalError extends Error {
  readonly kind: 'missing' | 'unreadable' | 'damaged' | 'version';
  readonly file: string;
  constructor(kind: JournalError['kind'], file: string, message: string) {
    super(`${file}: ${message}`);
    this.name = 'JournalError';
    this.kind = kind;
    this.file = file;
  }
}
