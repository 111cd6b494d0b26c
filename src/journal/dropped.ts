/**
 * What a thinned segment keeps of the rows that were taken out: their digests, and where they stood, so that the hash of
 * each batch can still be computed (docs/journal-format.md, table `dropped`).
 */
import type { Column } from './format.ts';

/** Bytes of a row's digest. */
export const DIGEST_BYTES = 16;

/** Rows of one batch that were taken out. */
export interface DroppedBatch {
  readonly batch: number;
  /** Rows of `ev`, in order of seq. */
  readonly seqs: readonly number[];
  /** Digests of those, and of the batch's runs. */
  readonly ev: readonly Uint8Array[];
  readonly runs: readonly Uint8Array[];
}

/** As it stands in `dropped.batches`: the batch, ranges of seq (both ends inclusive), the number of runs. */
type Entry = readonly [batch: number, ranges: readonly (readonly [number, number])[], runs: number];

/** Ranges of consecutive numbers. */
function rangesOf(seqs: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const seq of seqs) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === seq - 1) last[1] = seq;
    else ranges.push([seq, seq]);
  }
  return ranges;
}

/** Columns `batch`, `batches` and `digests` of a row that keeps these batches. */
export function encodeDropped(batches: readonly DroppedBatch[]): readonly [number, string, Uint8Array] {
  const entries = batches.map(({ batch, seqs, runs }): Entry => [batch, rangesOf(seqs), runs.length]);
  const digests = batches.flatMap(({ ev, runs }) => [...ev, ...runs]);
  return [batches[0]?.batch ?? 0, JSON.stringify(entries), Buffer.concat(digests)];
}

/** @throws SyntaxError, or RangeError if there are other than so many digests */
export function decodeDropped(row: Readonly<Record<string, Column>>): DroppedBatch[] {
  const entries: readonly Entry[] = JSON.parse(String(row.batches));
  const { digests } = row;
  if (!(digests instanceof Uint8Array)) throw new RangeError('dropped rows have no digests');
  let at = 0;
  const take = (count: number): Uint8Array[] =>
    Array.from({ length: count }, () => {
      const digest = digests.subarray(at, at + DIGEST_BYTES);
      at += DIGEST_BYTES;
      return digest;
    });
  const batches = entries.map(([batch, ranges, runs]) => {
    const seqs = ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
    return { batch, seqs, ev: take(seqs.length), runs: take(runs) };
  });
  if (at !== digests.length) throw new RangeError('dropped rows and their digests differ in number');
  return batches;
}
