/** Finding the change that is to be explained. */
import type { Glimpse } from '../../journal/glimpses.ts';
import { writerState } from '../../journal/liveness.ts';
import type { Json } from '../../protocol/json.ts';
import { roleOf } from '../words.ts';
import type { Change, RowChange, Witness } from './model.ts';

/** Rows looked at when walking back over an actor's changes; more without a change of role is no failover story. */
const WALK_LIMIT = 100_000;

/** Changes of an actor at or before `seq`, newest first, each with the state before it in the same process. */
export function* changesBefore(witness: Witness, actor: string, seq: number): Generator<RowChange> {
  const { reader } = witness;
  let row = reader.changeBefore(actor, seq);
  for (let walked = 0; row !== null && walked < WALK_LIMIT; walked += 1) {
    const older = reader.changeBefore(actor, row.seq - 1);
    const before = row.kind === 'start' || older?.epoch !== row.epoch ? null : older.state;
    yield { kind: 'row', witness, actor, wallUs: row.wallUs, row, before };
    row = older;
  }
}

/** The reader gives equal states as one object. */
const masters = new WeakMap<object, boolean>();

function isMaster(state: Json): boolean {
  if (state === null || typeof state !== 'object') return state === 'master';
  const known = masters.get(state) ?? roleOf(state) === 'master';
  masters.set(state, known);
  return known;
}

/** Newest change of mastership of an actor, at or before a row and after a time. */
export function lastMastershipChange(
  witness: Witness,
  actor: string,
  seq: number,
  afterWallUs = 0,
): RowChange | null {
  let later: Glimpse | null = null;
  for (const glimpse of witness.reader.glimpses(actor, seq)) {
    if (later !== null && changesMastership(later, glimpse))
      return rowChangeOf(witness, actor, later, glimpse);
    if (glimpse.wallUs <= afterWallUs) return null;
    later = glimpse;
  }
  return later !== null && changesMastership(later, null) ? rowChangeOf(witness, actor, later, null) : null;
}

/** The state before it counts only within one life of the actor. */
function stateBefore(later: Glimpse, earlier: Glimpse | null): Json | null {
  return later.kind === 'start' || earlier === null || earlier.epoch !== later.epoch ? null : earlier.state;
}

function changesMastership(later: Glimpse, earlier: Glimpse | null): boolean {
  return changes(later.kind, stateBefore(later, earlier), later.state);
}

/** Did the row begin or end mastership? */
export function isMastershipChange({ row, before }: RowChange): boolean {
  return changes(row.kind, before, row.state);
}

/** A crash ends mastership, though the recorded state stays as it was. */
function changes(kind: string, before: Json | null, after: Json): boolean {
  const was = before !== null && isMaster(before);
  return kind === 'crash' ? was : was !== isMaster(after);
}

function rowChangeOf(
  witness: Witness,
  actor: string,
  later: Glimpse,
  earlier: Glimpse | null,
): RowChange | null {
  const row = witness.reader.row(later.seq);
  const before = stateBefore(later, earlier);
  return row === null ? null : { kind: 'row', witness, actor, wallUs: row.wallUs, row, before };
}

/** Processes that were master when their history ended without a stop: newest such end between two times. */
function uncleanEnd(
  witness: Witness,
  actor: string | null,
  afterWallUs: number,
  toWallUs: number,
): Change | null {
  const { reader } = witness;
  const epochs = reader.epochs();
  for (const [i, epoch] of [...epochs.entries()].reverse()) {
    if (epoch.lastWallUs < afterWallUs) return null;
    if (epoch.endedCleanly || epoch.lastWallUs > toWallUs) continue;
    if (i === epochs.length - 1 && writerState(epoch) !== 'ended') continue;
    const states = actor === null ? reader.statesAt(epoch.lastSeq) : [reader.stateAt(actor, epoch.lastSeq)];
    for (const state of states) {
      if (state === null || !isInstance(state.actor) || !isMaster(state.state)) continue;
      if (reader.changeBefore(state.actor, epoch.lastSeq)?.kind === 'crash') continue;
      return { kind: 'end', witness, actor: state.actor, wallUs: epoch.lastWallUs, epoch };
    }
  }
  return null;
}

const isInstance = (actor: string): boolean => actor.startsWith('vrrp/');

/** Newest change of mastership over all journals, at or before a time; null if there is none. */
export function findFocus(
  witnesses: readonly Witness[],
  actor: string | null,
  wallUs: number | null,
): Change | null {
  let newest = null as Change | null;
  // An end comes after the row that was its last sign of life, and is soon found.
  for (const witness of witnesses)
    newest = uncleanEnd(witness, actor, newest?.wallUs ?? 0, wallUs ?? Number.MAX_SAFE_INTEGER) ?? newest;
  for (const witness of witnesses) {
    const { reader } = witness;
    const seq = wallUs === null ? reader.lastSeq() : reader.seqAt(wallUs);
    for (const name of actor === null ? reader.actors() : [actor]) {
      if (!isInstance(name)) continue;
      const change = lastMastershipChange(witness, name, seq, newest?.wallUs);
      if (change !== null && change.wallUs > (newest?.wallUs ?? 0)) newest = change;
    }
  }
  return newest;
}
