/** What re-execution needs of a history: a journal has it, and so has a fixture. */
import type { ActorState, RecordedRow, StoredGap, StoredRun } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';

export interface History {
  /** Rows in order of seq. */
  rows(): Iterable<RecordedRow>;
  /** Runs of identical adverts, in the order in which they were closed. */
  runs(): Iterable<StoredRun>;
  gaps(): readonly StoredGap[];
  /** Runs are as they were written: none was taken out to save space. */
  isWhole(): boolean;
  /** An actor as it was after a row; null if it is not known. */
  stateAt(actor: string, seq: number): ActorState | null;
}

/** Which part of a journal; bounds are inclusive. */
export interface Part {
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Null: every actor. */
  readonly actor: string | null;
}

export const WHOLE: Part = { fromSeq: 0, toSeq: Number.MAX_SAFE_INTEGER - 1, actor: null };

export function journalHistory(reader: JournalReader, part: Part = WHOLE): History {
  const { fromSeq, toSeq, actor } = part;
  const range = { fromSeq, toSeq, ...(actor === null ? {} : { actor }) };
  return {
    rows: () => reader.recorded(range),
    runs: () => runsOf(reader, part),
    gaps: () => reader.gaps(fromSeq, toSeq),
    isWhole: () => !reader.hasRewrittenSegments(),
    stateAt: (name, seq) => reader.stateAt(name, seq),
  };
}

/** Those that were closed after the rows of the part. */
function* runsOf(reader: JournalReader, { fromSeq, toSeq, actor }: Part): Generator<StoredRun> {
  const first = fromSeq <= 1 ? null : reader.row(fromSeq);
  const last = toSeq >= reader.lastSeq() ? null : reader.row(toSeq);
  const range = {
    ...(first === null ? {} : { fromWallUs: first.wallUs }),
    ...(last === null ? {} : { toWallUs: last.wallUs }),
    ...(actor === null ? {} : { actor }),
  };
  for (const run of reader.runs(range)) if (run.afterSeq >= fromSeq && run.afterSeq <= toSeq) yield run;
}
