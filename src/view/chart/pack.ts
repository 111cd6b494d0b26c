/** Places the regions of a chart side by side or below each other so that the whole is drawn as large as possible. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Placed {
  /** Which of the region's variants was taken. */
  readonly variant: number;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Packing extends Size {
  readonly placed: readonly Placed[];
}

const GAP = 10;

/** Every way to cut a list into consecutive groups. */
function partitions<T>(items: readonly T[]): T[][][] {
  const [first, ...rest] = items;
  if (first === undefined) return [[]];
  return partitions(rest).flatMap((tail) => {
    const [group, ...others] = tail;
    const apart = [[first], ...tail];
    return group === undefined ? [apart] : [apart, [[first, ...group], ...others]];
  });
}

function combinations(counts: readonly number[]): number[][] {
  const [count, ...rest] = counts;
  if (count === undefined) return [[]];
  const tails = combinations(rest);
  return Array.from({ length: count }, (_, i) => tails.map((tail) => [i, ...tail])).flat();
}

/** Groups become rows (or columns, by transposing); the last region of a row takes what is left of its width. */
function place(
  groups: readonly (readonly (Size & { readonly variant: number })[])[],
  transpose: boolean,
): Packing {
  const long = (size: Size) => (transpose ? size.height : size.width);
  const short = (size: Size) => (transpose ? size.width : size.height);
  const lengths = groups.map((group) => group.reduce((sum, size) => sum + long(size) + GAP, -GAP));
  const length = Math.max(...lengths);
  const placed: Placed[] = [];
  let across = 0;
  for (const group of groups) {
    const depth = Math.max(...group.map(short));
    let along = 0;
    group.forEach((size, index) => {
      const span = index === group.length - 1 ? length - along : long(size);
      placed.push({
        variant: size.variant,
        x: transpose ? across : along,
        y: transpose ? along : across,
        w: transpose ? depth : span,
        h: transpose ? span : depth,
      });
      along += span + GAP;
    });
    across += depth + GAP;
  }
  const total = across - GAP;
  return transpose ? { width: total, height: length, placed } : { width: length, height: total, placed };
}

/** Scale at which a thing fits into the target. */
export function fitScale(size: Size, target: Size): number {
  return Math.min(target.width / size.width, target.height / size.height);
}

/** @param regions for each region the sizes it could have; a handful of regions, or the search grows too long */
export function pack(regions: readonly (readonly Size[])[], target: Size): Packing {
  let best: Packing | null = null;
  for (const choice of combinations(regions.map((variants) => variants.length))) {
    const sizes = choice.map((variant, region) => ({
      variant,
      ...(regions[region]?.[variant] ?? { width: 0, height: 0 }),
    }));
    for (const groups of partitions(sizes)) {
      for (const transpose of [false, true]) {
        const packing = place(groups, transpose);
        if (best === null || fitScale(packing, target) > fitScale(best, target)) best = packing;
      }
    }
  }
  if (best === null) throw new Error('a chart without regions cannot be drawn');
  return best;
}
