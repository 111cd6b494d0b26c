/**
 * A process that writes a journal as it is asked to, and says how it went.
 *
 *   asked-child.ts DIRECTORY [LIMITS as JSON]
 */
import { changedRow, idleRow, someRun, startRow } from '../../src/journal/journal.fixture.ts';
import type { JournalStatus } from '../../src/journal/model.ts';
import { openJournal } from '../../src/journal/writer.ts';
import { serve } from '../harness/json-lines-service.ts';

const [, , directory = '', limits = '{}'] = process.argv;
const writer = openJournal({ directory, node: 'r1', process: 'vrrp', limits: JSON.parse(limits) });
writer.row(startRow(1));
let seq = 1;

const methods = {
  /** Hands rows over; every third changes nothing. Returns the newest seq, and how long that took. */
  write: (rows: number): { readonly seq: number; readonly tookMs: number } => {
    const began = performance.now();
    for (let i = 0; i < rows; i += 1) {
      seq += 1;
      writer.row(seq % 3 === 0 ? idleRow(seq) : changedRow(seq));
      if (seq % 10 === 0) writer.run(someRun(seq));
    }
    return { seq, tookMs: performance.now() - began };
  },
  /** Waits until storage has taken everything, or keeps it because it fails. */
  flush: (): Promise<void> => writer.flush(),
  status: (): JournalStatus => writer.status(),
  close: (): Promise<void> => writer.close(),
};

export type AskedChild = typeof methods;

serve(methods, () => process.exit(0));
