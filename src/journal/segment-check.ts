/** One segment's part of the check: digests, chain and numbers of its rows, dropped ones of a thinned segment included. */
import type Database from 'better-sqlite3';
import { chainHash, digestOf } from './digests.ts';
import { type DroppedBatch, decodeDropped } from './dropped.ts';
import {
  CHAINED,
  type ChainedTable,
  type Column,
  digestedColumns,
  FORMAT_VERSION,
  TABLES,
  type TableName,
} from './format.ts';
import type { SegmentReader } from './segment-reader.ts';

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

type Raw = Record<string, Column>;
const SMALL_TABLES = CHAINED.filter((table) => table !== 'ev');

const keyOf = (row: Raw, table: TableName): number => Number(row[TABLES[table][0]]);
const bytes = (value: Column | undefined): Uint8Array =>
  value instanceof Uint8Array ? value : new Uint8Array();
const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** What the chain of a segment said. */
export interface ChainEnd {
  /** Rows of `ev` that are there, or were until the segment was thinned. */
  readonly seqs: readonly number[];
  /** Last seq that a batch claims; 0 if there is none. */
  readonly lastSeq: number;
  /** Hash of the last batch. */
  readonly hash: Uint8Array;
}

/** The chain as far as it was followed. */
interface Walk {
  prev: Uint8Array;
  /** Batch that must come next. */
  expected: number;
  readonly seqs: number[];
  /** Last seq that a batch has claimed; -1 if there is none. */
  coveredTo: number;
}

/** One segment's check. Findings go to `report`, the hash of each batch to `onHash`. */
export class SegmentCheck {
  readonly #db: Database.Database;
  readonly #file: string;
  readonly #report: (finding: Finding) => void;
  readonly #onHash: (hash: Uint8Array) => void;
  readonly #columns: Readonly<Record<string, readonly string[]>>;
  readonly #evRows: Database.Statement<[number, number], Raw>;
  /** Digests by batch and table, as stored. */
  readonly #digests = new Map<number, Map<ChainedTable, Uint8Array[]>>();
  /** By batch, rows that were taken out of a thinned segment. */
  readonly #dropped = new Map<number, DroppedBatch>();
  readonly #suspects = new Set<number>();
  readonly #isThinnable: boolean;
  rows = 0;
  /** Rows that are no longer there, but in the chain by their digests. */
  droppedRows = 0;
  batches = 0;

  constructor(
    segment: SegmentReader,
    report: (finding: Finding) => void,
    onHash: (hash: Uint8Array) => void = () => {},
  ) {
    this.#db = segment.db;
    this.#file = segment.file;
    this.#report = report;
    this.#onHash = onHash;
    this.#isThinnable = segment.format > 1;
    const own = (table: TableName): boolean => table === 'dropped' || table === 'rewritten';
    const tables = Object.keys(TABLES) as TableName[];
    this.#columns = Object.fromEntries(
      tables.map((table) => [
        table,
        digestedColumns(table, own(table) ? FORMAT_VERSION : segment.meta.format),
      ]),
    );
    this.#evRows = this.#db.prepare('SELECT * FROM ev WHERE seq BETWEEN ? AND ? ORDER BY seq');
  }

  run(prev: Uint8Array): ChainEnd {
    for (const table of SMALL_TABLES) this.#smallTable(table);
    if (this.#isThinnable) this.#thinned();
    return this.#chain(prev);
  }

  #thinned(): void {
    for (const row of this.#db.prepare<[], Raw>('SELECT * FROM rewritten').iterate())
      this.#check('rewritten', row);
    for (const row of this.#db.prepare<[], Raw>('SELECT * FROM dropped ORDER BY id').iterate()) {
      this.#check('dropped', row);
      try {
        for (const batch of decodeDropped(row)) this.#dropped.set(batch.batch, batch);
      } catch (error) {
        this.#find('changed', 'dropped', Number(row.id), `dropped row ${Number(row.id)}: ${String(error)}`);
      }
    }
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
    const columns = (this.#columns[table] ?? []).map((name) => row[name] ?? null);
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
    const walk: Walk = { prev: start, expected: 1, seqs: [], coveredTo: -1 };
    for (const row of this.#db.prepare<[], Raw>('SELECT * FROM chain ORDER BY batch').all()) {
      const batch = keyOf(row, 'chain');
      while (walk.expected < batch && this.#dropped.has(walk.expected)) this.#droppedBatch(walk);
      if (batch !== walk.expected) this.#hole('chain', walk.expected, batch - 1);
      this.#batch(walk, batch, row);
    }
    this.#uncovered(walk.coveredTo + 1, Number.MAX_SAFE_INTEGER, walk.seqs);
    for (const [batch, tables] of this.#digests)
      this.#foreign(batch, `rows of ${[...tables.keys()].join(', ')}`);
    for (const batch of this.#dropped.keys()) this.#foreign(batch, 'rows that were taken out');
    return { seqs: walk.seqs, lastSeq: Math.max(0, walk.coveredTo), hash: walk.prev };
  }

  #foreign(batch: number, what: string): void {
    this.#find('extra', 'chain', batch, `${what} claim batch ${batch}, which the chain does not have`);
  }

  /** A batch of which nothing is left but digests: its hash is what they give. */
  #droppedBatch(walk: Walk): void {
    const batch = walk.expected;
    const gone = this.#takeDropped(batch);
    const [first, last] = [gone?.seqs[0] ?? null, gone?.seqs.at(-1) ?? null];
    const digests = [...(gone?.ev ?? []), ...(gone?.runs ?? [])];
    this.#uncovered(walk.coveredTo + 1, (first ?? walk.coveredTo + 1) - 1, walk.seqs);
    for (const seq of gone?.seqs ?? []) walk.seqs.push(seq);
    walk.coveredTo = Math.max(walk.coveredTo, last ?? -1);
    walk.prev = chainHash(walk.prev, { batch, first, last, rows: digests.length }, digests);
    this.#onHash(walk.prev);
    walk.expected += 1;
    this.batches += 1;
  }

  #takeDropped(batch: number): DroppedBatch | undefined {
    const gone = this.#dropped.get(batch);
    this.#dropped.delete(batch);
    this.droppedRows += (gone?.ev.length ?? 0) + (gone?.runs.length ?? 0);
    return gone;
  }

  #batch(walk: Walk, batch: number, row: Raw): void {
    const { prev } = walk;
    this.batches += 1;
    walk.expected = batch + 1;
    const before = this.#suspects.size;
    this.#check('chain', { ...row, batch });
    const first = row.first === null ? null : Number(row.first);
    const last = row.last === null ? null : Number(row.last);
    this.#uncovered(walk.coveredTo + 1, (first ?? walk.coveredTo + 1) - 1, walk.seqs);
    const gone = this.#takeDropped(batch);
    const ev = this.#evDigests(walk, batch, first, last, gone);
    walk.coveredTo = Math.max(walk.coveredTo, last ?? -1);
    const tables = this.#digests.get(batch);
    this.#digests.delete(batch);
    const digests = CHAINED.flatMap((table) => {
      if (table === 'ev') return ev;
      return [...(tables?.get(table) ?? []), ...(table === 'run' ? (gone?.runs ?? []) : [])];
    });
    const hash = bytes(row.hash);
    const isRight = equal(chainHash(prev, { batch, first, last, rows: Number(row.rows) }, digests), hash);
    const isExplained =
      this.#suspects.size > before || this.#suspects.has(batch) || !equal(bytes(row.prev), prev);
    if (!equal(bytes(row.prev), prev)) this.#brokenLink(batch, batch === 1);
    else if (!isRight && !isExplained) this.#wrongHash(batch, first, last, Number(row.rows), digests.length);
    walk.prev = hash;
    this.#onHash(hash);
  }

  /** Of the rows that are there and of those that were taken out, in order of seq. */
  #evDigests(
    { seqs }: Walk,
    batch: number,
    first: number | null,
    last: number | null,
    gone: DroppedBatch | undefined,
  ): Uint8Array[] {
    const digests: Uint8Array[] = [];
    let at = 0;
    const takeBefore = (seq: number): void => {
      for (; (gone?.seqs[at] ?? Number.MAX_SAFE_INTEGER) < seq; at++) {
        seqs.push(gone?.seqs[at] ?? 0);
        digests.push(gone?.ev[at] ?? new Uint8Array());
      }
    };
    for (const row of first === null || last === null ? [] : this.#evRows.iterate(first, last)) {
      const seq = keyOf(row, 'ev');
      takeBefore(seq);
      seqs.push(seq);
      digests.push(this.#check('ev', { ...row, batch }));
    }
    takeBefore(Number.MAX_SAFE_INTEGER);
    return digests;
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
