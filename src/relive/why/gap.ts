/** A change that shows only in what came after it: its own row is in a gap of the journal. */
import type { StoredGap, StoredRow } from '../../journal/model.ts';
import { formatClock, formatDuration } from '../time.ts';
import { roleOf } from '../words.ts';
import type { Explanation, RowChange, Witness } from './model.ts';
import type { Telling } from './telling.ts';

/** The gap in which changes of this actor were lost since its row before this one; null: there is none. */
export function lossBefore({ reader }: Witness, { actor, seq }: StoredRow): StoredGap | null {
  const fromSeq = (reader.changeBefore(actor, seq - 1)?.seq ?? 0) + 1;
  const found = reader
    .gaps(fromSeq, seq)
    .findLast(
      (gap) =>
        gap.lostChanges > 0 && gap.actors.includes(actor) && gap.toSeq >= fromSeq && gap.fromSeq <= seq,
    );
  return found ?? null;
}

export function explainGap(telling: Telling, change: RowChange, gap: StoredGap): Explanation {
  const { self } = telling;
  const { name } = telling.contextBefore(change.row);
  const what = roleOf(change.row.state) === 'master' ? 'became master of' : 'stopped being master of';
  const [from, to] = [formatClock(gap.fromWallUs), formatClock(gap.toWallUs)];
  telling.step(
    self.name,
    null,
    gap.fromWallUs,
    `its journal could not be written for ${formatDuration(gap.toWallUs - gap.fromWallUs)}: ${gap.reason}`,
    true,
  );
  telling.row(self, change.row, null);
  telling.blame(self.name, gap.reason);
  telling.prevention.push(`room for the journal of ${self.name}: ${gap.lostRows} rows were lost`);
  telling.unknown.push(`why: the row that would tell was lost between ${from} and ${to}`);
  return telling.done(
    'unrecorded',
    `${self.name} ${what} ${name} between ${from} and ${to}, while its journal could not be written (${gap.reason})`,
  );
}
