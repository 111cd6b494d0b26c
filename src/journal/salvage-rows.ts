/** Reads what can be read of a damaged segment: by key, in ranges that are halved around the pages that SQLite cannot read. */
import { readFileSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { textDigest } from './digests.ts';
import { digestedColumns, SCHEMA, type TableName } from './format.ts';

/** Keys that are asked for at a time. */
const RANGE = 256;
/** No row takes less. */
const LEAST_ROW_BYTES = 32;
const PAGE_BYTES = 4096;

export type Raw = Readonly<Record<string, string | number | null>>;

const BLOBS: readonly string[] = ['sha256', 'prev', 'hash', 'digests'];

export class SalvageRows {
  readonly #db: Database.Database;
  readonly #format: number;
  readonly #keys: number;
  /** Rows whose content does not give their digest: they are as lost as those that cannot be read. */
  broken = 0;

  /** `path`: a copy, which is mended where its first page is not one of a database. @throws what SQLite says */
  constructor(path: string) {
    if (!opens(path)) replaceFirstPage(path);
    this.#db = new Database(path, { fileMustExist: true });
    this.#keys = Math.ceil(readFileSync(path).length / LEAST_ROW_BYTES) + RANGE;
    const format = Number(this.#db.pragma('user_version', { simple: true }));
    const [meta] = [...this.#read('meta', format, 1, 1)];
    this.#format = Number(meta?.format ?? format);
  }

  close(): void {
    this.#db.close();
  }

  /** Rows of a table whose digest is right, in the order of their keys from one on. BLOBs are hexadecimal. */
  rows(table: TableName, firstKey = 1): Generator<Raw> {
    const isOwn = table === 'dropped' || table === 'rewritten';
    return this.#read(table, isOwn ? 2 : this.#format, firstKey, firstKey + this.#keys);
  }

  *#read(table: TableName, format: number, from: number, to: number): Generator<Raw> {
    const names = digestedColumns(table, format);
    const columns = names.map((name) => (BLOBS.includes(name) ? `lower(hex(${name}))` : name));
    const [key] = names;
    const sql = `SELECT '${table}', ${columns.join(', ')}, lower(hex(digest)) FROM ${table} WHERE ${key} BETWEEN ? AND ? ORDER BY ${key}`;
    let page: Database.Statement<[number, number], (string | number | null)[]>;
    try {
      page = this.#db.prepare<[number, number], (string | number | null)[]>(sql).raw();
    } catch {
      return;
    }
    if (!hasRoot(page, from, to)) return;
    for (let at = from; at <= to; at += RANGE) {
      for (const row of readable(page, at, Math.min(to, at + RANGE - 1))) {
        const digest = row.pop();
        // Bytes that became a row by chance, or one that a page of zeros has cut.
        if (textDigest(JSON.stringify(row)) !== digest) this.broken += 1;
        else yield Object.fromEntries(names.map((name, i) => [name, row[i + 1] ?? null]));
      }
    }
  }
}

/**
 * The way to every row begins at the table's root: if that is gone, so are they, and none has to be asked for. Another page on the
 * way to some rows may be gone as well, that to the first ones, say: so one place that can be come to is enough.
 */
function hasRoot(page: Database.Statement<[number, number], unknown>, from: number, to: number): boolean {
  for (let step = 1; step <= 2 * (to - from); step *= 2) {
    const key = Math.min(to, from + step - 1);
    try {
      page.all(key, key);
      return true;
    } catch {
      // Nor by this way.
    }
  }
  return false;
}

function* readable<Row>(
  page: Database.Statement<[number, number], Row>,
  from: number,
  to: number,
): Generator<Row> {
  let rows: Row[];
  try {
    rows = page.all(from, to);
  } catch {
    if (from === to) return;
    const middle = Math.floor((from + to) / 2);
    yield* readable(page, from, middle);
    yield* readable(page, middle + 1, to);
    return;
  }
  yield* rows;
}

function opens(path: string): boolean {
  try {
    const db = new Database(path, { fileMustExist: true });
    try {
      return db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'ev'").get() !== undefined;
    } finally {
      db.close();
    }
  } catch {
    return false;
  }
}

/** The first page says where the tables are; every segment is made in the same way, so that of a new one says the same. */
function replaceFirstPage(path: string): void {
  const fresh = new Database(':memory:');
  fresh.pragma(`page_size = ${PAGE_BYTES}`);
  fresh.pragma('user_version = 2');
  fresh.exec(SCHEMA);
  const page = fresh.serialize().subarray(0, PAGE_BYTES);
  fresh.close();
  const bytes = readFileSync(path);
  if (bytes.length < PAGE_BYTES) throw new Error('there is nothing in it');
  page.copy(bytes);
  // Rollback journal instead of WAL, and as many pages as there are.
  bytes[18] = 1;
  bytes[19] = 1;
  bytes.writeUInt32BE(Math.floor(bytes.length / PAGE_BYTES), 28);
  writeFileSync(path, bytes);
}
