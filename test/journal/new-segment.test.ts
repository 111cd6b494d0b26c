/** A segment is begun on a disk with room for a part of it. Needs root: it mounts a small tmpfs. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NO_HASH } from '../../src/journal/format.ts';
import { checkIntegrity } from '../../src/journal/integrity.ts';
import { changedRow, startRow } from '../../src/journal/journal.fixture.ts';
import { type Batch, type SegmentMeta, SegmentWriter } from '../../src/journal/segment-writer.ts';
import { fillDisk } from '../harness/fill-disk.ts';
import { removeInTheEnd, temporaryDirectory } from '../harness/leftovers.ts';

/** More than a segment with this batch needs: the file, and the log beside it. */
const MOST_PAGES = 80;
/** 21 of `ev`, and one each of `meta`, `actor` and `chain`. */
const ROWS = 24;
const META: SegmentMeta = {
  ...{ node: 'r1', process: 'vrrp', pid: 1, bootId: 'boot', epoch: 1, firstSeq: 1 },
  ...{ wallUs: 1_700_000_000_000_000, monoUs: 1000, previous: null },
};
let mountPoint: string;

beforeEach(() => {
  mountPoint = temporaryDirectory('disk');
  removeInTheEnd({ kind: 'mount', path: mountPoint });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'relived-test', mountPoint]);
});

afterEach(() => {
  execFileSync('umount', ['-l', mountPoint]);
  rmSync(mountPoint, { recursive: true });
});

function batch(): Batch {
  const rows = [startRow(1), ...Array.from({ length: 20 }, (_, i) => changedRow(i + 2))];
  const items = rows.map((row) => ({
    row: {
      ...row,
      event: JSON.stringify(row.event),
      effects: JSON.stringify(row.effects),
      state: JSON.stringify(row.state),
      delta: JSON.stringify(row.delta),
    },
    changed: true,
  }));
  return { items, base: 0, gaps: [], snapshots: [] };
}

it('is whole, or is not there', () => {
  const directory = join(mountPoint, 'journal');
  const path = join(directory, 'vrrp-000001-000000000001.db');
  const outcomes = { whole: 0, refused: 0 };
  for (let pages = 0; pages <= MOST_PAGES; pages += 1) {
    mkdirSync(directory);
    const free = fillDisk(mountPoint, pages);
    let writer: SegmentWriter | null = null;
    try {
      writer = SegmentWriter.create(path, META, NO_HASH, batch(), 1000);
    } catch (error) {
      expect(error, `${pages} pages`).toMatchObject({ code: expect.stringMatching(/SQLITE_|ENOSPC/) });
    }
    if (writer === null) {
      expect(readdirSync(directory), `${pages} pages`).toEqual([]);
      outcomes.refused += 1;
    } else {
      free();
      writer.close(true);
      expect(checkIntegrity([path]), `${pages} pages`).toMatchObject({ findings: [], rows: ROWS });
      outcomes.whole += 1;
    }
    free();
    rmSync(directory, { recursive: true });
  }
  expect(Math.min(outcomes.whole, outcomes.refused), JSON.stringify(outcomes)).toBeGreaterThan(5);
});
