/** Seed of the nth case of a run: a positive 31-bit integer, so that it can be given back on a command line. */
export function caseSeed(seed: number, index: number): number {
  return (Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b) >>> 1) & 0x7fff_ffff;
}
