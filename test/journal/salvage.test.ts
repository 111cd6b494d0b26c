/** What is saved of segments with damaged pages, and that the new directory says what is missing. */
import {
  chmodSync,
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SET_ASIDE } from '../../src/journal/format.ts';
import { checkIntegrity } from '../../src/journal/integrity.ts';
import { inventory } from '../../src/journal/inventory.ts';
import {
  changedRow,
  idleRow,
  someRun,
  startRow,
  temporaryDirectory,
} from '../../src/journal/journal.fixture.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { type SalvagedSegment, salvage } from '../../src/journal/salvage.ts';
import { damageOf } from '../../src/journal/start-check.ts';
import { thinNow } from '../../src/journal/thinning.fixture.ts';
import { openJournal } from '../../src/journal/writer.ts';
import { seedOfRun } from '../harness/seed.ts';

const ROWS = 20_000;
const FIRST = 'vrrp-000001-000000000001.db';
const SECOND = `vrrp-000002-${String(ROWS + 1).padStart(12, '0')}.db`;
let original: { readonly path: string; readonly remove: () => void };
let directory: string;
let remove: () => void;

/** A segment of 20,000 rows, and one of a second process start. */
beforeAll(async () => {
  original = temporaryDirectory();
  const open = (): ReturnType<typeof openJournal> =>
    openJournal({ directory: original.path, node: 'r1', process: 'vrrp' });
  const writer = open();
  writer.define({ kind: 'machine', name: 'vrrp@1', body: { id: 'vrrp' } });
  writer.row(startRow(1));
  for (let seq = 2; seq <= ROWS; seq += 1) {
    writer.row(seq % 3 === 0 ? idleRow(seq) : changedRow(seq));
    if (seq % 20 === 0) writer.run(someRun(seq));
    if (seq % 1000 === 0) await writer.flush();
  }
  await writer.close();
  const second = open();
  second.row(startRow(1));
  second.row(changedRow(2));
  await second.close();
});

afterAll(() => original.remove());

beforeEach(() => {
  ({ path: directory, remove } = temporaryDirectory());
  cpSync(original.path, directory, { recursive: true });
});

afterEach(() => remove());

/** Overwrites pages, numbered from 1. */
function smash(pages: readonly number[], file = FIRST): void {
  const path = join(directory, file);
  chmodSync(path, 0o600);
  const fd = openSync(path, 'r+');
  for (const page of pages) writeSync(fd, Buffer.alloc(4096, 7), 0, 4096, (page - 1) * 4096);
  chmodSync(path, 0o444);
}

/** Pages of the inner tree of a table, by the first byte of each (SQLite file format, section 1.6). */
function interiorPages(path: string): readonly number[] {
  const bytes = readFileSync(path);
  const all = Array.from({ length: bytes.length / 4096 - 1 }, (_, at) => at + 2);
  return all.filter((page) => bytes[(page - 1) * 4096] === 5);
}

interface Saved {
  readonly report: readonly SalvagedSegment[];
  readonly reader: JournalReader;
}

function save(): Saved {
  const into = join(directory, '..', 'saved');
  const report = [...salvage(directory, into, 'vrrp')];
  const reader = new JournalReader(into);
  const { findings } = checkIntegrity(reader.segmentFiles());
  expect(findings).toEqual([]);
  return { report, reader };
}

describe('salvage', () => {
  it('copies what is whole', () => {
    const { report, reader } = save();
    expect(report).toMatchObject([
      { segment: FIRST, result: 'copied', rows: ROWS, lostRows: 0 },
      { segment: SECOND, result: 'copied', rows: 2 },
    ]);
    expect(reader.gaps()).toEqual([]);
    reader.close();
  });

  it('saves all but some hundred of 20,000 rows from a file with five overwritten pages', () => {
    const seed = seedOfRun();
    const pages = statSync(join(directory, FIRST)).size / 4096;
    // Any but the first: of that one see below.
    const smashed = Array.from({ length: 5 }, (_, i) => 2 + ((seed * (i + 1) * 7919) % (pages - 2)));
    smash(smashed);
    expect(damageOf(join(directory, FIRST))).not.toBe(null);
    const { report, reader } = save();
    const [first, second] = report;
    console.log(`pages ${smashed.join(', ')} of ${pages}: ${JSON.stringify(first)}`);
    expect(second).toMatchObject({ result: 'copied' });
    expect(first).toMatchObject({ result: 'salvaged' });
    // One of the two interior pages below the root takes half of the rows with it, a leaf ten.
    expect(first?.rows).toBeGreaterThan(ROWS - 11_000 - 4 * 20);
    const rows = [...reader.rows({ toSeq: ROWS })].length;
    const lost = reader.gaps().reduce((sum, gap) => sum + gap.lostRows, 0);
    expect([rows, rows + lost]).toEqual([first?.rows, ROWS]);
    for (const gap of reader.gaps()) {
      if (gap.actors.length === 0) continue;
      const state = reader.stateAt('vrrp/VI_1', gap.toSeq);
      // Certain only by a snapshot out of the gap itself.
      const isKnown = state?.uncertain === false && state.seq >= gap.fromSeq;
      expect(isKnown || state?.uncertain, `@${gap.toSeq}`).toBe(true);
    }
    expect(checkIntegrity(reader.segmentFiles()).salvaged).toEqual([FIRST]);
    reader.close();
  });

  it('saves what other ways lead to when the page on the way to the first rows is overwritten', () => {
    const interior = interiorPages(join(directory, FIRST));
    // The roots of the tables come first in the file. Their trees grow below them, the part with the first rows before the others.
    const [page = 0] = interior.filter((page) => page > 20);
    smash([page]);
    const { report, reader } = save();
    console.log(`page ${page} of ${interior.join(', ')}: ${JSON.stringify(report[0])}`);
    expect(report[0]).toMatchObject({ result: 'salvaged', lostRuns: 0 });
    expect(report[0]?.rows).toBeGreaterThan(1000);
    expect(report[0]?.lostRows).toBeGreaterThan(1000);
    expect([...reader.rows({ fromSeq: ROWS, toSeq: ROWS })]).toHaveLength(1);
    reader.close();
  });

  it('does without the first page, and takes a segment that was set aside back', () => {
    smash([1]);
    renameSync(join(directory, FIRST), join(directory, FIRST + SET_ASIDE));
    expect(inventory(directory).map(({ state }) => state)).toEqual(['set aside', 'closed']);
    const { report, reader } = save();
    expect(report[0]).toMatchObject({ result: 'salvaged', rows: ROWS, lostRows: 0, runs: ROWS / 20 });
    expect(reader.stateAt('vrrp/VI_1', ROWS)).toMatchObject({ uncertain: false });
    expect(reader.definitions()).toHaveLength(1);
    reader.close();
  });

  it('knows the rows that a thinned segment had dropped from those that are lost', async () => {
    await thinNow(directory, FIRST);
    const pages = statSync(join(directory, FIRST)).size / 4096;
    smash([Math.floor(pages / 3)]);
    const { report, reader } = save();
    const [first] = report;
    expect(first?.result).toBe('salvaged');
    const gaps = reader.gaps();
    const changes = gaps.reduce((sum, gap) => sum + gap.lostChanges, 0);
    expect((first?.rows ?? 0) + gaps.reduce((sum, gap) => sum + gap.lostRows, 0)).toBe(ROWS);
    expect(changes).toBeLessThan(6000);
    reader.close();
  });

  it('says so where nothing is left', () => {
    smash(Array.from({ length: statSync(join(directory, FIRST)).size / 4096 }, (_, i) => i + 1));
    const into = join(directory, '..', 'saved');
    const report = [...salvage(directory, into, 'vrrp')];
    expect(report).toMatchObject([{ rows: 0 }, { result: 'copied' }]);
    expect(() => [...salvage(directory, into, 'vrrp')]).toThrow('not empty');
    expect(readdirSync(directory)).toEqual([FIRST, SECOND]);
  });
});
