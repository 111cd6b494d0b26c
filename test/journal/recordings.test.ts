/** Journals that older formats wrote are read as they always were: `recordings/format-N` was made by the code of its time. */
import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../src/journal/format.ts';
import { checkIntegrity } from '../../src/journal/integrity.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { openJournal } from '../../src/journal/writer.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';

/** A copy: reading leaves side files. */
function copyOf(format: number): string {
  const directory = join(temporaryDirectory('recording'), 'journal');
  cpSync(join(import.meta.dirname, 'recordings', `format-${format}`), directory, { recursive: true });
  return directory;
}

function contentOf(directory: string): { counts: Record<string, number>; sha256: string } {
  const reader = new JournalReader(directory);
  try {
    const content = {
      ...{ rows: [...reader.rows()], runs: [...reader.runs()], gaps: reader.gaps() },
      ...{ definitions: reader.definitions(), epochs: reader.epochs().map(({ epoch }) => epoch) },
    };
    const counts = Object.fromEntries(Object.entries(content).map(([name, list]) => [name, list.length]));
    // Whatever the order of keys.
    const text = canonicalJson(JSON.parse(JSON.stringify(content)));
    const { findings } = checkIntegrity(reader.segmentFiles());
    expect(findings).toEqual([]);
    return { counts, sha256: createHash('sha256').update(text).digest('hex') };
  } finally {
    reader.close();
  }
}

const FORMAT_1 = {
  counts: { rows: 28, runs: 4, gaps: 1, definitions: 1, epochs: 2 },
  sha256: 'd83a8dace21ef658d694523eb2a784e6268ef5ee23855340fd1d6e75a317b454',
};

it('version 1: two process starts, a gap, runs, the newest segment not closed', () => {
  expect(contentOf(copyOf(1))).toEqual(FORMAT_1);
});

it('a history that begins in version 1 goes on in the newest', async () => {
  const directory = copyOf(1);
  const writer = openJournal({ directory, node: 'r2', process: 'vrrp' });
  writer.run({
    ...{ actor: 'vrrp/VI_1', direction: 'sent', source: '10.0.0.2', priority: 100, count: 5 },
    ...{
      firstUs: 1,
      lastUs: 4_000_001,
      largestGapUs: 1_000_000,
      firstWallUs: 1_790_000_000_000_000,
      afterSeq: 0,
    },
  });
  await writer.close();
  expect(contentOf(directory).counts).toEqual({ ...FORMAT_1.counts, runs: 5, epochs: 3 });
});
