/** Checks that a journal is what its writer left: every row's digest, the hash chain, and that no row is missing. */
import { existsSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { chainHash, digestOf } from './digests.ts';
import {
  CHAINED,
  type ChainedTable,
  type Column,
  NO_HASH,
  parseSegmentFile,
  TABLES,
  type TableName,
} from './format.ts';
import { JournalError, type StoredGap } from './model.ts';
import { distinctGaps, SegmentReader } from './segment-reader.ts';

/**
 * - `changed`: a row's content does not give its digest.
 * - `missing`: rows that must have been there are not, and no gap row says why.
 * - `extra`: a row that no batch covers.
 * - `chain`: the rows and digests of a batch do not give its hash.
 * - `link`: a segment does not continue the one before it.
 * - `damaged`: SQLite finds the file inconsistent.
 */
export type Problem = 'changed' | 'missing' | 'extra' | 'chain' | 'link' | 'damaged';

export interface Finding {
  readonly problem: Problem;
  /** File name of the segment. */
  readonly segment: string;
  readonly table: TableName | null;
  /** Primary key of the row (seq in `ev`), or the first one of those that are missing. */
  readonly key: number | null;
  readonly text: string;
}

export interface Integrity {
  readonly findings: readonly Finding[];
  readonly segments: number;
  /** Rows of all tables whose digest was checked, and batches whose hash was. */
  readonly rows: number;
  readonly batches: number;
  /** Older segments are gone: the history begins in the middle. */
  readonly isTruncated: boolean;
}

type Raw = Record<string, Column>;
const SMALL_TABLES = CHAINED.filter((table) => table !== 'ev');
const MAX_FINDINGS = 1000;

const keyOf = (row: Raw, table: TableName): number => Number(row[TABLES[table][0]]);
const bytes = (value: Column | undefined): Uint8Array =>
  value instanceof Uint8Array ? value : new Uint8Array();
const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** What the chain of a segment said. */
interface ChainEnd {
  /** Rows of `ev` that are there. */
  readonly seqs: readonly number[];
  /** Last seq that a batch claims; 0 if there is none. */
  readonly lastSeq: number;
  /** Hash of the last batch. */
  readonly hash: Uint8Array;
}

/** One segment's check. Findings go to `report`. */
class SegmentCheck {
  readonly #db: Database.Database;
  readonly #file: string;
  readonly #report: (finding: Finding) => void;
  /** Digests by batch and table, as stored. */
  readonly #digests = new Map<number, Map<ChainedTable, Uint8Array[]>>();
  readonly #suspects = new Set<number>();
  rows = 0;
  batches = 0;

  constructor(segment: SegmentReader, report: (finding: Finding) => void) {
    this.#db = segment.db;
    this.#file = segment.file;
    this.#report = report;
  }

  run(prev: Uint8Array): ChainEnd {
    for (const table of SMALL_TABLES) this.#smallTable(table);
    return this.#chain(prev);
  }

  structure(): void {
    for (const { integrity_check: line } of this.#db
      .prepare<[], { integrity_check: string }>('PRAGMA integrity_check(20)')
      .all()) {
      if (line !== 'ok') this.#find('damaged', null, null, `SQLite finds it inconsistent: ${line}`);
    }
  }

  #find(problem: Problem, table: TableName | null, key: number | null, text: string): void {
    this.#report({ problem, segment: this.#file, table, key, text });
  }

  /** Compares content and digest; returns the stored digest. */
  #check(table: TableName, row: Raw): Uint8Array {
    this.rows += 1;
    const stored = bytes(row.digest);
    const columns = TABLES[table].map((name) => row[name] ?? null);
    if (equal(digestOf(table, columns), stored)) return stored;
    const key = keyOf(row, table);
    const name = table === 'ev' ? `row @${key}` : `${table} row ${key}`;
    this.#find('changed', table, key, `${name} was changed: its content does not give its digest`);
    this.#suspects.add(Number(row.batch ?? 0));
    return stored;
  }

  #smallTable(table: ChainedTable): void {
    let expected = 1;
    const order = TABLES[table][0];
    for (const row of this.#db.prepare<[], Raw>(`SELECT * FROM ${table} ORDER BY ${order}`).iterate()) {
      const key = keyOf(row, table);
      if (key !== expected) this.#hole(table, expected, key - 1);
      expected = key + 1;
      const batch = Number(row.batch);
      const tables = this.#digests.get(batch) ?? new Map<ChainedTable, Uint8Array[]>();
      this.#digests.set(batch, tables);
      const list = tables.get(table) ?? [];
      tables.set(table, list);
      list.push(this.#check(table, row));
    }
  }

  #hole(table: TableName, from: number, to: number): void {
    const which = from === to ? `row ${from} is` : `rows ${from} to ${to} are`;
    this.#find('missing', table, from, `${table} ${which} missing`);
  }

  #chain(start: Uint8Array): ChainEnd {
    const seqs: number[] = [];
    let prev = start;
    let expected = 1;
    const evRows = this.#db.prepare<[number, number], Raw>(
      'SELECT * FROM ev WHERE seq BETWEEN ? AND ? ORDER BY seq',
    );
    let coveredTo = -1;
    for (const row of this.#db.prepare<[], Raw>('SELECT * FROM chain ORDER BY batch').all()) {
      this.batches += 1;
      const batch = keyOf(row, 'chain');
      if (batch !== expected) this.#hole('chain', expected, batch - 1);
      expected = batch + 1;
      const before = this.#suspects.size;
      this.#check('chain', { ...row, batch });
      const first = row.first === null ? null : Number(row.first);
      const last = row.last === null ? null : Number(row.last);
      this.#uncovered(coveredTo + 1, (first ?? coveredTo + 1) - 1, seqs);
      const ev: Uint8Array[] = [];
      for (const evRow of first === null || last === null ? [] : evRows.iterate(first, last)) {
        seqs.push(keyOf(evRow, 'ev'));
        ev.push(this.#check('ev', { ...evRow, batch }));
      }
      coveredTo = Math.max(coveredTo, last ?? -1);
      const tables = this.#digests.get(batch);
      this.#digests.delete(batch);
      const digests = CHAINED.flatMap((table) => (table === 'ev' ? ev : (tables?.get(table) ?? [])));
      const hash = bytes(row.hash);
      const isRight = equal(chainHash(prev, { batch, first, last, rows: Number(row.rows) }, digests), hash);
      const isExplained =
        this.#suspects.size > before || this.#suspects.has(batch) || !equal(bytes(row.prev), prev);
      if (!equal(bytes(row.prev), prev)) this.#brokenLink(batch, batch === 1);
      else if (!isRight && !isExplained)
        this.#wrongHash(batch, first, last, Number(row.rows), digests.length);
      prev = hash;
    }
    this.#uncovered(coveredTo + 1, Number.MAX_SAFE_INTEGER, seqs);
    for (const [batch, tables] of this.#digests) {
      const names = [...tables.keys()].join(', ');
      this.#find(
        'extra',
        'chain',
        batch,
        `rows of ${names} claim batch ${batch}, which the chain does not have`,
      );
    }
    return { seqs, lastSeq: Math.max(0, coveredTo), hash: prev };
  }

  #uncovered(from: number, to: number, seqs: number[]): void {
    if (to < from) return;
    const rows = this.#db.prepare<[number, number], Raw>(
      'SELECT * FROM ev WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT 100',
    );
    for (const row of rows.all(from, to)) {
      const seq = keyOf(row, 'ev');
      seqs.push(seq);
      this.#check('ev', row);
      this.#find('extra', 'ev', seq, `row @${seq} belongs to no batch of the chain`);
    }
  }

  #brokenLink(batch: number, isFirst: boolean): void {
    const text = isFirst
      ? 'its first batch does not continue the segment before it'
      : `batch ${batch} does not continue batch ${batch - 1}`;
    this.#find('link', 'chain', batch, text);
  }

  #wrongHash(batch: number, first: number | null, last: number | null, rows: number, found: number): void {
    const range = first === null ? '' : ` (@${first} to @${last})`;
    const count =
      rows === found ? 'a row and its digest were replaced' : `${rows} rows were written, ${found} are there`;
    this.#find('chain', 'chain', batch, `batch ${batch}${range} does not give its hash: ${count}`);
  }
}

/** Collects findings over all segments of a directory. */
class DirectoryCheck {
  readonly findings: Finding[] = [];
  readonly #gaps: StoredGap[] = [];
  readonly #holes: { from: number; to: number; segment: string }[] = [];
  rows = 0;
  batches = 0;
  isTruncated = false;
  #hash: Uint8Array | null = null;
  #previous: string | null = null;
  #expected: number | null = null;

  readonly report = (finding: Finding): void => {
    if (this.findings.length < MAX_FINDINGS) this.findings.push(finding);
  };

  segment(path: string): void {
    let segment: SegmentReader | null = null;
    try {
      segment = SegmentReader.open(path);
      this.#checkOpened(segment);
    } catch (error) {
      if (error instanceof JournalError && error.kind !== 'damaged') throw error;
      const text = error instanceof JournalError ? error.message.slice(path.length + 2) : String(error);
      this.report({ problem: 'damaged', segment: fileOf(path), table: null, key: null, text });
      this.#hash = null;
      this.#expected = null;
    } finally {
      segment?.close();
    }
    this.#previous = fileOf(path);
  }

  #checkOpened(segment: SegmentReader): void {
    const { file, meta } = segment;
    const name = parseSegmentFile(file);
    if (name !== null && (name.epoch !== meta.epoch || name.firstSeq < meta.first_seq)) {
      this.#link(file, `its name does not fit its content: epoch ${meta.epoch}, first seq ${meta.first_seq}`);
    }
    const prev = this.#start(segment);
    this.#gaps.push(...segment.gaps());
    const check = new SegmentCheck(segment, this.report);
    // One read transaction: a writer must not add a batch between two queries.
    segment.db.exec('BEGIN');
    const { seqs, lastSeq, hash } = check.run(prev);
    check.structure();
    segment.db.exec('ROLLBACK');
    this.#hash = hash;
    this.#follow(file, meta.first_seq, seqs, lastSeq);
    this.rows += check.rows;
    this.batches += check.batches;
  }

  /** The hash with which the segment must begin. */
  #start(segment: SegmentReader): Uint8Array {
    const { file, meta, db } = segment;
    const first = db.prepare<[], { prev: Buffer }>('SELECT prev FROM chain ORDER BY batch LIMIT 1').get();
    const stored = first?.prev ?? NO_HASH;
    if (this.#previous === null) {
      this.isTruncated = meta.previous !== null;
      return stored;
    }
    if (meta.previous !== this.#previous) {
      const wanted =
        meta.previous === null
          ? 'says that it was the first'
          : `follows ${meta.previous}, which is not before it`;
      this.#link(file, wanted);
      return stored;
    }
    // The segment before could not be read: not now, and perhaps not when this one was begun.
    return this.#hash ?? stored;
  }

  #link(segment: string, text: string): void {
    this.report({ problem: 'link', segment, table: null, key: null, text });
  }

  #follow(segment: string, firstSeq: number, seqs: readonly number[], lastSeq: number): void {
    let expected = this.#expected ?? firstSeq;
    for (const seq of seqs) {
      if (seq > expected) this.#holes.push({ from: expected, to: seq - 1, segment });
      expected = seq + 1;
    }
    if (lastSeq >= expected) this.#holes.push({ from: expected, to: lastSeq, segment });
    this.#expected = Math.max(expected, lastSeq + 1);
  }

  /** Holes that gap rows account for are no findings. */
  judgeHoles(): void {
    const unused = distinctGaps(this.#gaps).map((gap) => ({ ...gap }));
    for (const { from, to, segment } of this.#holes) {
      let missing = to - from + 1;
      for (const gap of unused) {
        const overlap = Math.min(gap.toSeq, to) - Math.max(gap.fromSeq, from) + 1;
        const covered = Math.max(0, Math.min(overlap, gap.lostRows, missing));
        gap.lostRows -= covered;
        missing -= covered;
      }
      if (missing === 0) continue;
      const which = from === to ? `row @${from} is` : `rows @${from} to @${to} are`;
      const text = `${which} missing and no gap accounts for ${missing === 1 ? 'it' : `${missing} of them`}`;
      this.report({ problem: 'missing', segment, table: 'ev', key: from, text });
    }
  }
}

const fileOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Checks the segments, oldest first. @throws JournalError if one cannot be read for another reason than damage */
export function checkIntegrity(paths: readonly string[]): Integrity {
  const check = new DirectoryCheck();
  for (const path of paths) {
    // A running daemon may have pruned it meanwhile.
    if (existsSync(path)) check.segment(path);
  }
  check.judgeHoles();
  const { findings, rows, batches, isTruncated } = check;
  return { findings, segments: paths.length, rows, batches, isTruncated };
}
