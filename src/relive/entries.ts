/** The lines of a history in order: rows with the state before them, gaps and runs in place, ends without a stop. */
import type { Epoch, StoredGap, StoredRow, StoredRun } from '../journal/model.ts';
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

/** Rows of a range, or those of them that are wanted. */
export type RowsOf<Row> = (
  reader: JournalReader,
  range: EntryRange,
  states: StatesBefore,
) => Generator<RowEntry<Row>>;

/** Entries of one journal. */
export function entriesOf(reader: JournalReader, range: EntryRange): Generator<Entry> {
  return entriesWith(rowEntries, reader, range);
}

export function* entriesWith<Row extends { readonly seq: number }>(
  rowsOf: RowsOf<Row>,
  reader: JournalReader,
  range: EntryRange,
): Generator<Entry<Row>> {
  yield* interleaved(rowsOf(reader, range, new StatesBefore(reader)), sideEntries(reader, range));
}

function rowRange({ fromSeq, toSeq, changedOnly = false, actor }: EntryRange): RowRange {
  return { fromSeq, toSeq, changedOnly, ...(actor === null ? {} : { actor }) };
}

export function* rowEntries(
  reader: JournalReader,
  range: EntryRange,
  states: StatesBefore,
): Generator<RowEntry<StoredRow>> {
  for (const row of reader.rows(rowRange(range)))
    yield { type: 'row', wallUs: row.wallUs, row, before: states.next(row) };
}

/** With no more of a row than a line needs, and only those that are wanted. */
export function toldEntries(isWanted: IsWanted): RowsOf<ToldRow> {
  return function* (reader, range, states) {
    for (const { row, before } of toldRows(reader, rowRange(range), isWanted, states))
      yield { type: 'row', wallUs: row.wallUs, row, before };
  };
}

export function* interleaved<Row extends { readonly seq: number }>(
  rows: Generator<RowEntry<Row>>,
  side: Iterator<PlacedEntry>,
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

export type PlacedEntry = Placed & { readonly entry: SideEntry };

function* sideEntries(reader: JournalReader, range: EntryRange): Generator<PlacedEntry> {
  if (range.runs) yield* mergePlaced(runEntries(reader, range), restEntries(reader, range));
  else yield* restEntries(reader, range);
}

function* runEntries(reader: JournalReader, range: EntryRange): Generator<PlacedEntry> {
  for (const { beforeSeq, wallUs, run } of placedRuns(reader, range))
    yield { beforeSeq, wallUs, entry: { type: 'run', wallUs, run } };
}

/** Gaps, and ends without a stop: few, however long the history is. */
export function* restEntries(
  reader: JournalReader,
  range: EntryRange,
  epochs: readonly Epoch[] = reader.epochs(),
): Generator<PlacedEntry> {
  const entries: (readonly [beforeSeq: number, entry: SideEntry])[] = [];
  const isInside = (seq: number): boolean => seq >= range.fromSeq && seq <= range.toSeq + 1;
  for (const gap of reader.gaps(range.fromSeq, range.toSeq)) {
    const touches = gap.fromSeq <= range.toSeq && Math.max(gap.toSeq, gap.fromSeq) >= range.fromSeq;
    if (touches) entries.push([gap.fromSeq, { type: 'gap', wallUs: gap.fromWallUs, gap }]);
  }
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
