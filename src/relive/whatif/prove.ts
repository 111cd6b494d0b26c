/** What would have prevented a change that `why` explains, each alternative lived again. */
import type { JournalReader } from '../../journal/reader.ts';
import { nodeLabel } from '../journals.ts';
import { formatDuration } from '../time.ts';
import type { Explanation } from '../why/model.ts';
import { roleOf } from '../words.ts';
import { AFTER_US, BEFORE_US, type Counterfactual, counterfactuals } from './counterfactual.ts';
import { sourcesIn } from './sources.ts';

/** Null: there is no change of an instance to be lived again, or the stretch does not come out as recorded. */
export async function prove(
  readers: readonly JournalReader[],
  { node, actor, seq, wallUs }: Explanation,
): Promise<readonly Counterfactual[] | null> {
  const reader = readers.find((each) => nodeLabel(each, readers) === node);
  const row = reader === undefined || seq === null ? null : reader.row(seq);
  if (row === null || !actor.startsWith('vrrp/')) return null;
  const sources = sourcesIn(readers, { fromUs: wallUs - BEFORE_US, toUs: wallUs + AFTER_US });
  return counterfactuals(sources, { router: node, actor, role: roleOf(row.state), atUs: wallUs });
}

export function provedLines(proved: readonly Counterfactual[] | null): string[] {
  if (proved === null)
    return ['  nothing could be tried: lived again without a change, it does not come out as recorded'];
  if (proved.length === 0) return ['  no alternative makes sense here'];
  const lines = proved.map(
    (one) => `  ${one.set}: ${one.prevents ? 'it does not happen' : 'it happens all the same'}${outage(one)}`,
  );
  if (proved.some(({ isOneSided }) => isOneSided))
    lines.push('  others do what they did, as their journals are not at hand');
  return lines;
}

function outage({ recordedUs, changedUs }: Counterfactual): string {
  if (recordedUs === 0 && changedUs === 0) return '';
  const instead = recordedUs === changedUs ? 'as recorded' : `instead of ${formatDuration(recordedUs)}`;
  return `; without a master for ${formatDuration(changedUs)} ${instead}`;
}
