/** A history from its end: segments newest first, and the newest row at or before a seq. */
import type { JournalReader } from './reader.ts';
import type { SegmentReader } from './segment-reader.ts';

/** From the segment of a row back. Of segments that begin at the same seq only the newest: an older one took no row. */
export function* segmentsBack(reader: JournalReader, seq: number): Generator<SegmentReader> {
  let [segment] = reader.segmentsOf({ fromSeq: seq, toSeq: seq });
  while (segment !== undefined) {
    yield segment;
    const before = segment.meta.first_seq - 1;
    [segment] = reader.segmentsOf({ fromSeq: before, toSeq: before });
  }
}

/** seq of the newest row between two, both inclusive; null if there is none. */
export function newestSeq(reader: JournalReader, fromSeq: number, toSeq: number): number | null {
  const sql = 'SELECT max(seq) AS seq FROM ev WHERE seq BETWEEN ? AND ?';
  for (const segment of segmentsBack(reader, toSeq)) {
    const [found] = segment.query<{ seq: number | null }>(sql, fromSeq, toSeq);
    if (found !== undefined && found.seq !== null) return found.seq;
    if (segment.meta.first_seq <= fromSeq) return null;
  }
  return null;
}

export interface Rows {
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Null: of all. */
  readonly actor: string | null;
  readonly changedOnly: boolean;
}

/** Whether one of these rows bears a later Unix time. No index has times: each is looked at, the newest segment first. */
export function hasLaterRow(reader: JournalReader, rows: Rows, wallUs: number): boolean {
  const { fromSeq, toSeq, actor, changedOnly } = rows;
  const condition = `${changedOnly ? ' AND changed = 1' : ''}${
    actor === null ? '' : ' AND actor = (SELECT id FROM actor WHERE name = ?)'
  }`;
  const sql = `SELECT 1 FROM ev WHERE seq BETWEEN ? AND ? AND wall_us > ?${condition} LIMIT 1`;
  const of = actor === null ? [] : [actor];
  for (const segment of segmentsBack(reader, toSeq)) {
    if (segment.query(sql, fromSeq, toSeq, wallUs, ...of).length > 0) return true;
    segment.db.exec('PRAGMA shrink_memory');
    if (segment.meta.first_seq <= fromSeq) break;
  }
  return false;
}
