/**
 * The axis of the timeline. Long quiet stretches may be folded: they take little of the picture, so that bursts that lie
 * hours apart stand side by side. Positions on the axis are microseconds, too; without folds they are Unix times.
 */

export interface TimeWindow {
  readonly fromUs: number;
  readonly toUs: number;
}

/** A quiet stretch that is shown as if it took `keptUs`. */
export interface Fold extends TimeWindow {
  readonly keptUs: number;
}

interface Folded extends Fold {
  /** Where it begins on the axis. */
  readonly axisUs: number;
}

export class TimeAxis {
  readonly folds: readonly Folded[];

  /** @param folds in order, not overlapping */
  constructor(folds: readonly Fold[] = []) {
    let saved = 0;
    this.folds = folds.map((fold) => {
      const placed = { ...fold, axisUs: fold.fromUs - saved };
      saved += fold.toUs - fold.fromUs - fold.keptUs;
      return placed;
    });
  }

  /** Position of a Unix time. */
  toAxis(us: number): number {
    const fold = this.#last(({ fromUs }) => fromUs <= us);
    if (fold === undefined) return us;
    const { fromUs, toUs, keptUs, axisUs } = fold;
    if (us >= toUs) return axisUs + keptUs + (us - toUs);
    return axisUs + ((us - fromUs) / (toUs - fromUs)) * keptUs;
  }

  /** Unix time at a position. */
  toTime(axisUs: number): number {
    const fold = this.#last((candidate) => candidate.axisUs <= axisUs);
    if (fold === undefined) return axisUs;
    const into = axisUs - fold.axisUs;
    if (into >= fold.keptUs) return fold.toUs + (into - fold.keptUs);
    return fold.fromUs + (into / fold.keptUs) * (fold.toUs - fold.fromUs);
  }

  /** Stretches of a window in which time runs as it is, and the folds between them, in order. */
  stretches({ fromUs, toUs }: TimeWindow): { readonly plain: TimeWindow[]; readonly folds: Fold[] } {
    const plain: TimeWindow[] = [];
    const folds = this.folds.filter((fold) => fold.toUs > fromUs && fold.fromUs < toUs);
    let from = fromUs;
    for (const fold of folds) {
      if (fold.fromUs > from) plain.push({ fromUs: from, toUs: fold.fromUs });
      from = Math.max(from, fold.toUs);
    }
    if (from < toUs) plain.push({ fromUs: from, toUs });
    return { plain, folds };
  }

  #last(isSo: (fold: Folded) => boolean): Folded | undefined {
    let [low, high] = [0, this.folds.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const fold = this.folds[middle];
      if (fold !== undefined && isSo(fold)) low = middle + 1;
      else high = middle;
    }
    return this.folds[low - 1];
  }
}

/** Part of the least quiet time that a fold leaves on either side of what happened, and that it takes itself. */
const MARGIN = 0.1;
const KEPT = 0.25;

/**
 * Folds between times at which something happens.
 * @param busy in order
 * @param quietUs shorter stretches are not folded
 */
export function foldsOf(busy: readonly TimeWindow[], quietUs: number): Fold[] {
  const folds: Fold[] = [];
  for (const [index, { toUs }] of busy.entries()) {
    const next = busy[index + 1];
    if (next === undefined || next.fromUs - toUs < quietUs) continue;
    const margin = quietUs * MARGIN;
    folds.push({ fromUs: toUs + margin, toUs: next.fromUs - margin, keptUs: quietUs * KEPT });
  }
  return folds;
}
