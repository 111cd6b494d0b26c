/** A change of mastership that something which is followed led to. */
import type { StoredRow } from '../../journal/model.ts';
import { eventInWords } from '../words.ts';
import type { Witness } from './model.ts';

/** What failed and how, `script/chk failed (exit 1 after 44 ms)`; null if the row is none of that. */
export function trackedFailure(witness: Witness, row: StoredRow): string | null {
  if (row.event.type !== 'tracker.changed' || row.event.fault !== true) return null;
  const name = String(row.event.tracker).replace(/^tracker\//, '');
  const result = row.cause === null ? null : witness.reader.row(row.cause);
  return result === null ? `${name} failed` : `${name} failed (${eventInWords(result.event)})`;
}
