/** Where a time is: in which segment, and where in one. Segments, rows and runs stand in order of time; no index has times. */
import type { SegmentReader } from './segment-reader.ts';

/** seq of the newest row at or before a time; null if all are later. Assumes that wall time ran forward. */
export function seqAt(segment: SegmentReader, wallUs: number): number | null {
  let low = segment.query<{ seq: number | null }>('SELECT min(seq) AS seq FROM ev')[0]?.seq ?? null;
  if (low === null) return null;
  let high = segment.lastSeq();
  let found: number | null = null;
  const sql = 'SELECT seq, wall_us FROM ev WHERE seq <= ? ORDER BY seq DESC LIMIT 1';
  while (low <= high) {
    const middle: number = Math.floor((low + high) / 2);
    const [row] = segment.query<{ seq: number; wall_us: number }>(sql, middle);
    if (row === undefined || row.wall_us > wallUs) {
      high = Math.min(middle, row?.seq ?? middle) - 1;
      continue;
    }
    found = row.seq;
    low = middle + 1;
  }
  return found;
}

/** Smallest id of a run that began at or after a time; runs of several actors are only roughly in that order. */
export function runIdAt(segment: SegmentReader, wallUs: number): number {
  const sql = 'SELECT first_wall_us FROM run WHERE id >= ? ORDER BY id LIMIT 1';
  let low = 1;
  let high = (segment.query<{ id: number | null }>('SELECT max(id) AS id FROM run')[0]?.id ?? 0) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [row] = segment.query<{ first_wall_us: number }>(sql, middle);
    if (row === undefined || row.first_wall_us >= wallUs) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The last of so many segments, which begin one after the other, that begins at or before a time; 0 where none does. To ask when
 * one begins is to open it, and most are of a day or of a size: so it is looked where the time lies between two that are known,
 * and by halves in between, whatever the times are.
 */
export function newestBegun(count: number, beginsUs: (index: number) => number, wallUs: number): number {
  let [low, high] = [0, count - 1];
  if (high <= 0) return 0;
  let highUs = beginsUs(high);
  if (highUs <= wallUs) return high;
  let lowUs = beginsUs(low);
  if (lowUs > wallUs) return 0;
  for (let looks = 1; high - low > 1; looks++) {
    const share = looks % 3 === 0 ? 0.5 : (wallUs - lowUs) / (highUs - lowUs);
    const middle = Math.min(high - 1, Math.max(low + 1, low + Math.floor(share * (high - low))));
    const middleUs = beginsUs(middle);
    if (middleUs <= wallUs) [low, lowUs] = [middle, middleUs];
    else [high, highUs] = [middle, middleUs];
  }
  return low;
}
