/** Changes that something which is followed led to. */
import type { ActorEvent } from '../../engine/types.ts';
import type { StoredRow } from '../../journal/model.ts';
import { eventInWords } from '../words.ts';
import type { Witness } from './model.ts';

/** `script/chk` of a `tracker.changed`. */
export function trackedName(event: ActorEvent): string {
  return String(event.tracker).replace(/^tracker\//, '');
}

/** ` (exit 1 after 44 ms)`: what was found that made it so; empty if the journal does not have it. */
export function trackedResult({ reader }: Witness, row: StoredRow): string {
  let told = '';
  // Of a BFD session the cause of the result says more.
  for (let { cause } = row, steps = 0; cause !== null && steps < 3; steps += 1) {
    const earlier = reader.row(cause);
    if (earlier === null || earlier.kind === 'note') break;
    told = told === '' ? eventInWords(earlier.event) : `${told}; ${eventInWords(earlier.event)}`;
    ({ cause } = earlier);
  }
  return told === '' ? '' : ` (${told})`;
}
