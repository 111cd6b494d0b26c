/** Answers of the visualizer's API, each bounded in size whatever the history holds. */
import type { Json } from '../protocol/json.ts';
import type {
  AtAnswer,
  ContextAnswer,
  FleetTable,
  NodesAnswer,
  NodeView,
  RowsAnswer,
  ViewRow,
} from './api.ts';
import { packFleet } from './fleet.ts';
import type { JournalSource, SourceRow } from './source.ts';
import { everybodyAt, everybodyNow } from './warm-fleet.ts';

/** Rows in one answer. */
export const MAX_ROWS = 500;

/** Rows looked at while searching backwards for those of one actor. */
const MAX_SCAN = 50_000;
/** The same where a time is sought. */
const MAX_NEAR = 4_000;

export const nowUs = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000);

/** Gives each row the state that its actor had before it. Rows must be in order of seq. */
export function withBefore(source: JournalSource, rows: readonly SourceRow[]): ViewRow[] {
  const last = new Map<string, { readonly epoch: number; readonly state: Json }>();
  return rows.map((row) => {
    const known = last.get(row.actor);
    const before =
      row.kind === 'note' || row.kind === 'start'
        ? null
        : known?.epoch === row.epoch
          ? known.state
          : source.stateBefore(row.actor, row.seq);
    last.set(row.actor, { epoch: row.epoch, state: row.state });
    return { ...row, node: source.node, before };
  });
}

/** Every actor as it was after a row. */
function actorsAt(source: JournalSource, seq: number, timeUs: number): FleetTable[] {
  if (seq === 0) return [];
  const row = source.row(seq);
  const epoch = source.epochs().find((candidate) => candidate.epoch === row?.epoch);
  const running = epoch !== undefined && !(epoch.ended && epoch.lastUs < timeUs);
  if (seq === source.lastSeq()) return [everybodyNow(source, seq, row?.epoch ?? 0, running)];
  const views = everybodyAt(source, seq).map((view) => ({ ...view, running }));
  return [packFleet(source.node, running, views)];
}

function nodeView(source: JournalSource): NodeView {
  const epochs = source.epochs();
  const last = epochs.at(-1);
  const lastSeq = source.lastSeq();
  return {
    node: source.node,
    lastSeq,
    fromUs: Math.min(
      epochs[0]?.startUs ?? 0,
      source.row(source.firstSeq())?.wallUs ?? Number.MAX_SAFE_INTEGER,
    ),
    toUs: last?.lastUs ?? 0,
    running: last !== undefined && !last.ended,
    ...(source.against === undefined ? {} : { against: source.against }),
  };
}

export function nodes(sources: readonly JournalSource[]): NodesAnswer {
  const now = nowUs();
  return {
    nowUs: now,
    nodes: sources.map(nodeView),
    fleet: sources.flatMap((source) => actorsAt(source, source.lastSeq(), now)),
  };
}

/** Every actor as it was at a time. */
export function at(sources: readonly JournalSource[], timeUs: number): AtAnswer {
  return { timeUs, fleet: sources.flatMap((source) => actorsAt(source, source.seqAt(timeUs), timeUs)) };
}

export interface RowsQuery {
  readonly actor: string | null;
  /** At most one of the four; none means the newest rows. */
  readonly after: number | null;
  readonly before: number | null;
  readonly seq: number | null;
  /** Rows up to this time. */
  readonly atUs: number | null;
  /** 1 to MAX_ROWS. */
  readonly limit: number;
}

function rowsAfter(source: JournalSource, actor: string | null, after: number, limit: number): RowsAnswer {
  const found: SourceRow[] = [];
  const range = { fromSeq: after + 1, ...(actor === null ? {} : { actor }) };
  for (const row of source.rows(range)) {
    if (found.length === limit) return { rows: withBefore(source, found), more: true };
    found.push(row);
  }
  return { rows: withBefore(source, found), more: false };
}

/**
 * Rows of one actor among very many are looked for among the newest MAX_SCAN rows; those that changed something are found
 * further back, too, by the journal's index.
 */
function rowsBefore(source: JournalSource, actor: string | null, before: number, limit: number): RowsAnswer {
  const fromSeq = Math.max(0, before - MAX_SCAN);
  const range = { fromSeq, toSeq: before - 1, ...(actor === null ? {} : { actor }) };
  const found = [...source.newest(range, limit + 1)].reverse();
  if (found.length > limit) return { rows: withBefore(source, found.slice(-limit)), more: true };
  const older = actor === null ? [] : changesBefore(source, actor, fromSeq, limit + 1 - found.length);
  const all = [...older, ...found];
  return { rows: withBefore(source, all.slice(-limit)), more: all.length > limit };
}

function changesBefore(source: JournalSource, actor: string, before: number, most: number): SourceRow[] {
  const found: SourceRow[] = [];
  for (let seq = before - 1; seq > 0 && found.length < most; ) {
    const row = source.changeBefore(actor, seq);
    if (row === null) break;
    found.unshift(row);
    seq = row.seq - 1;
  }
  return found;
}

export function rows(
  source: JournalSource,
  { actor, after, before, seq, atUs, limit }: RowsQuery,
): RowsAnswer {
  if (seq !== null) {
    const row = source.row(seq);
    return { rows: row === null ? [] : withBefore(source, [row]), more: false };
  }
  if (after !== null) return rowsAfter(source, actor, after, limit);
  const end = atUs === null ? before : source.seqAt(atUs) + 1;
  return rowsBefore(source, actor, end ?? source.lastSeq() + 1, limit);
}

/**
 * The newest row of an actor up to a time, or its first one where all are later; null if it has none. One that changed nothing
 * counts if it is near: there is no index of those.
 */
export function rowInForce(source: JournalSource, actor: string, timeUs: number): ViewRow | null {
  const toSeq = source.seqAt(timeUs);
  const change = source.changeBefore(actor, toSeq);
  const fromSeq = Math.max((change?.seq ?? 0) + 1, toSeq - MAX_NEAR);
  const row = source.newest({ fromSeq, toSeq, actor }, 1)[0] ?? change;
  if (row !== null) return withBefore(source, [row])[0] ?? null;
  return rowsAfter(source, actor, toSeq, 1).rows[0] ?? null;
}

export function context(source: JournalSource, actor: string, seq: number): ContextAnswer | null {
  const state = source.stateAt(actor, seq);
  return state === null ? null : { seq: state.seq, context: state.context, uncertain: state.uncertain };
}
