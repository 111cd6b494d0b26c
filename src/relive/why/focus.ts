/** Finding the change that is to be explained. */
import { writerState } from '../../journal/liveness.ts';
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

/** Did the row begin or end mastership? A crash ends it, though the recorded state stays as it was. */
export function isMastershipChange({ row, before }: RowChange): boolean {
  const was = before !== null && roleOf(before) === 'master';
  if (row.kind === 'crash') return was;
  return was !== (roleOf(row.state) === 'master');
}

/** Newest change of mastership of an actor, at or before a row. */
export function lastMastershipChange(witness: Witness, actor: string, seq: number): RowChange | null {
  for (const change of changesBefore(witness, actor, seq)) if (isMastershipChange(change)) return change;
  return null;
}

/** A process that was master when its history ended without a stop, newest such end at or before a time. */
function uncleanEnd(witness: Witness, actor: string, wallUs: number): Change | null {
  const epochs = witness.reader.epochs();
  for (const [i, epoch] of [...epochs.entries()].reverse()) {
    if (epoch.endedCleanly || epoch.lastWallUs > wallUs) continue;
    if (i === epochs.length - 1 && writerState(epoch) !== 'ended') continue;
    const state = witness.reader.stateAt(actor, epoch.lastSeq);
    if (state === null || roleOf(state.state) !== 'master') continue;
    const lastRow = witness.reader.changeBefore(actor, epoch.lastSeq);
    if (lastRow?.kind === 'crash') continue;
    return { kind: 'end', witness, actor, wallUs: epoch.lastWallUs, epoch };
  }
  return null;
}

/** Newest change of mastership over all journals, at or before a time; null if there is none. */
export function findFocus(
  witnesses: readonly Witness[],
  actor: string | null,
  wallUs: number | null,
): Change | null {
  let newest: Change | null = null;
  const offer = (change: Change | null): void => {
    if (change === null) return;
    // An end comes after the row that was its last sign of life.
    const isNewer =
      newest === null ||
      change.wallUs > newest.wallUs ||
      (change.wallUs === newest.wallUs && change.kind === 'end');
    if (isNewer) newest = change;
  };
  for (const witness of witnesses) {
    const { reader } = witness;
    const seq = wallUs === null ? reader.lastSeq() : reader.seqAt(wallUs);
    for (const name of reader.actors()) {
      if (!name.startsWith('vrrp/') || (actor !== null && name !== actor)) continue;
      offer(lastMastershipChange(witness, name, seq));
      offer(uncleanEnd(witness, name, wallUs ?? Number.MAX_SAFE_INTEGER));
    }
  }
  return newest;
}
