/** One segment's part of the check: digests, chain and numbers of its rows, those taken out of a thinned segment included. */
import type Database from 'better-sqlite3';
import { chainHash, textDigest } from './digests.ts';
import { DIGEST_BYTES, type DroppedBatch, decodeDropped } from './dropped.ts';
import {
  CHAINED,
  type ChainedTable,
  type Column,
  digestedColumns,
  FORMAT_VERSION,
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

const SMALL_TABLES = CHAINED.filter((table) => table !== 'ev');
/** Rows fetched at a time. */
const PAGE = 1000;

/** A row as its digest takes it: the table's name, then the columns. Bytes are hexadecimal: a Buffer for each costs more than its hash. */
type Content = Column[];

const BYTES: Readonly<Record<string, true>> = {
  'definition.sha256': true,
  'chain.prev': true,
  'chain.hash': true,
  'dropped.digests': true,
  'rewritten.hash': true,
};

/** Written by whoever rewrote the segment, in the format of that time. */
const LATER: readonly TableName[] = ['dropped', 'rewritten'];

/** Columns of a query whose rows are a Content and the digest after it. `batch` stands for a column that `ev` has not. */
function selected(table: TableName, format: number): string {
  const columns = digestedColumns(table, format).map((name) =>
    BYTES[`${table}.${name}`] === true ? `lower(hex(${name}))` : name,
  );
  return `'${table}',${columns.join(',')},lower(hex(digest))`;
}

const numberOrNull = (value: Column | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);

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
export interface ChainEnd {
  /** Rows of `ev` that are there, or were until the segment was thinned. */
  readonly seqs: readonly number[];
  /** Last seq that a batch claims; 0 if there is none. */
  readonly lastSeq: number;
  /** Hash of the last batch, in hexadecimal. */
  readonly hash: string;
}

/** The chain as far as it was followed. */
interface Walk {
  /** Hash of the newest batch, in hexadecimal. */
  prev: string;
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
  readonly #onHash: (hash: string) => void;
  /** Of the digests. */
  readonly #format: number;
  readonly #isThinnable: boolean;
  /** By batch, rows that were taken out of a thinned segment. */
  readonly #dropped = new Map<number, DroppedBatch>();
  /** Digests by batch and table, as stored, one behind the other. */
  readonly #digests = new Map<number, Map<ChainedTable, string>>();
  readonly #suspects = new Set<number>();
  readonly #pageOf = new Map<TableName, Database.Statement<[number, number], Content>>();
  rows = 0;
  /** Rows that are no longer there, but in the chain by their digests. */
  droppedRows = 0;
  batches = 0;

  constructor(
    segment: SegmentReader,
    report: (finding: Finding) => void,
    onHash: (hash: string) => void = () => {},
  ) {
    this.#onHash = onHash;
    this.#format = segment.meta.format;
    this.#isThinnable = segment.format > 1;
    this.#db = segment.db;
    this.#file = segment.file;
    this.#report = report;
  }

  run(prev: string): ChainEnd {
    for (const table of SMALL_TABLES) this.#smallTable(table);
    if (this.#isThinnable) this.#thinned();
    return this.#chain(prev);
  }

  #thinned(): void {
    const all = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const;
    for (const page of this.#pages('rewritten', ...all))
      for (const row of page) this.#check('rewritten', row, null);
    for (const page of this.#pages('dropped', ...all)) {
      for (const row of page) {
        this.#check('dropped', row, null);
        const [, id, , batches, digests] = row;
        try {
          for (const batch of decodeDropped(String(batches), String(digests)))
            this.#dropped.set(batch.batch, batch);
        } catch (error) {
          this.#find('changed', 'dropped', Number(id), `dropped row ${Number(id)}: ${String(error)}`);
        }
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
    const format = LATER.includes(table) ? FORMAT_VERSION : this.#format;
    const [key] = digestedColumns(table, format);
    const sql = `SELECT ${selected(table, format)} FROM ${table} WHERE ${key} BETWEEN ? AND ? ORDER BY ${key} LIMIT ${PAGE}`;
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
    const batchAt = 1 + digestedColumns(table, this.#format).indexOf('batch');
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
    const walk: Walk = { prev: start, expected: 1, seqs: [], coveredTo: -1 };
    for (const page of this.#pages('chain', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
      for (const row of page) {
        const link = linkOf(row);
        while (walk.expected < link.batch && this.#dropped.has(walk.expected)) this.#droppedBatch(walk);
        if (link.batch !== walk.expected) this.#hole('chain', walk.expected, link.batch - 1);
        const before = this.#suspects.size;
        this.#check('chain', row, link.batch);
        this.#advance(walk, link);
        const digests = this.#digestsOf(link, walk.seqs);
        walk.coveredTo = Math.max(walk.coveredTo, link.last ?? -1);
        this.#link(link, walk.prev, digests, this.#suspects.size > before);
        walk.prev = link.hash;
        this.#onHash(link.hash);
      }
    }
    this.#uncovered(walk.coveredTo + 1, Number.MAX_SAFE_INTEGER, walk.seqs);
    for (const [batch, tables] of this.#digests)
      this.#foreign(batch, `rows of ${[...tables.keys()].join(', ')}`);
    for (const batch of this.#dropped.keys()) this.#foreign(batch, 'rows that were taken out');
    return { seqs: walk.seqs, lastSeq: Math.max(0, walk.coveredTo), hash: walk.prev };
  }

  #advance(walk: Walk, { batch, first }: { readonly batch: number; readonly first: number | null }): void {
    this.batches += 1;
    walk.expected = batch + 1;
    this.#uncovered(walk.coveredTo + 1, (first ?? walk.coveredTo + 1) - 1, walk.seqs);
  }

  #foreign(batch: number, what: string): void {
    this.#find('extra', 'chain', batch, `${what} claim batch ${batch}, which the chain does not have`);
  }

  /** A batch of which nothing is left but digests: its hash is what they give. */
  #droppedBatch(walk: Walk): void {
    const batch = walk.expected;
    const gone = this.#takeDropped(batch);
    const [first, last] = [gone?.seqs[0] ?? null, gone?.seqs.at(-1) ?? null];
    this.#advance(walk, { batch, first });
    for (const seq of gone?.seqs ?? []) walk.seqs.push(seq);
    walk.coveredTo = Math.max(walk.coveredTo, last ?? -1);
    const digests = Buffer.from((gone?.ev.join('') ?? '') + (gone?.runs ?? ''), 'hex');
    const head = { batch, first, last, rows: digests.length / DIGEST_BYTES };
    walk.prev = chainHash(Buffer.from(walk.prev, 'hex'), head, [digests]).toString('hex');
    this.#onHash(walk.prev);
  }

  #takeDropped(batch: number): DroppedBatch | undefined {
    const gone = this.#dropped.get(batch);
    this.#dropped.delete(batch);
    if (gone !== undefined) this.droppedRows += gone.ev.length + gone.runs.length / DIGEST_BYTES / 2;
    return gone;
  }

  /** Those of a batch, in the order in which its hash takes them. */
  #digestsOf({ batch, first, last }: Link, seqs: number[]): string {
    const gone = this.#takeDropped(batch);
    let ev = '';
    let at = 0;
    const takeBefore = (seq: number): void => {
      for (; gone !== undefined && (gone.seqs[at] ?? seq) < seq; at++) {
        seqs.push(gone.seqs[at] ?? 0);
        ev += gone.ev[at] ?? '';
      }
    };
    if (first !== null && last !== null) {
      for (const page of this.#pages('ev', first, last)) {
        for (const row of page) {
          const seq = Number(row[1]);
          takeBefore(seq);
          seqs.push(seq);
          ev += this.#check('ev', row, batch);
        }
      }
    }
    takeBefore(Number.MAX_SAFE_INTEGER);
    const tables = this.#digests.get(batch);
    this.#digests.delete(batch);
    const runs = (tables?.get('run') ?? '') + (gone?.runs ?? '');
    const of = (table: ChainedTable): string =>
      table === 'ev' ? ev : table === 'run' ? runs : (tables?.get(table) ?? '');
    return CHAINED.map(of).join('');
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
