/**
 * What a thinned segment keeps of the rows that were taken out: their digests, and where they stood, so that the hash of
 * each batch can still be computed (docs/journal-format.md, table `dropped`).
 */

/** Bytes of a row's digest. */
export const DIGEST_BYTES = 16;

/** Rows of one batch that were taken out. Digests are hexadecimal. */
export interface DroppedBatch {
  readonly batch: number;
  /** Rows of `ev`, in order of seq, and the digest of each. */
  readonly seqs: readonly number[];
  readonly ev: readonly string[];
  /** Digests of runs, one behind the other. */
  readonly runs: string;
}

/** As it stands in `dropped.batches`: the batch, ranges of seq (both ends inclusive), the number of runs. */
type Entry = readonly [batch: number, ranges: readonly (readonly [number, number])[], runs: number];

const DIGEST_DIGITS = 2 * DIGEST_BYTES;

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
export function encodeDropped(batches: readonly DroppedBatch[]): [number, string, Buffer] {
  const entries = batches.map(
    ({ batch, seqs, runs }): Entry => [batch, rangesOf(seqs), runs.length / DIGEST_DIGITS],
  );
  const digests = batches.map(({ ev, runs }) => ev.join('') + runs).join('');
  return [batches[0]?.batch ?? 0, JSON.stringify(entries), Buffer.from(digests, 'hex')];
}

/** Of the columns `batches` and `digests`. @throws SyntaxError, or RangeError if their numbers differ */
export function decodeDropped(batches: string, digests: string): DroppedBatch[] {
  const entries: readonly Entry[] = JSON.parse(batches);
  let at = 0;
  const take = (count: number): string => {
    const from = at;
    at += count * DIGEST_DIGITS;
    return digests.slice(from, at);
  };
  const found = entries.map(([batch, ranges, runs]) => {
    const seqs = ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
    return { batch, seqs, ev: seqs.map(() => take(1)), runs: take(runs) };
  });
  if (at !== digests.length)
    throw new RangeError('rows that were taken out and their digests differ in number');
  return found;
}
