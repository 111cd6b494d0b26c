/**
 * A process that writes a journal until it is killed. Tells how far storage confirmed it.
 *
 *   writing-child.ts DIRECTORY [LIMITS as JSON]
 */
import { changedRow, idleRow, someRun, startRow } from '../../src/journal/journal.fixture.ts';
import { openJournal } from '../../src/journal/writer.ts';
import { push } from '../harness/json-lines-service.ts';

const [, , directory = '', limits = '{}'] = process.argv;
const writer = openJournal({
  ...{ directory, node: 'r1', process: 'vrrp' },
  limits: { segmentBytes: 256 * 1024, ...JSON.parse(limits) },
});
writer.row(startRow(1));
for (let seq = 2; ; seq += 1) {
  writer.row(seq % 3 === 0 ? idleRow(seq) : changedRow(seq));
  if (seq % 10 === 0) writer.run(someRun(seq));
  if (seq % 25 !== 0) continue;
  await writer.flush();
  const { base, storedSeq } = writer.status();
  push((base ?? 0) + storedSeq);
}
