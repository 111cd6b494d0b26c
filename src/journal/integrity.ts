/** Checks that a journal is what its writer left: every row's digest, the hash chain, and that no row is missing. */
import { existsSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { chainHash, textDigest } from './digests.ts';
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

const SMALL_TABLES = CHAINED.filter((table) => table !== 'ev');
const MAX_FINDINGS = 1000;
/** Rows fetched at a time. */
const PAGE = 1000;

/** A row as its digest takes it: the table's name, then the columns. Bytes are hexadecimal: a Buffer for each costs more than its hash. */
type Content = Column[];

const BYTES: Readonly<Record<string, true>> = {
  'definition.sha256': true,
  'chain.prev': true,
  'chain.hash': true,
};

/** Columns of a query whose rows are a Content and the digest after it. `batch` stands for a column that `ev` has not. */
function selected(table: TableName): string {
  const columns = TABLES[table].map((name) =>
    BYTES[`${table}.${name}`] === true ? `lower(hex(${name}))` : name,
  );
  return `'${table}',${columns.join(',')},lower(hex(digest))`;
}

const columnOf = (table: TableName, name: string): number =>
  1 + (TABLES[table] as readonly string[]).indexOf(name);

const numberOrNull = (value: Column | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);

const DIGEST_BYTES = 16;

/** What a row of the chain says. Hashes are hexadecimal. */
interface Link {
  readonly batch: number;
  readonly first: number | null;
  readonly last: number | null;
  readonly rows: number;
  readonly prev: string;
  readonly hash: string;
}

/** The columns of `chain` behind the table's name. */
function linkOf([, batch, first, last, rows, prev, hash]: Content): Link {
  return {
    batch: Number(batch),
    first: numberOrNull(first),
    last: numberOrNull(last),
    rows: Number(rows),
    prev: String(prev),
    hash: String(hash),
  };
}

/** What the chain of a segment said. */
interface ChainEnd {
  /** Rows of `ev` that are there. */
  readonly seqs: readonly number[];
  /** Last seq that a batch claims; 0 if there is none. */
  readonly lastSeq: number;
  /** Hash of the last batch, in hexadecimal. */
  readonly hash: string;
}

/** One segment's check. Findings go to `report`. */
class SegmentCheck {
  readonly #db: Database.Database;
  readonly #file: string;
  readonly #report: (finding: Finding) => void;
  /** Digests by batch and table, as stored, one behind the other. */
  readonly #digests = new Map<number, Map<ChainedTable, string>>();
  readonly #suspects = new Set<number>();
  readonly #pageOf = new Map<TableName, Database.Statement<[number, number], Content>>();
  rows = 0;
  batches = 0;

  constructor(segment: SegmentReader, report: (finding: Finding) => void) {
    this.#db = segment.db;
    this.#file = segment.file;
    this.#report = report;
  }

  run(prev: string): ChainEnd {
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

  /** Compares content and digest, which stands behind it; returns the stored digest. */
  #check(table: TableName, row: Content, batch: number | null): string {
    this.rows += 1;
    const stored = String(row.pop());
    if (textDigest(JSON.stringify(row)) === stored) return stored;
    const key = Number(row[1]);
    const name = table === 'ev' ? `row @${key}` : `${table} row ${key}`;
    this.#find('changed', table, key, `${name} was changed: its content does not give its digest`);
    this.#suspects.add(batch ?? 0);
    return stored;
  }

  #statement(table: TableName): Database.Statement<[number, number], Content> {
    const known = this.#pageOf.get(table);
    if (known !== undefined) return known;
    const [key] = TABLES[table];
    const sql = `SELECT ${selected(table)} FROM ${table} WHERE ${key} BETWEEN ? AND ? ORDER BY ${key} LIMIT ${PAGE}`;
    const made = this.#db.prepare<[number, number], Content>(sql).raw();
    this.#pageOf.set(table, made);
    return made;
  }

  /** Rows by primary key, a page at a time. */
  *#pages(table: TableName, from: number, to: number): Generator<Content[]> {
    const page = this.#statement(table);
    for (let next = from; next <= to; ) {
      const rows = page.all(next, to);
      const last = rows.at(-1);
      if (last === undefined) return;
      next = Number(last[1]) + 1;
      yield rows;
      if (rows.length < PAGE) return;
    }
  }

  #smallTable(table: ChainedTable): void {
    let expected = 1;
    const batchAt = columnOf(table, 'batch');
    for (const page of this.#pages(table, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
      for (const row of page) {
        const key = Number(row[1]);
        if (key !== expected) this.#hole(table, expected, key - 1);
        expected = key + 1;
        const batch = Number(row[batchAt]);
        const tables = this.#digests.get(batch) ?? new Map<ChainedTable, string>();
        this.#digests.set(batch, tables);
        tables.set(table, (tables.get(table) ?? '') + this.#check(table, row, batch));
      }
    }
  }

  #hole(table: TableName, from: number, to: number): void {
    const which = from === to ? `row ${from} is` : `rows ${from} to ${to} are`;
    this.#find('missing', table, from, `${table} ${which} missing`);
  }

  #chain(start: string): ChainEnd {
    const seqs: number[] = [];
    let prev = start;
    let expected = 1;
    let coveredTo = -1;
    for (const page of this.#pages('chain', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
      for (const row of page) {
        this.batches += 1;
        const link = linkOf(row);
        if (link.batch !== expected) this.#hole('chain', expected, link.batch - 1);
        expected = link.batch + 1;
        const before = this.#suspects.size;
        this.#check('chain', row, link.batch);
        this.#uncovered(coveredTo + 1, (link.first ?? coveredTo + 1) - 1, seqs);
        const digests = this.#digestsOf(link, seqs);
        coveredTo = Math.max(coveredTo, link.last ?? -1);
        this.#link(link, prev, digests, this.#suspects.size > before);
        prev = link.hash;
      }
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

  /** Those of a batch, in the order in which its hash takes them. */
  #digestsOf({ batch, first, last }: Link, seqs: number[]): string {
    let ev = '';
    if (first !== null && last !== null) {
      for (const page of this.#pages('ev', first, last)) {
        for (const row of page) {
          seqs.push(Number(row[1]));
          ev += this.#check('ev', row, batch);
        }
      }
    }
    const tables = this.#digests.get(batch);
    this.#digests.delete(batch);
    return CHAINED.map((table) => (table === 'ev' ? ev : (tables?.get(table) ?? ''))).join('');
  }

  #link(link: Link, prev: string, digests: string, hasChangedRows: boolean): void {
    const { batch, first, last, rows } = link;
    if (link.prev !== prev) {
      this.#brokenLink(batch, batch === 1);
      return;
    }
    const bytes = Buffer.from(digests, 'hex');
    const hash = chainHash(Buffer.from(prev, 'hex'), { batch, first, last, rows }, [bytes]);
    if (hash.toString('hex') === link.hash || hasChangedRows || this.#suspects.has(batch)) return;
    this.#wrongHash(link, bytes.length / DIGEST_BYTES);
  }

  #uncovered(from: number, to: number, seqs: number[]): void {
    if (to < from) return;
    let left = 100;
    for (const page of this.#pages('ev', from, to)) {
      for (const row of page.slice(0, left)) {
        const seq = Number(row[1]);
        seqs.push(seq);
        this.#check('ev', row, null);
        this.#find('extra', 'ev', seq, `row @${seq} belongs to no batch of the chain`);
      }
      left -= page.length;
      if (left <= 0) return;
    }
  }

  #brokenLink(batch: number, isFirst: boolean): void {
    const text = isFirst
      ? 'its first batch does not continue the segment before it'
      : `batch ${batch} does not continue batch ${batch - 1}`;
    this.#find('link', 'chain', batch, text);
  }

  #wrongHash({ batch, first, last, rows }: Link, found: number): void {
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
  /** Hexadecimal. */
  #hash: string | null = null;
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
  #start(segment: SegmentReader): string {
    const { file, meta, db } = segment;
    const first = db.prepare<[], { prev: Buffer }>('SELECT prev FROM chain ORDER BY batch LIMIT 1').get();
    const stored = Buffer.from(first?.prev ?? NO_HASH).toString('hex');
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
