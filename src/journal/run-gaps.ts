/** Runs counted by SQLite, where one after the other would take too long. */
import type { RunGaps } from './model.ts';
import type { SegmentReader } from './segment-reader.ts';

const STEP_US = 10_000;

const SQL = `SELECT actor, direction, largest_gap_us / ${STEP_US} AS bucket, count(*) AS runs, sum(count) AS adverts,
  max(largest_gap_us) AS largest FROM run WHERE first_wall_us BETWEEN ? AND ? GROUP BY 1, 2, 3`;

interface Row {
  readonly actor: number;
  readonly direction: string;
  readonly bucket: number;
  readonly runs: number;
  readonly adverts: number;
  readonly largest: number;
}

/** Of the runs of a segment that began between two Unix times. */
export function gapsOfRuns(segment: SegmentReader, fromWallUs: number, toWallUs: number): RunGaps[] {
  return segment.query<Row>(SQL, fromWallUs, toWallUs).map((row) => ({
    actor: segment.actorName(row.actor),
    direction: row.direction === 'sent' ? 'sent' : 'received',
    ...{ bucketUs: row.bucket * STEP_US, runs: row.runs, adverts: row.adverts, largestGapUs: row.largest },
  }));
}
