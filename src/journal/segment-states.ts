/**
 * Every actor at once, as a segment knows them: its newest snapshot, the deltas since then laid over it, and its newest
 * state. SQLite gathers, so that thousands of rows do not become objects; few pages are read, as snapshots come in rounds.
 */
import type { JsonObject } from '../protocol/json.ts';
import type { ActorState } from './model.ts';
import type { SegmentReader } from './segment-reader.ts';
import type { SnapRow } from './segment-rows.ts';

/** In front of the context that an actor was started with. */
const STARTED = 'started';

const NEWEST = `SELECT actor.id AS actor, ev.seq, ev.kind, ev.machine, ev.state FROM actor LEFT JOIN ev
  ON ev.seq = (SELECT max(seq) FROM ev WHERE actor = actor.id AND changed = 1 AND seq <= ?)`;
// Within a round a later id may hold an older seq.
const SNAPSHOTS = 'SELECT actor, seq, machine, state, context FROM snap WHERE seq <= ? ORDER BY id DESC';

/** Rows after an actor's snapshot, for [actor, seq of it] pairs as JSON. */
const SINCE = 'since(actor, seq) AS MATERIALIZED (SELECT value ->> 0, value ->> 1 FROM json_each(?))';
const FIRST_CHANGE = `WITH ${SINCE} SELECT min((SELECT min(seq) FROM ev
  WHERE actor = since.actor AND changed = 1 AND seq > since.seq)) AS seq FROM since`;
const DELTAS = `WITH ${SINCE} SELECT ev.actor, '[' || group_concat(
    iif(ev.kind = 'start', '"${STARTED}",', '') || ev.delta, ',' ORDER BY ev.seq) || ']' AS deltas
  FROM ev JOIN since ON since.actor = ev.actor
  WHERE ev.seq BETWEEN ? AND ? AND ev.seq > since.seq AND ev.changed = 1 AND ev.delta IS NOT NULL
    AND ev.kind IN ('start', 'step') GROUP BY ev.actor`;

/** The first transaction has the snapshots with which a segment begins: as many as it names actors at most. */
const BEGINNING = `SELECT name, id IN (SELECT actor FROM snap
  WHERE id <= (SELECT count(*) FROM actor WHERE batch = 1) AND batch = 1) AS known FROM actor WHERE batch = 1`;

interface NewestRow {
  readonly actor: number;
  /** Null: nothing of it up to then. */
  readonly seq: number | null;
  readonly kind: string;
  readonly machine: string | null;
  readonly state: string;
}

/**
 * A segment begins with the state of each actor, so that it alone will do, but for actors that gaps have put in doubt.
 * A crash leaves the context as it was; notes belong to no statechart.
 */
export function statesOfSegment(
  segment: SegmentReader,
  seq: number,
  wanted: (actor: string) => boolean = () => true,
): ActorState[] {
  const newest = segment
    .query<NewestRow>(NEWEST, seq)
    .filter(({ kind, actor }) => kind !== 'note' && wanted(segment.actorName(actor)));
  const snapshots = snapshotsOf(segment, seq, new Set(newest.map(({ actor }) => actor)));
  const deltas = deltasSince(segment, seq, newest, snapshots);
  return newest.flatMap((row): ActorState[] => {
    const snapshot = snapshots.get(row.actor);
    const last = row.seq !== null && row.seq > (snapshot?.seq ?? 0) ? row : snapshot;
    if (last === undefined || last.seq === null) return [];
    const changes = deltas.get(row.actor) ?? [];
    const started = changes.lastIndexOf(STARTED);
    const before = snapshot === undefined ? {} : segment.parse<JsonObject>(snapshot.context);
    return [
      {
        ...{ actor: segment.actorName(row.actor), seq: last.seq, machine: last.machine },
        state: segment.parseState(last.state),
        context: Object.assign(started < 0 ? before : {}, ...changes.slice(started + 1)),
        uncertain: snapshot === undefined && started < 0,
      },
    ];
  });
}

/** Newest first, and no further than all have theirs. */
function snapshotsOf(segment: SegmentReader, seq: number, actors: ReadonlySet<number>): Map<number, SnapRow> {
  const found = new Map<number, SnapRow>();
  for (const row of segment.iterate<SnapRow>(SNAPSHOTS, seq)) {
    if (actors.has(row.actor) && !found.has(row.actor)) found.set(row.actor, row);
    if (found.size >= actors.size) break;
  }
  return found;
}

function deltasSince(
  segment: SegmentReader,
  seq: number,
  newest: readonly NewestRow[],
  snapshots: ReadonlyMap<number, SnapRow>,
): Map<number, readonly (JsonObject | typeof STARTED)[]> {
  const since = newest.flatMap((row) => {
    const from = snapshots.get(row.actor)?.seq ?? 0;
    return row.seq !== null && row.seq > from ? [[row.actor, from]] : [];
  });
  const pairs = JSON.stringify(since);
  const first = segment.query<{ seq: number | null }>(FIRST_CHANGE, pairs)[0]?.seq ?? null;
  if (first === null) return new Map();
  const rows = segment.query<{ actor: number; deltas: string }>(DELTAS, pairs, first, seq);
  return new Map(rows.map(({ actor, deltas }) => [actor, segment.parse(deltas)]));
}

/**
 * Actors of which a segment did not know the state when it began: it names them and has no snapshot. Null: it knew of nobody,
 * as the first one of a process, and one that another thread began than had heard of the actors.
 */
export function beganInDoubt(segment: SegmentReader): readonly string[] | null {
  const named = segment.query<{ name: string; known: number }>(BEGINNING);
  if (named.every(({ known }) => known === 0)) return null;
  return named.filter(({ known }) => known === 0).map(({ name }) => name);
}
