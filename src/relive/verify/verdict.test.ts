import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idleRow, startRow, temporaryDirectory } from '../../journal/journal.fixture.ts';
import { JournalReader } from '../../journal/reader.ts';
import { openJournal } from '../../journal/writer.ts';
import { WHOLE } from './history.ts';
import { verify } from './verdict.ts';

const ROWS = 3_000;

describe('verify beside a writer', () => {
  let place: ReturnType<typeof temporaryDirectory>;
  let reader: JournalReader;
  beforeEach(async () => {
    place = temporaryDirectory();
    const limits = { segmentBytes: 200_000, queueItems: ROWS };
    const writer = openJournal({ directory: place.path, node: 'r1', process: 'vrrp', limits });
    writer.row(startRow(1));
    for (let seq = 2; seq <= ROWS; seq += 1) {
      writer.row(idleRow(seq));
      if (seq % 500 === 0) await writer.flush();
    }
    await writer.close();
    reader = new JournalReader(place.path);
  });
  afterEach(() => {
    reader.close();
    place.remove();
  });

  const findings = (): readonly unknown[] => verify(reader, 'r1', WHOLE, null).integrity.findings;

  it('looks again when the oldest segment was removed meanwhile', () => {
    const [oldest] = reader.segmentFiles();
    expect(reader.segmentFiles().length).toBeGreaterThan(2);
    rmSync(oldest ?? '');
    expect(findings()).toEqual([]);
  });

  it('still finds one that is missing in the middle', () => {
    const [, middle] = reader.segmentFiles();
    rmSync(middle ?? '');
    expect(findings()).not.toEqual([]);
  });
});
