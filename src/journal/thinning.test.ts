/** What is left of a segment that was thinned, and that it can be checked as before. */
import { chmodSync, cpSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../lab/run.ts';
import { type DroppedBatch, decodeDropped, encodeDropped } from './dropped.ts';
import { checkIntegrity, type Integrity } from './integrity.ts';
import { changedRow, idleRow, someRun, startRow, temporaryDirectory } from './journal.fixture.ts';
import type { WriterLimits } from './messages.ts';
import { JournalReader } from './reader.ts';
import { type ClosedSegment, nextOfRetention } from './retention.ts';
import { thinNow } from './thinning.fixture.ts';
import { NotIntact } from './thinning.ts';
import { type JournalWriter, openJournal } from './writer.ts';

const FIRST = 'vrrp-000001-000000000001.db';
let directory: string;
let remove: () => void;
const writers: JournalWriter[] = [];

function write(limits: Partial<WriterLimits> = {}): JournalWriter {
  const writer = openJournal({ directory, node: 'r1', process: 'vrrp', limits });
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

/** Made once: storing every few rows by themselves takes its time. */
const made = temporaryDirectory();

/** Batches of every kind: of changes, of unchanged rows alone, of runs alone, mixed. Then another process start. */
async function twoSegments(): Promise<void> {
  if (existsSync(made.path)) {
    cpSync(made.path, directory, { recursive: true });
    return;
  }
  const writer = write();
  writer.define({ kind: 'machine', name: 'vrrp@1', body: { id: 'vrrp' } });
  writer.row(startRow(1));
  for (let seq = 2; seq <= 60; seq += 1) {
    writer.row(seq % 10 < 6 ? idleRow(seq) : changedRow(seq));
    if (seq % 3 === 0) writer.run(someRun(seq));
    if (seq % 2 === 0) await writer.flush();
    if (seq % 5 === 0) {
      writer.run(someRun(seq, 'vrrp/VI_2'));
      await writer.flush();
    }
  }
  writer.run(someRun(60));
  await writer.close();
  const second = write();
  second.row(startRow(1));
  await second.close();
  cpSync(directory, made.path, { recursive: true });
}

const statesOf = (): unknown =>
  look((reader) => Array.from({ length: 60 }, (_, i) => reader.stateAt('vrrp/VI_1', i + 1)?.context));

beforeEach(() => {
  ({ path: directory, remove } = temporaryDirectory());
});

afterEach(async () => {
  for (const writer of writers.splice(0)) await writer.close();
  remove();
});

afterAll(() => made.remove());

describe('a thinned segment', () => {
  it('keeps every change and every state, and its chain', async () => {
    await twoSegments();
    const before = look((reader) => [...reader.rows()]);
    const runs = look((reader) => [...reader.runs()].length);
    const states = statesOf();
    const { rows, batches } = verify();
    await thinNow(directory, FIRST);
    expect(look((reader) => [...reader.rows()])).toEqual(before.filter(({ changed }) => changed));
    expect(look((reader) => [...reader.runs()])).toEqual([]);
    expect(statesOf()).toEqual(states);
    const idle = before.filter(({ changed }) => !changed).length;
    const after = verify();
    expect(after).toMatchObject({ findings: [], batches, droppedRows: idle + runs });
    const db = new Database(join(directory, FIRST), { readonly: true });
    const own = Number(db.prepare('SELECT (SELECT count(*) FROM dropped) + 1').pluck().get());
    const kept = Number(db.prepare('SELECT count(*) FROM chain').pluck().get());
    db.close();
    // Fewer rows of the chain, too: it says nothing of a batch that went as a whole.
    expect(kept).toBeLessThan(batches - 20);
    expect(after.rows).toBeLessThan(rows - idle - runs + own);
    expect(readdirSync(directory)).toEqual([FIRST, 'vrrp-000002-000000000061.db']);
    expect((statSync(join(directory, FIRST)).mode & 0o777).toString(8)).toBe('444');
  });

  it('says of which time adverts are no longer known', async () => {
    await twoSegments();
    const [first, last] = [startRow(1).wallUs, changedRow(60).wallUs];
    expect(look((reader) => reader.thinned())).toEqual([]);
    await thinNow(directory, FIRST);
    const runEnd = someRun(1).firstWallUs + 60_000_000;
    const [time, ...others] = look((reader) => reader.thinned());
    expect(others).toEqual([]);
    expect(time).toMatchObject({
      segment: FIRST,
      fromWallUs: someRun(1).firstWallUs,
      toWallUs: runEnd,
      rows: 35,
    });
    expect(look((reader) => reader.thinned(first, last))).toEqual([time]);
    expect(look((reader) => reader.thinned(runEnd + 1))).toEqual([]);
    expect(look((reader) => reader.thinned(0, someRun(1).firstWallUs - 1))).toEqual([]);
  });

  it('is seen by a reader that had the segment open', async () => {
    await twoSegments();
    const reader = new JournalReader(directory);
    const before = [...reader.rows()].length;
    await thinNow(directory, FIRST);
    reader.refresh();
    expect([...reader.rows()].length).toBeLessThan(before);
    expect(reader.thinned()).toHaveLength(1);
    reader.close();
  });

  it.each([
    ["UPDATE ev SET event = replace(event, 'stalled', 'stolled') WHERE seq = 27", 'changed'],
    ['DELETE FROM ev WHERE seq = 27', 'chain'],
    ['UPDATE dropped SET digests = CAST(zeroblob(16) || substr(digests, 17) AS BLOB)', 'changed'],
    ['UPDATE rewritten SET to_wall_us = 0', 'changed'],
    ['DELETE FROM dropped', 'missing'],
    ['DELETE FROM chain WHERE batch = (SELECT batch FROM chain ORDER BY batch LIMIT 1 OFFSET 4)', 'missing'],
  ])('shows %s', async (sql, problem) => {
    await twoSegments();
    await thinNow(directory, FIRST);
    const path = join(directory, FIRST);
    chmodSync(path, 0o600);
    const db = new Database(path);
    db.exec(sql);
    db.close();
    expect(verify().findings.map((finding) => finding.problem)).toContain(problem);
  });

  it('is not made of one that was changed', async () => {
    await twoSegments();
    const path = join(directory, FIRST);
    for (const sql of [
      'UPDATE run SET count = 62 WHERE id = 3',
      "UPDATE ev SET event = '{}' WHERE seq = 4",
    ]) {
      chmodSync(path, 0o600);
      const db = new Database(path);
      db.exec(sql);
      db.close();
      chmodSync(path, 0o444);
      await expect(thinNow(directory, FIRST)).rejects.toThrow(NotIntact);
      expect(readdirSync(directory)).toHaveLength(2);
      expect(verify().findings.length).toBeGreaterThan(0);
    }
  });
});

describe('upkeep', () => {
  it('thins before it unlinks, and stays within the quota', { timeout: 120_000 }, async () => {
    const quotaBytes = 3000 * 1024;
    const writer = write({ segmentBytes: 300 * 1024, quotaBytes, upkeepMs: 20 });
    writer.row(startRow(1));
    let seq = 1;
    const thinned = (): number => look((reader) => reader.thinned().length);
    while (seq < 12_000) {
      for (let i = 0; i < 100; i += 1) {
        seq += 1;
        writer.row(seq % 40 === 0 ? changedRow(seq) : idleRow(seq));
        writer.run(someRun(seq));
      }
      await writer.flush();
      // As slowly as it takes: a burst that is faster costs the oldest segments.
      await waitFor(() => sizeOf() < (quotaBytes * 7) / 8, {
        deadlineMs: 20_000,
        what: 'room',
        intervalMs: 20,
      });
    }
    await waitFor(() => thinned() > 3, { deadlineMs: 20_000, what: 'thinned segments', intervalMs: 50 });
    await writer.close();
    expect(sizeOf()).toBeLessThan(quotaBytes);
    // All of this would need nearly twice the quota; every change is there.
    expect(look((reader) => [...reader.rows({ changedOnly: true })].length)).toBe(1 + 300);
    const integrity = verify();
    expect(integrity).toMatchObject({ findings: [], isTruncated: false });
    expect(integrity.droppedRows).toBeGreaterThan(5000);
  });

  it('thins what is older than it shall be kept whole', async () => {
    await twoSegments();
    const writer = write({ ageUs: 0, upkeepMs: 20 });
    await waitFor(() => look((reader) => reader.thinned().length) === 1, {
      deadlineMs: 10_000,
      what: 'thinning',
    });
    await writer.close();
    expect(verify().findings).toEqual([]);
  });

  function sizeOf(): number {
    const sizes = readdirSync(directory).map(
      (file) => statSync(join(directory, file), { throwIfNoEntry: false })?.size,
    );
    return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  }
});

describe('decisions', () => {
  const segment = (n: number, isThinned: boolean, bytes = 10): ClosedSegment => ({
    ...{ file: `${n}`, bytes, isThinned, isUnfit: false, endWallUs: n * 100 },
  });
  const room = { bytes: 50, quotaBytes: 100, ageUs: null, nowUs: 1000 };
  const decide = (segments: readonly ClosedSegment[], given: Partial<typeof room> = {}): unknown =>
    nextOfRetention(segments, { ...room, ...given });

  it('are none while there is room', () => {
    expect(decide([segment(1, false), segment(2, false)])).toBe(null);
  });

  it('thin the oldest when room gets short, and pass over one that cannot be', () => {
    const full = { bytes: 90 };
    expect(decide([segment(1, true), segment(2, false)], full)).toEqual({ action: 'thin', file: '2' });
    expect(decide([{ ...segment(1, false), isUnfit: true }, segment(2, false)], full)).toMatchObject({
      file: '2',
    });
    expect(decide([segment(1, true)], full)).toBe(null);
  });

  it('unlink the oldest thinned one when they have more than their share', () => {
    const segments = [segment(1, true, 30), segment(2, true, 30), segment(3, false)];
    expect(decide(segments, { bytes: 90 })).toEqual({ action: 'unlink', file: '1' });
    expect(decide(segments)).toBe(null);
  });

  it('thin what is too old', () => {
    const old = { ...room, ageUs: 850 };
    expect(nextOfRetention([segment(1, false), segment(2, false)], old)).toEqual({
      action: 'thin',
      file: '1',
    });
    expect(nextOfRetention([segment(1, true), segment(2, false)], old)).toBe(null);
  });
});

it('what was dropped is stored without loss', () => {
  const digests = (count: number): string => 'ab'.repeat(16 * count);
  const batch = fc
    .record({ batch: fc.nat(), seqs: fc.uniqueArray(fc.nat(), { maxLength: 20 }), runs: fc.nat(5) })
    .map(({ batch: number, seqs, runs }): DroppedBatch => {
      const sorted = seqs.toSorted((a, b) => a - b);
      return { batch: number, seqs: sorted, ev: sorted.map(() => digests(1)), runs: digests(runs) };
    });
  fc.assert(
    fc.property(fc.array(batch, { minLength: 1, maxLength: 20 }), (batches) => {
      const [first, text, bytes] = encodeDropped(batches);
      expect(first).toBe(batches[0]?.batch);
      expect(decodeDropped(text, bytes.toString('hex'))).toEqual(batches);
      expect(() => decodeDropped(text, `${bytes.toString('hex')}00`)).toThrow(RangeError);
    }),
  );
});
