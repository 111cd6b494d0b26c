/** What a journal holds, in the order in which it came to be, without keeping any of it: a month has millions of rows. */
import type { Epoch, StoredGap, StoredRow, StoredRun } from '../../journal/model.ts';
import type { ExportSource } from './formats.ts';

export type Item =
  | { readonly type: 'row'; readonly wallUs: number; readonly row: StoredRow }
  | { readonly type: 'run'; readonly wallUs: number; readonly run: StoredRun }
  | { readonly type: 'gap'; readonly wallUs: number; readonly gap: StoredGap }
  | { readonly type: 'epoch'; readonly wallUs: number; readonly epoch: Epoch }
  /** The process of an epoch ended, and no row says so. */
  | { readonly type: 'ended'; readonly wallUs: number; readonly epoch: Epoch };

/** An item stands before the first row with this seq or a higher one. */
interface Placed {
  readonly beforeSeq: number;
  readonly item: Item;
}

/** Rows, and between them runs where they were closed, gaps, and the beginnings and unclean ends of processes. */
export function* itemsOf(source: ExportSource, actor: string | null): Generator<Item> {
  const { reader, fromSeq, toSeq } = source;
  const side = mergePlaced(placedRuns(source, actor), placedRest(source));
  let next = side.next();
  for (const row of reader.rows({ fromSeq, toSeq, ...(actor === null ? {} : { actor }) })) {
    for (; !next.done && next.value.beforeSeq <= row.seq; next = side.next()) yield next.value.item;
    yield { type: 'row', wallUs: row.wallUs, row };
  }
  for (; !next.done; next = side.next()) yield next.value.item;
}

function* placedRuns({ reader, fromSeq, toSeq }: ExportSource, actor: string | null): Generator<Placed> {
  const range = {
    ...(actor === null ? {} : { actor }),
    ...(fromSeq <= 1 ? {} : { fromWallUs: reader.row(fromSeq)?.wallUs ?? 0 }),
  };
  for (const run of reader.runs(range)) {
    if (run.afterSeq < fromSeq - 1) continue;
    // Runs come in the order of their ends, and so of their rows.
    if (run.afterSeq > toSeq) return;
    const wallUs = run.firstWallUs + (run.lastUs - run.firstUs);
    yield { beforeSeq: run.afterSeq + 1, item: { type: 'run', wallUs, run } };
  }
}

/** Gaps and processes: few, however long the history is. */
function* placedRest({ reader, fromSeq, toSeq }: ExportSource): Generator<Placed> {
  const placed: Placed[] = [];
  for (const gap of reader.gaps(fromSeq, toSeq)) {
    if (gap.fromSeq > toSeq || Math.max(gap.toSeq, gap.fromSeq) < fromSeq) continue;
    placed.push({ beforeSeq: gap.fromSeq, item: { type: 'gap', wallUs: gap.fromWallUs, gap } });
  }
  const epochs = reader.epochs();
  for (const [i, epoch] of epochs.entries()) {
    if (epoch.firstSeq > toSeq || Math.max(epoch.lastSeq, epoch.firstSeq) < fromSeq) continue;
    placed.push({ beforeSeq: epoch.firstSeq, item: { type: 'epoch', wallUs: epoch.startWallUs, epoch } });
    // The newest may simply still run.
    if (epoch.endedCleanly || i === epochs.length - 1 || epoch.lastSeq > toSeq) continue;
    placed.push({
      beforeSeq: epoch.lastSeq + 1,
      item: { type: 'ended', wallUs: epoch.lastWallUs, epoch },
    });
  }
  yield* placed.sort((a, b) => a.beforeSeq - b.beforeSeq || a.item.wallUs - b.item.wallUs);
}

function* mergePlaced(left: Generator<Placed>, right: Generator<Placed>): Generator<Placed> {
  let [a, b] = [left.next(), right.next()];
  while (!a.done || !b.done) {
    if (!a.done && (b.done || a.value.beforeSeq < b.value.beforeSeq)) {
      yield a.value;
      a = left.next();
    } else if (!b.done) {
      yield b.value;
      b = right.next();
    }
  }
}
