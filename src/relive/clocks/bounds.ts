/**
 * Bounds of an offset that drifts: a straight line, offset at a time and rate, that lies below what each message from one side
 * allows and above what each from the other allows. Which lines there are is a convex polygon, so the extremes are corners.
 */
import { MOST_DRIFT_PPM, WANDER_PPM } from './exchange.ts';

/** The offset was at most (or at least) `us` at `atUs`. */
export interface Limit {
  readonly atUs: number;
  readonly us: number;
}

export interface LineBounds {
  readonly leastUs: number;
  readonly mostUs: number;
  readonly leastPpm: number;
  readonly mostPpm: number;
}

/** Eleven days: no bound at all. */
const FAR_US = 1e12;

/** A line as its value at the time that is asked for, and its rate in microseconds a second. */
interface Corner {
  readonly us: number;
  readonly ppm: number;
}

/** Keeps the part of a convex polygon where `us + ppm * seconds <= limitUs`, or `>=` with `sign` -1. */
function clip(polygon: readonly Corner[], seconds: number, limitUs: number, sign: 1 | -1): Corner[] {
  const excess = ({ us, ppm }: Corner): number => sign * (us + ppm * seconds - limitUs);
  const kept: Corner[] = [];
  for (const [i, corner] of polygon.entries()) {
    const next = polygon[(i + 1) % polygon.length] as Corner;
    const [here, there] = [excess(corner), excess(next)];
    if (here <= 0) kept.push(corner);
    if (here < 0 !== there < 0 && here !== there && here !== 0 && there !== 0) {
      const share = here / (here - there);
      kept.push({
        us: corner.us + share * (next.us - corner.us),
        ppm: corner.ppm + share * (next.ppm - corner.ppm),
      });
    }
  }
  return kept;
}

/**
 * What the limits leave of the offset at a time; null if they contradict each other. The further away a limit, the more
 * the rate may have changed meanwhile.
 */
export function lineBounds(
  upper: readonly Limit[],
  lower: readonly Limit[],
  atUs: number,
): LineBounds | null {
  let polygon: Corner[] = [
    { us: -FAR_US, ppm: -MOST_DRIFT_PPM },
    { us: FAR_US, ppm: -MOST_DRIFT_PPM },
    { us: FAR_US, ppm: MOST_DRIFT_PPM },
    { us: -FAR_US, ppm: MOST_DRIFT_PPM },
  ];
  const apply = (limits: readonly Limit[], sign: 1 | -1): void => {
    for (const limit of limits) {
      if (polygon.length === 0) return;
      const seconds = (limit.atUs - atUs) / 1e6;
      polygon = clip(polygon, seconds, limit.us + sign * WANDER_PPM * Math.abs(seconds), sign);
    }
  };
  apply(upper, 1);
  apply(lower, -1);
  if (polygon.length === 0) return null;
  const offsets = polygon.map(({ us }) => us);
  const rates = polygon.map(({ ppm }) => ppm);
  const [leastUs, mostUs] = [Math.min(...offsets), Math.max(...offsets)];
  return {
    leastUs: leastUs < -FAR_US / 10 ? Number.NEGATIVE_INFINITY : leastUs,
    mostUs: mostUs > FAR_US / 10 ? Number.POSITIVE_INFINITY : mostUs,
    leastPpm: Math.min(...rates),
    mostPpm: Math.max(...rates),
  };
}
