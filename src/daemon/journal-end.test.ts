import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { changedRow, startRow } from '../journal/journal.fixture.ts';
import { JournalReader } from '../journal/reader.ts';
import { openJournal } from '../journal/writer.ts';
import { endJournal } from './journal-end.ts';

const WORKER = pathToFileURL(join(import.meta.dirname, '../journal/writer-worker.ts'));

/** A journal whose thread stands still for so long before it looks at anything. */
function slowJournal(standsStillMs: number, stallMs: number) {
  const directory = temporaryDirectory('journal-end');
  const module = join(directory, 'slow.mjs');
  writeFileSync(
    module,
    `await import(${JSON.stringify(WORKER.href)});
     Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${standsStillMs});`,
  );
  const journal = openJournal({
    ...{ directory: join(directory, 'journal'), node: 'a', process: 'vrrp' },
    ...{ limits: { stallMs }, workerModule: pathToFileURL(module) },
  });
  journal.row(startRow(1));
  journal.row(changedRow(2));
  const stored = (): readonly number[] => {
    const reader = new JournalReader(join(directory, 'journal'));
    try {
      return [...reader.rows()].map(({ seq }) => seq);
    } finally {
      reader.close();
    }
  };
  return { journal, stored };
}

describe.concurrent('the end of a history', () => {
  it('waits for a thread that is late, and nothing is lost', async () => {
    const { journal, stored } = slowJournal(2_500, 10_000);
    const said: string[] = [];
    await endJournal(journal, { inHaste: false, log: (line) => said.push(line) });
    expect(said).toEqual([]);
    expect(stored()).toEqual([1, 2]);
  });

  it.each([
    [
      'storage does not answer',
      200,
      false,
      /^the last 2 rows .* not stored: storage does not answer for \d+ ms$/,
    ],
    [
      'another process shall begin',
      60_000,
      true,
      /^the last 2 rows .* not stored: the journal took too long$/,
    ],
  ])('does not wait long if %s, and says so', async (_what, stallMs, inHaste, expected) => {
    // It would be stored if it were waited for as long as otherwise.
    const { journal } = slowJournal(7_000, stallMs);
    const said: string[] = [];
    await endJournal(journal, { inHaste, log: (line) => said.push(line) });
    expect(said).toEqual([expect.stringMatching(expected)]);
  });
});
