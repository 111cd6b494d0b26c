/** Where every actor stands, without what it knows: states alone, of thousands of actors, for who wants to see them all. */
import type { Json } from '../protocol/json.ts';
import type { SegmentReader } from './segment-reader.ts';

export interface Standing {
  readonly actor: string;
  readonly machine: string | null;
  /** The row that led to it, and its Unix time; null: that row is in no segment that is still there. */
  readonly seq: number;
  readonly wallUs: number | null;
  readonly state: Json;
}

const NEWEST = `SELECT actor.id AS actor, ev.seq, ev.kind, ev.machine, ev.state, ev.wall_us FROM actor LEFT JOIN ev
  ON ev.seq = (SELECT max(seq) FROM ev WHERE actor = actor.id AND changed = 1 AND seq <= ?)`;
/** For those that have not changed since the segment began. */
const SNAPSHOTS = 'SELECT actor, seq, machine, state FROM snap WHERE seq <= ? ORDER BY id DESC';
const TIMES = 'SELECT seq, wall_us FROM ev WHERE seq IN (SELECT value FROM json_each(?))';

interface StandingRow {
  readonly actor: number;
  readonly seq: number;
  readonly machine: string | null;
  readonly state: string;
  readonly wall_us?: number;
}
type NewestRow = { readonly [K in keyof StandingRow]: StandingRow[K] | null } & {
  readonly actor: number;
  readonly kind: string | null;
};

/** As a segment that no gap has put in doubt knows them. Times of rows in older segments are null. */
export function standingsOfSegment(segment: SegmentReader, seq: number): Standing[] {
  const newest = segment.query<NewestRow>(NEWEST, seq).filter(({ kind }) => kind !== 'note');
  const still = new Map(newest.filter((row) => row.seq === null).map(({ actor }) => [actor, true]));
  const rows = newest.filter((row): row is StandingRow & NewestRow => row.seq !== null) as StandingRow[];
  for (const row of still.size === 0 ? [] : segment.iterate<StandingRow>(SNAPSHOTS, seq)) {
    if (still.delete(row.actor)) rows.push(row);
    if (still.size === 0) break;
  }
  return rows.map(({ actor, seq: at, machine, state, wall_us: wallUs }) => ({
    ...{ actor: segment.actorName(actor), machine, seq: at, wallUs: wallUs ?? null },
    state: segment.parseState(state),
  }));
}

/** Unix times of rows, as far as the segment has them. */
export function wallTimesIn(segment: SegmentReader, seqs: readonly number[]): ReadonlyMap<number, number> {
  const rows = segment.query<{ seq: number; wall_us: number }>(TIMES, JSON.stringify(seqs));
  return new Map(rows.map(({ seq, wall_us }) => [seq, wall_us]));
}
