/** What a journal holds, in the order in which it came to be, without keeping any of it: a month has millions of rows. */
import type { Epoch, StoredGap, StoredRow, StoredRun } from '../../journal/model.ts';
import { mergePlaced, type Placed, placedRuns } from '../between-rows.ts';
import type { ExportSource } from './formats.ts';

export type Item =
  | { readonly type: 'row'; readonly wallUs: number; readonly row: StoredRow }
  | { readonly type: 'run'; readonly wallUs: number; readonly run: StoredRun }
  | { readonly type: 'gap'; readonly wallUs: number; readonly gap: StoredGap }
  | { readonly type: 'epoch'; readonly wallUs: number; readonly epoch: Epoch }
  /** The process of an epoch ended, and no row says so. */
  | { readonly type: 'ended'; readonly wallUs: number; readonly epoch: Epoch };

type PlacedItem = Placed & { readonly item: Item };

/** Rows, and between them runs where they were closed, gaps, and the beginnings and unclean ends of processes. */
export function* itemsOf(source: ExportSource, actor: string | null): Generator<Item> {
  const { reader, fromSeq, toSeq } = source;
  const side = mergePlaced(placedRunItems(source, actor), placedRest(source));
  let next = side.next();
  for (const row of reader.rows({ fromSeq, toSeq, ...(actor === null ? {} : { actor }) })) {
    for (; !next.done && next.value.beforeSeq <= row.seq; next = side.next()) yield next.value.item;
    yield { type: 'row', wallUs: row.wallUs, row };
  }
  for (; !next.done; next = side.next()) yield next.value.item;
}

function* placedRunItems(source: ExportSource, actor: string | null): Generator<PlacedItem> {
  for (const { beforeSeq, wallUs, run } of placedRuns(source.reader, { ...source, actor }))
    yield { beforeSeq, wallUs, item: { type: 'run', wallUs, run } };
}

/** Gaps and processes: few, however long the history is. */
function* placedRest({ reader, fromSeq, toSeq }: ExportSource): Generator<PlacedItem> {
  const items: (readonly [beforeSeq: number, item: Item])[] = [];
  for (const gap of reader.gaps(fromSeq, toSeq)) {
    if (gap.fromSeq > toSeq || Math.max(gap.toSeq, gap.fromSeq) < fromSeq) continue;
    items.push([gap.fromSeq, { type: 'gap', wallUs: gap.fromWallUs, gap }]);
  }
  const epochs = reader.epochs();
  for (const [i, epoch] of epochs.entries()) {
    if (epoch.firstSeq > toSeq || Math.max(epoch.lastSeq, epoch.firstSeq) < fromSeq) continue;
    items.push([epoch.firstSeq, { type: 'epoch', wallUs: epoch.startWallUs, epoch }]);
    // The newest may simply still run.
    if (epoch.endedCleanly || i === epochs.length - 1 || epoch.lastSeq > toSeq) continue;
    items.push([epoch.lastSeq + 1, { type: 'ended', wallUs: epoch.lastWallUs, epoch }]);
  }
  yield* items
    .map(([beforeSeq, item]) => ({ beforeSeq, wallUs: item.wallUs, item }))
    .sort((a, b) => a.beforeSeq - b.beforeSeq || a.wallUs - b.wallUs);
}
