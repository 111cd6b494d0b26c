/** What stands between the rows of a history, in order and without keeping it: a month has millions of runs. */
import type { StoredRun } from '../journal/model.ts';
import type { JournalReader } from '../journal/reader.ts';

/** Stands before the first row with this seq or a higher one. */
export interface Placed {
  readonly beforeSeq: number;
  readonly wallUs: number;
}

export interface SeqRange {
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly actor: string | null;
}

/** Runs where they were closed, with the time at which they ended. */
export function* placedRuns(
  reader: JournalReader,
  { fromSeq, toSeq, actor }: SeqRange,
): Generator<Placed & { readonly run: StoredRun }> {
  const range = {
    ...(actor === null ? {} : { actor }),
    ...(fromSeq <= 1 ? {} : { fromWallUs: reader.row(fromSeq)?.wallUs ?? 0 }),
  };
  for (const run of reader.runs(range)) {
    if (run.afterSeq < fromSeq - 1) continue;
    // Runs come in the order of their ends, and so of their rows.
    if (run.afterSeq > toSeq) return;
    const wallUs = run.firstWallUs + (run.lastUs - run.firstUs);
    yield { beforeSeq: run.afterSeq + 1, wallUs, run };
  }
}

/** Two streams as one. At the same place the earlier comes first. */
export function* mergePlaced<A extends Placed, B extends Placed>(
  left: Iterator<A>,
  right: Iterator<B>,
): Generator<A | B> {
  let [a, b] = [left.next(), right.next()];
  while (a.done !== true || b.done !== true) {
    if (a.done !== true && (b.done === true || isBefore(a.value, b.value))) {
      yield a.value;
      a = left.next();
    } else if (b.done !== true) {
      yield b.value;
      b = right.next();
    }
  }
}

const isBefore = (a: Placed, b: Placed): boolean =>
  a.beforeSeq < b.beforeSeq || (a.beforeSeq === b.beforeSeq && a.wallUs < b.wallUs);
