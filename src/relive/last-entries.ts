/**
 * The last of what is wanted of a history, as if all of it had been read: from the end in windows, each four times as long as the one
 * after it or longer, until there is enough.
 */
import { hasLaterRow, newestSeq } from '../journal/backwards.ts';
import type { Epoch } from '../journal/model.ts';
import type { JournalReader } from '../journal/reader.ts';
import { StatesBefore } from '../journal/states-before.ts';
import { Unsure, WindowStates } from '../journal/window-states.ts';
import {
  type Entry,
  type EntryRange,
  interleaved,
  mergeByTime,
  type PlacedEntry,
  type RowsOf,
  restEntries,
} from './entries.ts';

/** Rows of the first window: of some hundred instances one has its last ten among so many, and they take a few milliseconds. */
const FIRST_ROWS = 512;

/** From there on windows grow faster: each asks for the state of every actor before it. */
const FEW_ROWS = 8192;

export interface Wanted<Row> {
  readonly rowsOf: RowsOf<Row>;
  readonly isWanted: (entry: Entry<Row>) => boolean;
  readonly most: number;
}

export interface Source {
  readonly reader: JournalReader;
  /** Without runs. */
  readonly range: EntryRange;
}

interface Found<Row> {
  /** The latest time up to here: what comes after an entry with a later time, by a clock that was set back, is merged after it. */
  readonly wallUs: number;
  readonly entry: Entry<Row>;
  /** Of the row, or of the one that it stands before. */
  readonly seq: number;
  readonly reader: JournalReader;
}

interface Part<Row> {
  readonly found: readonly Found<Row>[];
  /** Others that are wanted were passed over. */
  readonly isCut: boolean;
  /** The latest time in it. */
  readonly latestUs: number;
}

/**
 * The last of several histories, merged as `mergeByTime` does. Null: not to be told from their ends, as what comes before
 * the last of one of them bears a later time.
 */
export function lastOfAll<Row extends { readonly seq: number }>(
  sources: readonly Source[],
  wanted: Wanted<Row>,
  firstRows = FIRST_ROWS,
): readonly Omit<Found<Row>, 'wallUs'>[] | null {
  const streams: Found<Row>[][] = [];
  for (const source of sources) {
    const { found, isCut } = lastOf(source, wanted, firstRows);
    const [first] = found;
    if (sources.length > 1 && isCut && first !== undefined && isBehind(source, first)) return null;
    streams.push(found);
  }
  return [...mergeByTime(streams.map(each))].slice(-wanted.most);
}

function* each<T>(values: readonly T[]): Generator<T> {
  yield* values;
}

function lastOf<Row extends { readonly seq: number }>(
  { reader, range }: Source,
  wanted: Wanted<Row>,
  firstRows: number,
): { readonly found: Found<Row>[]; readonly isCut: boolean } {
  const parts: Part<Row>[] = [];
  const epochs = reader.epochs();
  let missing = wanted.most;
  let rows = Math.max(firstRows, missing);
  let { fromSeq, toSeq } = range;
  do {
    const newest = newestSeq(reader, range.fromSeq, toSeq);
    fromSeq = newest === null ? range.fromSeq : Math.max(range.fromSeq, newest - rows + 1);
    const part = (begin: number) =>
      partOf({ reader, range }, { ...range, fromSeq: begin, toSeq }, epochs, { ...wanted, most: missing });
    let made: Part<Row>;
    try {
      made = part(fromSeq);
    } catch (error) {
      if (!(error instanceof Unsure)) throw error;
      fromSeq = range.fromSeq;
      made = part(fromSeq);
    }
    parts.push(made);
    missing -= made.found.length;
    toSeq = fromSeq - 1;
    rows *= rows < FEW_ROWS ? 4 : 8;
  } while (missing > 0 && fromSeq > range.fromSeq);
  const isCut = fromSeq > range.fromSeq || parts.at(-1)?.isCut === true;
  return { found: [...joined(parts.reverse())], isCut };
}

/** The last of a part of the range. @throws Unsure */
function partOf<Row extends { readonly seq: number }>(
  { reader, range }: Source,
  part: EntryRange,
  epochs: readonly Epoch[],
  { rowsOf, isWanted, most }: Wanted<Row>,
): Part<Row> {
  const isBegin = part.fromSeq <= range.fromSeq;
  const isEnd = part.toSeq === range.toSeq;
  const between = [...restEntries(reader, { ...range, fromSeq: part.fromSeq }, epochs)].filter(
    ({ beforeSeq }) => (isBegin || beforeSeq >= part.fromSeq) && (isEnd || beforeSeq <= part.toSeq),
  );
  const { fromSeq, changedOnly = false } = range;
  const states = isBegin
    ? new StatesBefore(reader)
    : new WindowStates(reader, { fromSeq, beginsAtSeq: part.fromSeq, changedOnly });
  const places = new Map<Entry<Row>, number>(between.map(({ entry, beforeSeq }) => [entry, beforeSeq]));
  let found: Found<Row>[] = [];
  let [count, latestUs] = [0, 0];
  for (const entry of interleaved(rowsOf(reader, part, states), between.values())) {
    latestUs = Math.max(latestUs, entry.wallUs);
    if (!isWanted(entry)) continue;
    count += 1;
    const seq = entry.type === 'row' ? entry.row.seq : (places.get(entry) ?? 0);
    found.push({ wallUs: latestUs, entry, seq, reader });
    if (found.length > 2 * most) found = found.slice(-most);
  }
  return { found: found.slice(-most), isCut: count > most, latestUs };
}

/** In order. */
function* joined<Row>(parts: readonly Part<Row>[]): Generator<Found<Row>> {
  let beforeUs = 0;
  for (const { found, latestUs } of parts) {
    for (const one of found) yield one.wallUs >= beforeUs ? one : { ...one, wallUs: beforeUs };
    beforeUs = Math.max(beforeUs, latestUs);
  }
}

/** Whether anything before an entry of the range bears a later time than the entry. */
function isBehind<Row extends { readonly seq: number }>(
  { reader, range }: Source,
  { entry, seq }: Found<Row>,
): boolean {
  const { wallUs } = entry;
  // What stands at the same place is in order of time.
  const isBefore = ({ beforeSeq }: PlacedEntry): boolean =>
    entry.type === 'row' ? beforeSeq <= seq : beforeSeq < seq;
  for (const one of restEntries(reader, range)) if (isBefore(one) && one.entry.wallUs > wallUs) return true;
  const { fromSeq, actor, changedOnly = false } = range;
  return hasLaterRow(reader, { fromSeq, toSeq: seq - 1, actor, changedOnly }, wallUs);
}
