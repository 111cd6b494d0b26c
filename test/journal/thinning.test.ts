/** Thinned histories are re-executed: of a real one, and of a recording of format 1. */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkIntegrity } from '../../src/journal/integrity.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { thinNow } from '../../src/journal/thinning.fixture.ts';
import { replay } from '../../src/relive/replay.ts';
import { replayEngine } from '../../src/relive/replay-engine.ts';
import { peacefulPair, takeOver } from '../../src/relive/story.fixture.ts';
import { journalHistory, WHOLE } from '../../src/relive/verify/history.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';

async function thinAll(directory: string): Promise<void> {
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.db')))
    await thinNow(directory, file);
}

function look<T>(directory: string, use: (reader: JournalReader) => T): T {
  const reader = new JournalReader(directory);
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}

it('re-executes what is left of a history without a difference', async () => {
  const pair = peacefulPair();
  const { story, r1, r2 } = pair;
  takeOver(pair);
  // An advert of lower priority changes nothing in a master.
  for (let i = 0; i < 20; i += 1) {
    story.pass(1_000_000);
    r2.hear(r1, 50);
  }
  story.pass(1_000_000);
  r2.hear(r1);
  await r1.stop('SIGTERM');
  await r2.stop('SIGTERM');
  const before = look(r2.journal, (reader) => [...reader.rows()]);
  const idle = before.filter(({ changed }) => !changed).length;
  expect(idle).toBeGreaterThan(0);
  await thinAll(r2.journal);
  look(r2.journal, (reader) => {
    expect([...reader.rows()].length).toBe(before.length - idle);
    expect(checkIntegrity(reader.segmentFiles())).toMatchObject({ findings: [], droppedRows: idle + 1 });
    const report = replay(replayEngine, journalHistory(reader, WHOLE));
    expect(report).toMatchObject({ differences: [], unchecked: {} });
    expect(report.rows).toBe(before.filter(({ changed, kind }) => changed && kind !== 'note').length);
  });
  story.remove();
});

it('thins a segment of format 1, whose digests stay those of format 1', async () => {
  const directory = join(temporaryDirectory('recording'), 'journal');
  cpSync(join(import.meta.dirname, 'recordings', 'format-1'), directory, { recursive: true });
  const [first] = readdirSync(directory);
  const before = look(directory, (reader) => ({ rows: [...reader.rows()], gaps: reader.gaps() }));
  await thinNow(directory, String(first));
  look(directory, (reader) => {
    expect([...reader.rows({ toSeq: 19 })]).toEqual(
      before.rows.filter(({ seq, changed }) => seq < 20 && changed),
    );
    expect(reader.gaps()).toEqual(before.gaps);
    expect(checkIntegrity(reader.segmentFiles()).findings).toEqual([]);
    expect(reader.thinned()).toMatchObject([{ segment: first, runs: 3 }]);
  });
});
