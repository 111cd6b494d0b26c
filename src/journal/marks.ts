/** When an actor changed and into what state, and nothing else: so much of a long history as a picture of it needs. */
import type { SegmentReader } from './segment-reader.ts';

/** Rows fetched at a time: a long read transaction would keep the writer's WAL from being reset. */
const PAGE = 20_000;

/** A row of which only this was read. `state` is JSON. */
export type Mark = readonly [seq: number, wallUs: number, isInput: 0 | 1, state: string];

/** One segment, as a piece of a history that is read and kept at once. */
export interface Piece {
  /** Its name, as long as it is in the directory. */
  readonly file: string;
  readonly epoch: number;
  /** No row of it is newer than this allows: the writer is done with it. */
  readonly closed: boolean;
  readonly firstSeq: number;
  /** Unix time of its first row. */
  readonly fromUs: number;
}

export interface MarkRange {
  /** Bounds are inclusive. */
  readonly fromSeq: number;
  readonly toSeq: number;
  /** With rows that changed nothing: those are found by looking at every row, so only of a short range. */
  readonly unchanged?: boolean;
}

/** Everything that it asks for stands in the index of changes (format.ts): without a look at a single row. */
export function changesQuery(unchanged = false): string {
  // Without the plus sign SQLite might take the index of changes, which lacks the others.
  const which = unchanged ? '+actor = ?' : 'actor = ? AND changed = 1';
  return `SELECT seq, wall_us, cause IS NULL, state FROM ev
    WHERE ${which} AND seq BETWEEN ? AND ? AND kind <> 'note' ORDER BY seq LIMIT ${PAGE}`;
}

/** Rows of one actor in order of seq; notes, which have no state, are left out. */
export function* marksOf(
  segment: SegmentReader,
  actor: string,
  { fromSeq, toSeq, unchanged = false }: MarkRange,
): Generator<Mark> {
  const [known] = segment.query<{ id: number }>('SELECT id FROM actor WHERE name = ?', actor);
  if (known === undefined) return;
  const sql = changesQuery(unchanged);
  for (let from = fromSeq; ; ) {
    const page = segment.queryRaw<Mark>(sql, known.id, from, toSeq);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    from = last[0] + 1;
  }
}
