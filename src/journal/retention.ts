/** What to do next so that history fits into its room: a pure decision over what is there. */

/** A closed segment. Times are Unix times in microseconds. */
export interface ClosedSegment {
  readonly file: string;
  readonly bytes: number;
  readonly isThinned: boolean;
  /** It cannot be thinned: it is damaged, was changed, or was put together by salvage. */
  readonly isUnfit: boolean;
  /** When the next one began. */
  readonly endWallUs: number;
}

export interface Room {
  /** Of the whole directory. */
  readonly bytes: number;
  readonly quotaBytes: number;
  /** Older history is thinned; null: only where room is short. */
  readonly ageUs: number | null;
  readonly nowUs: number;
}

/** Thinning begins before the quota is reached: it takes its time, and what is written meanwhile needs room. */
const BEGIN = 7 / 8;
/** What thinned segments may take of the quota before the oldest goes for good. */
const THINNED_SHARE = 1 / 2;

/** @param segments oldest first, without the one that is being written */
export function nextOfRetention(
  segments: readonly ClosedSegment[],
  { bytes, quotaBytes, ageUs, nowUs }: Room,
): { readonly action: 'thin' | 'unlink'; readonly file: string } | null {
  const full = segments.find(({ isThinned, isUnfit }) => !isThinned && !isUnfit);
  if (full !== undefined && ageUs !== null && full.endWallUs < nowUs - ageUs)
    return { action: 'thin', file: full.file };
  if (bytes <= quotaBytes * BEGIN) return null;
  const thinned = segments.filter(({ isThinned }) => isThinned);
  const thinnedBytes = thinned.reduce((sum, segment) => sum + segment.bytes, 0);
  // The oldest of all, thinned or not: history must not get a hole.
  const [oldest] = segments;
  if (oldest !== undefined && thinnedBytes > quotaBytes * THINNED_SHARE)
    return { action: 'unlink', file: oldest.file };
  return full === undefined ? null : { action: 'thin', file: full.file };
}
