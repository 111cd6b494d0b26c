/** Rows as a line of text needs them. Few of many may be wanted: all are looked at, and JSON is read of those alone. */
import type { ActorEvent, Effect, RowKind } from '../engine/types.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { StoredRow } from './model.ts';
import type { RowRange } from './ranges.ts';
import type { JournalReader } from './reader.ts';
import type { SegmentReader } from './segment-reader.ts';
import { StatesBefore } from './states-before.ts';

/** States, events and effects are shared between rows, so nobody may write into them. */
export interface ToldRow
  extends Pick<StoredRow, 'seq' | 'wallUs' | 'kind' | 'actor' | 'changed' | 'event' | 'effects' | 'state'> {
  /** Of a crash: its error. Of other rows nothing. */
  readonly delta: JsonObject;
}

/** What is known of a row when it is asked whether it is wanted. */
export type LookedAt = Pick<StoredRow, 'seq' | 'epoch' | 'kind' | 'actor' | 'changed' | 'state'>;

/** With the state before the row. */
export type IsWanted = (row: LookedAt, before: Json | null) => boolean;

type ToldRange = Pick<RowRange, 'fromSeq' | 'toSeq' | 'actor' | 'changedOnly'>;

export interface ToldStep {
  readonly row: ToldRow;
  readonly before: Json | null;
}

/** As `columnsAfter` names them. */
type Columns = readonly [
  seq: number,
  wallUs: number,
  /** Null: a step, as most rows are. */
  kind: string | null,
  actor: number,
  changed: number,
  /** Its place among those that are known, or its text. */
  state: number | string,
  event: string,
  effects: string | null,
  error: string | null,
];

/** Rows fetched at a time: a long read transaction would keep the writer's WAL from being reset. */
const PAGE = 500;
/** Distinct texts kept parsed: the same happens again and again, and the same effects are asked for. */
const MOST_PARSED = 4000;
/** States that SQLite looks for. A text that is handed over costs more than finding it among a few. */
const MOST_KNOWN = 16;

interface KnownState {
  readonly text: string;
  readonly state: Json;
}

/** Those that are wanted, in order of seq. */
export function* toldRows(reader: JournalReader, range: ToldRange, isWanted: IsWanted): Generator<ToldStep> {
  const states = new StatesBefore(reader);
  const parsed: Parsed = new Map();
  const known: KnownState[] = [];
  for (const segment of reader.segmentsOf(range)) {
    for (const page of pagesOf(segment, range, known)) {
      for (const columns of page) {
        const look = lookAt(segment, columns, known);
        const before = states.next(look);
        if (isWanted(look, before)) yield { row: tell(segment, look, columns, parsed), before };
      }
    }
    // What SQLite keeps of a segment is as large as its rows, and a month has many.
    segment.db.exec('PRAGMA shrink_memory');
  }
}

/** What is known may become more while a page is looked at. */
function* pagesOf(
  segment: SegmentReader,
  { fromSeq = 0, toSeq = Number.MAX_SAFE_INTEGER, actor, changedOnly }: ToldRange,
  known: readonly KnownState[],
): Generator<Columns[]> {
  let conditions = 'seq BETWEEN ? AND ?';
  if (changedOnly === true) conditions += ' AND changed = 1';
  if (actor !== undefined) {
    const [found] = segment.query<{ id: number }>('SELECT id FROM actor WHERE name = ?', actor);
    if (found === undefined) return;
    conditions += ` AND actor = ${found.id}`;
  }
  for (let from = fromSeq; ; ) {
    const sql = `SELECT ${columnsAfter(known.length)} FROM ev WHERE ${conditions} ORDER BY seq LIMIT ${PAGE}`;
    const page = segment.queryRaw<Columns>(sql, ...known.map(({ text }) => text), from, toSeq);
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    from = last[0] + 1;
  }
}

function columnsAfter(known: number): string {
  const places = Array.from({ length: known }, (_, place) => `WHEN ? THEN ${place}`).join(' ');
  const state = known === 0 ? 'state' : `CASE state ${places} ELSE state END`;
  return `seq, wall_us, nullif(kind, 'step'), actor, changed, ${state}, event, effects, iif(kind = 'crash', delta, NULL)`;
}

function lookAt(segment: SegmentReader, columns: Columns, known: KnownState[]): LookedAt {
  return {
    seq: columns[0],
    epoch: segment.meta.epoch,
    kind: (columns[2] ?? 'step') as RowKind,
    actor: segment.actorName(columns[3]),
    changed: columns[4] === 1,
    state: stateOf(segment, columns[5], known),
  };
}

function stateOf(segment: SegmentReader, found: number | string, known: KnownState[]): Json {
  if (typeof found === 'number') return known[found]?.state ?? null;
  const state = segment.parseState(found);
  if (known.length < MOST_KNOWN && known.every(({ text }) => text !== found))
    known.push({ text: found, state });
  return state;
}

function tell(
  segment: SegmentReader,
  { seq, kind, actor, changed, state }: LookedAt,
  columns: Columns,
  parsed: Parsed,
): ToldRow {
  const [effects, error] = [columns[7], columns[8]];
  return {
    ...{ seq, kind, actor, changed, state },
    wallUs: columns[1],
    event: parsedOnce(segment, columns[6], parsed) as ActorEvent,
    effects: effects === null ? NO_EFFECTS : (parsedOnce(segment, effects, parsed) as Effect[]),
    delta: error === null ? NO_DELTA : segment.parse<JsonObject>(error),
  };
}

/** By text; of the whole journal, as segments repeat one another, too. */
type Parsed = Map<string, unknown>;

function parsedOnce(segment: SegmentReader, text: string, parsed: Parsed): unknown {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  if (parsed.size >= MOST_PARSED) parsed.clear();
  const value = segment.parse<unknown>(text);
  parsed.set(text, value);
  return value;
}

const NO_EFFECTS: readonly Effect[] = [];
const NO_DELTA: JsonObject = {};
