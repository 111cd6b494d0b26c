/** How many rows and adverts each minute had: counted by SQLite, a piece at a time. */
import type { SegmentReader } from './segment-reader.ts';

/** [minute since 1970, how many] */
export type MinuteCount = readonly [minute: number, count: number];

export interface Counted {
  readonly minutes: readonly MinuteCount[];
  /** Counted up to this seq or id; where there was nothing more, that of the question. */
  readonly upTo: number;
}

const QUESTIONS = {
  rows: { end: 'SELECT max(seq) FROM ev', count: 'count(*)', time: 'wall_us', from: 'ev WHERE seq' },
  // A run lasts a minute at most and counts where it began.
  adverts: {
    end: 'SELECT max(id) FROM run',
    count: 'sum(count)',
    time: 'first_wall_us',
    from: 'run WHERE id',
  },
} as const;

/** @param most rows or runs that are looked at */
export function countMinutes(
  segment: SegmentReader,
  what: keyof typeof QUESTIONS,
  after: number,
  most: number,
): Counted {
  const { end, count, time, from } = QUESTIONS[what];
  const [last] = segment.queryRaw<readonly [number | null]>(end);
  const first = segment.queryRaw<readonly [number | null]>(
    `SELECT min(${what === 'rows' ? 'seq' : 'id'}) FROM ${from} > ?`,
    after,
  )[0]?.[0];
  if (last?.[0] == null || first == null) return { minutes: [], upTo: after };
  const upTo = Math.min(last[0], first + most - 1);
  const sql = `SELECT ${time} / 60000000 AS minute, ${count} FROM ${from} BETWEEN ? AND ? GROUP BY minute`;
  return { minutes: segment.queryRaw<MinuteCount>(sql, first, upTo), upTo };
}

/** Unix times of rows; both bounds inclusive. */
export function rowTimes(segment: SegmentReader, fromSeq: number, toSeq: number): number[] {
  const sql = 'SELECT wall_us FROM ev WHERE seq BETWEEN ? AND ? ORDER BY seq';
  return segment.queryRaw<readonly [number]>(sql, fromSeq, toSeq).map(([us]) => us);
}
