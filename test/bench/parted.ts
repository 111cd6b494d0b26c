export interface Parted {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** NaN of none. */
export function parted(values: readonly number[]): Parted {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}
