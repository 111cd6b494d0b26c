/** Why the priority of a router changed. */
import type { StoredRow } from '../../journal/model.ts';
import { changesBefore } from './focus.ts';
import { knownContext, type Verdict, type Witness } from './model.ts';
import { trackedName, trackedResult } from './tracked.ts';

/** Changes looked at; more between a change of priority and what came of it is another story. */
const WALK = 200;

export interface PriorityChange {
  readonly row: StoredRow;
  readonly before: number;
  readonly after: number;
  readonly verdict: Verdict;
  readonly what: string | null;
  /** Completes "its priority fell from 150 to 90 because ...". */
  readonly because: string;
}

/** The newest change of an actor's effective priority in a range of rows, its start excluded. */
export function priorityChange(
  witness: Witness,
  actor: string,
  fromSeq: number,
  toSeq: number,
): PriorityChange | null {
  let walked = 0;
  for (const { row } of changesBefore(witness, actor, toSeq)) {
    walked += 1;
    if (row.seq < fromSeq || walked > WALK || row.kind === 'start') return null;
    const after = row.delta.effectivePriority;
    if (row.kind !== 'step' || typeof after !== 'number') continue;
    const before = knownContext(actor, witness.reader.stateAt(actor, row.seq - 1)?.context ?? {}).priority;
    if (before === after) continue;
    return { row, before, after, ...reasonOf(witness, row, after < before) };
  }
  return null;
}

function reasonOf(
  witness: Witness,
  row: StoredRow,
  fell: boolean,
): Pick<PriorityChange, 'verdict' | 'what' | 'because'> {
  const { event } = row;
  if (event.type === 'tracker.changed') {
    const what = trackedName(event);
    const verdict = fell ? 'tracker-failed' : 'tracker-passed';
    return { verdict, what, because: `${what} changed${trackedResult(witness, row)}` };
  }
  if (event.type === 'instance.reconfigured')
    return { verdict: 'reconfigured', what: 'reload', because: 'a reload changed its configuration' };
  return { verdict: 'other', what: null, because: `of ${event.type}` };
}
