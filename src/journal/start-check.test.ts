/** What a start does with a segment that an earlier process did not close, whole or damaged. */
import {
  chmodSync,
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SET_ASIDE } from './format.ts';
import { checkIntegrity, type Integrity } from './integrity.ts';
import { changedRow, someRun, startRow, temporaryDirectory } from './journal.fixture.ts';
import type { JournalStateChange } from './model.ts';
import { JournalReader } from './reader.ts';
import { damageOf } from './start-check.ts';
import { type JournalWriter, openJournal } from './writer.ts';

const FIRST = 'vrrp-000001-000000000001.db';
let directory: string;
let remove: () => void;
let changes: JournalStateChange[];
const writers: JournalWriter[] = [];

function write(path = directory): JournalWriter {
  const onState = (change: JournalStateChange): void => void changes.push(change);
  const writer = openJournal({ directory: path, node: 'r1', process: 'vrrp', onState });
  writers.push(writer);
  return writer;
}

function look<T>(use: (reader: JournalReader) => T): T {
  const reader = new JournalReader(directory);
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}

const verify = (): Integrity => look((reader) => checkIntegrity(reader.segmentFiles()));

/** A segment of 400 rows as a killed process leaves it: copied while it is written. */
async function unclosed(): Promise<void> {
  const whole = join(directory, '..', 'whole');
  const writer = write(whole);
  writer.row(startRow(1));
  for (let seq = 2; seq <= 400; seq += 1) writer.row(changedRow(seq));
  writer.run(someRun(400));
  await writer.flush();
  cpSync(whole, directory, { recursive: true });
  await writer.close();
}

/** Overwrites a page, numbered from 1. */
function smash(file: string, page: number): void {
  const path = join(directory, file);
  chmodSync(path, 0o600);
  writeSync(openSync(path, 'r+'), Buffer.alloc(4096, 7), 0, 4096, (page - 1) * 4096);
}

async function startAnew(): Promise<void> {
  const writer = write();
  writer.row(startRow(1));
  await writer.close();
}

beforeEach(() => {
  ({ path: directory, remove } = temporaryDirectory());
  changes = [];
});

afterEach(async () => {
  for (const writer of writers.splice(0)) await writer.close();
  remove();
});

describe('a segment that was not closed', () => {
  it('is closed if it is whole, and history goes on', async () => {
    await unclosed();
    await startAnew();
    expect(changes).toEqual([]);
    expect(readdirSync(directory).filter((file) => /wal|damaged/.test(file))).toEqual([]);
    expect(look((reader) => [reader.lastSeq(), reader.gaps()])).toEqual([401, []]);
    expect(verify().findings).toEqual([]);
  });

  it.each([
    ['its first page', 1],
    ['a page in the middle', 20],
  ])('is set aside if %s is damaged, and a gap says so', async (_, page) => {
    await unclosed();
    // The WAL would mend it: what it holds is written over the file first.
    const writer = write();
    await writer.flush();
    await writer.close();
    changes = [];
    for (const file of readdirSync(directory).filter((name) => name !== FIRST && name.endsWith('.db')))
      renameSync(join(directory, file), join(directory, '..', file));
    smash(FIRST, page);
    expect(damageOf(join(directory, FIRST))).not.toBe(null);
    await startAnew();
    expect(changes).toMatchObject([{ state: 'setAside', segment: FIRST }]);
    expect(existsSync(join(directory, FIRST))).toBe(false);
    expect(statSync(join(directory, FIRST + SET_ASIDE)).size).toBeGreaterThan(0);
    const { gaps, rows } = look((reader) => ({ gaps: reader.gaps(), rows: [...reader.rows()] }));
    expect(gaps).toMatchObject([{ fromSeq: 1, segment: FIRST, reason: expect.stringContaining(FIRST) }]);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.epoch).toBe(2);
    // No number is given twice.
    expect(rows[0]?.seq).toBeGreaterThan(400);
    expect(gaps[0]?.toSeq).toBe((rows[0]?.seq ?? 0) - 1);
    expect(verify().findings).toEqual([]);
    await startAnew();
    expect(look((reader) => reader.epochs().map(({ epoch }) => epoch))).toEqual([2, 3]);
    expect(look((reader) => reader.gaps())).toHaveLength(1);
    expect(verify().findings).toEqual([]);
  });

  it('takes its WAL along, also if a kill came between', async () => {
    await unclosed();
    renameSync(join(directory, FIRST), join(directory, FIRST + SET_ASIDE));
    await startAnew();
    const files = readdirSync(directory);
    expect(files).not.toContain(`${FIRST}-wal`);
    expect(files).toContain(`${FIRST}${SET_ASIDE}-wal`);
    expect(look((reader) => reader.gaps())).toMatchObject([{ fromSeq: 1, segment: FIRST }]);
    expect(verify().findings).toEqual([]);
  });

  it('counts rows of two that were set aside one after the other', async () => {
    await unclosed();
    renameSync(join(directory, FIRST), join(directory, FIRST + SET_ASIDE));
    await startAnew();
    const second = String(readdirSync(directory).find((file) => file.startsWith('vrrp-000002')));
    renameSync(join(directory, second), join(directory, second + SET_ASIDE));
    await startAnew();
    expect(look((reader) => reader.gaps())).toMatchObject([{ fromSeq: 1, segment: second }]);
    expect(look((reader) => reader.epochs().map(({ epoch }) => epoch))).toEqual([3]);
    expect(verify().findings).toEqual([]);
  });

  it('that was closed before is not looked at, and verify finds the damage', async () => {
    const writer = write();
    writer.row(startRow(1));
    await writer.close();
    smash(FIRST, 1);
    chmodSync(join(directory, FIRST), 0o444);
    await startAnew();
    expect(changes).toEqual([]);
    expect(verify().findings).toMatchObject([{ problem: 'damaged', segment: FIRST }]);
    expect(() => look((reader) => [...reader.rows()])).toThrow(FIRST);
  });
});
