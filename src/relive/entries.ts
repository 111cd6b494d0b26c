/** The lines of a history in order: rows with the state before them, gaps and runs in place, ends without a stop. */
import type { StoredGap, StoredRow, StoredRun } from '../journal/model.ts';
import type { JournalReader } from '../journal/reader.ts';
import type { Json } from '../protocol/json.ts';
import { mergePlaced, type Placed, placedRuns } from './between-rows.ts';

export type Entry =
  | { readonly type: 'row'; readonly wallUs: number; readonly row: StoredRow; readonly before: Json | null }
  | { readonly type: 'gap'; readonly wallUs: number; readonly gap: StoredGap }
  | { readonly type: 'run'; readonly wallUs: number; readonly run: StoredRun }
  /** A process whose history ends without the note that it stopped. */
  | {
      readonly type: 'ended';
      readonly wallUs: number;
      readonly node: string;
      readonly epoch: number;
      readonly pid: number;
    };

export interface EntryRange {
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly actor: string | null;
  readonly runs: boolean;
  /** Only rows that changed something. */
  readonly changedOnly?: boolean;
}

/** Entries of one journal. */
export function* entriesOf(reader: JournalReader, range: EntryRange): Generator<Entry> {
  const states = new Map<string, Json | null>();
  const side = sideEntries(reader, range);
  let next = side.next();
  for (const row of reader.rows({
    fromSeq: range.fromSeq,
    toSeq: range.toSeq,
    changedOnly: range.changedOnly === true,
    ...(range.actor === null ? {} : { actor: range.actor }),
  })) {
    while (!next.done && next.value.beforeSeq <= row.seq) {
      yield next.value.entry;
      next = side.next();
    }
    const key = `${row.epoch} ${row.actor}`;
    const before = states.has(key)
      ? states.get(key)
      : row.kind === 'note'
        ? null
        : reader.stateBefore(row.actor, row.seq);
    states.set(key, row.state);
    yield { type: 'row', wallUs: row.wallUs, row, before: before ?? null };
  }
  for (; !next.done; next = side.next()) yield next.value.entry;
}

type PlacedEntry = Placed & { readonly entry: Entry };

/** What stands between rows, in order. */
function* sideEntries(reader: JournalReader, range: EntryRange): Generator<PlacedEntry> {
  if (range.runs) yield* mergePlaced(runEntries(reader, range), restEntries(reader, range));
  else yield* restEntries(reader, range);
}

function* runEntries(reader: JournalReader, range: EntryRange): Generator<PlacedEntry> {
  for (const { beforeSeq, wallUs, run } of placedRuns(reader, range))
    yield { beforeSeq, wallUs, entry: { type: 'run', wallUs, run } };
}

/** Gaps, and ends without a stop: few, however long the history is. */
function* restEntries(reader: JournalReader, range: EntryRange): Generator<PlacedEntry> {
  const entries: (readonly [beforeSeq: number, entry: Entry])[] = [];
  const isInside = (seq: number): boolean => seq >= range.fromSeq && seq <= range.toSeq + 1;
  for (const gap of reader.gaps(range.fromSeq, range.toSeq)) {
    const touches = gap.fromSeq <= range.toSeq && Math.max(gap.toSeq, gap.fromSeq) >= range.fromSeq;
    if (touches) entries.push([gap.fromSeq, { type: 'gap', wallUs: gap.fromWallUs, gap }]);
  }
  const epochs = reader.epochs();
  for (const [i, { node, epoch, pid, lastWallUs, endedCleanly, lastSeq }] of epochs.entries()) {
    // The newest process may simply still run.
    if (endedCleanly || i === epochs.length - 1 || !isInside(lastSeq + 1)) continue;
    entries.push([lastSeq + 1, { type: 'ended', wallUs: lastWallUs, node, epoch, pid }]);
  }
  yield* entries
    .map(([beforeSeq, entry]) => ({ beforeSeq, wallUs: entry.wallUs, entry }))
    .sort((a, b) => a.beforeSeq - b.beforeSeq || a.wallUs - b.wallUs);
}

/** Merges ordered streams by wall time. Within a stream the order stays as it is, whatever its clock did. */
export function* mergeByTime<T extends { readonly wallUs: number }>(
  streams: readonly Generator<T>[],
): Generator<T> {
  const heads = streams.map((stream) => ({ stream, head: stream.next() }));
  for (;;) {
    let best: (typeof heads)[number] | null = null;
    for (const candidate of heads) {
      if (candidate.head.done) continue;
      if (best === null || best.head.done || candidate.head.value.wallUs < best.head.value.wallUs)
        best = candidate;
    }
    if (best === null || best.head.done) return;
    yield best.head.value;
    best.head = best.stream.next();
  }
}
