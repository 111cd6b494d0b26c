/** The lines of a history in order: rows with the state before them, gaps and runs in place, ends without a stop. */
import type { StoredGap, StoredRow, StoredRun } from '../journal/model.ts';
import type { RowRange } from '../journal/ranges.ts';
import type { JournalReader } from '../journal/reader.ts';
import { StatesBefore } from '../journal/states-before.ts';
import { type IsWanted, type ToldRow, toldRows } from '../journal/told-rows.ts';
import type { Json } from '../protocol/json.ts';
import { mergePlaced, type Placed, placedRuns } from './between-rows.ts';

export type Entry<Row = StoredRow> =
  | { readonly type: 'row'; readonly wallUs: number; readonly row: Row; readonly before: Json | null }
  | SideEntry;

/** What stands between rows. */
type SideEntry =
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

type RowEntry<Row> = Entry<Row> & { readonly type: 'row' };

/** Entries of one journal. */
export function* entriesOf(reader: JournalReader, range: EntryRange): Generator<Entry> {
  yield* interleaved(rowEntries(reader, range), sideEntries(reader, range));
}

/** The same with no more of its rows than a line needs, and of them only those that are wanted. */
export function* toldEntriesOf(
  reader: JournalReader,
  range: EntryRange,
  isWanted: IsWanted,
): Generator<Entry<ToldRow>> {
  yield* interleaved(toldEntries(reader, range, isWanted), sideEntries(reader, range));
}

function rowRange({ fromSeq, toSeq, changedOnly = false, actor }: EntryRange): RowRange {
  return { fromSeq, toSeq, changedOnly, ...(actor === null ? {} : { actor }) };
}

function* rowEntries(reader: JournalReader, range: EntryRange): Generator<RowEntry<StoredRow>> {
  const states = new StatesBefore(reader);
  for (const row of reader.rows(rowRange(range)))
    yield { type: 'row', wallUs: row.wallUs, row, before: states.next(row) };
}

function* toldEntries(
  reader: JournalReader,
  range: EntryRange,
  isWanted: IsWanted,
): Generator<RowEntry<ToldRow>> {
  for (const { row, before } of toldRows(reader, rowRange(range), isWanted))
    yield { type: 'row', wallUs: row.wallUs, row, before };
}

function* interleaved<Row extends { readonly seq: number }>(
  rows: Generator<RowEntry<Row>>,
  side: Generator<PlacedEntry>,
): Generator<Entry<Row>> {
  let next = side.next();
  for (const entry of rows) {
    while (!next.done && next.value.beforeSeq <= entry.row.seq) {
      yield next.value.entry;
      next = side.next();
    }
    yield entry;
  }
  for (; !next.done; next = side.next()) yield next.value.entry;
}

type PlacedEntry = Placed & { readonly entry: SideEntry };

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
  const entries: (readonly [beforeSeq: number, entry: SideEntry])[] = [];
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
export function mergeByTime<T extends { readonly wallUs: number }>(
  streams: readonly Generator<T>[],
): Generator<T> {
  const [first] = streams;
  return first !== undefined && streams.length === 1 ? first : merged(streams);
}

function* merged<T extends { readonly wallUs: number }>(streams: readonly Generator<T>[]): Generator<T> {
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
