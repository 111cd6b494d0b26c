/**
 * Takes the runs and the rows that changed nothing out of a closed segment, a little at a time. What is left can be checked
 * as before: dropped.ts. Writer's thread only.
 */
import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { digestOf, textDigest } from './digests.ts';
import { syncDirectory } from './directory.ts';
import { type DroppedBatch, encodeDropped } from './dropped.ts';
import {
  APPLICATION_ID,
  type ChainedTable,
  type Column,
  digestedColumns,
  FORMAT_VERSION,
  INDEX,
  SCHEMA,
  TABLES,
  type TableName,
} from './format.ts';

/** Rows fetched at a time. */
const PAGE = 200;
/** A row of `dropped` is about no more than so many batches, and ends with the one that brings it to so many digests. */
const PACK_BATCHES = 200;
const PACK_DIGESTS = 1000;
/** Tables that stay as they are. */
const KEPT = ['meta', 'actor', 'definition', 'snap', 'gap'] as const;

/** Table's name, columns, digest in hexadecimal: what a digest is made of, and the digest. */
type Content = (string | number | null)[];

/** The segment is not what its writer left: taking something out would destroy what shows it. */
export class NotIntact extends Error {}

const draftOf = (directory: string, file: string): string => join(directory, `.${file}.thin`);
const DRAFT_PARTS = ['', '-wal', '-shm', '-journal'];

/** Times of which a segment tells, and what is taken out of it. */
interface Figures {
  fromWallUs: number;
  toWallUs: number;
  rows: number;
  runs: number;
}

interface ChainRow {
  readonly batch: number;
  readonly first: number | null;
  readonly last: number | null;
  readonly rows: number;
  readonly prev: Buffer;
  readonly hash: Buffer;
  readonly digest: Buffer;
}

const isIntact = (row: Content): boolean => textDigest(JSON.stringify(row.slice(0, -1))) === row.at(-1);

export class Thinning {
  readonly file: string;
  readonly #directory: string;
  readonly #draft: string;
  readonly #source: Database.Database;
  readonly #target: Database.Database;
  /** Of the rows in the source, and of their digests: one that was thinned before is not thinned again. */
  readonly #format: number;
  readonly #work: Generator<void>;
  readonly #figures: Figures = { fromWallUs: Number.MAX_SAFE_INTEGER, toWallUs: 0, rows: 0, runs: 0 };
  #pack: DroppedBatch[] = [];
  #packed = 0;
  #packs = 0;

  /** @throws what the file system or SQLite says; nothing is left behind then */
  constructor(directory: string, file: string, nowWallUs: number) {
    this.file = file;
    this.#directory = directory;
    this.#draft = draftOf(directory, file);
    removeDraft(directory, file);
    this.#source = new Database(join(directory, file), { readonly: true, fileMustExist: true });
    try {
      this.#format = Number(this.#source.pragma('user_version', { simple: true }));
      closeSync(openSync(this.#draft, 'wx', 0o600));
      this.#target = new Database(this.#draft);
    } catch (error) {
      this.#source.close();
      throw error;
    }
    this.#work = this.#steps(nowWallUs);
  }

  /** Works for about so long; true once all is in the new file. @throws NotIntact, or what storage says */
  step(budgetMs: number): boolean {
    const end = performance.now() + budgetMs;
    do {
      if (this.#work.next().done) return true;
    } while (performance.now() < end);
    return false;
  }

  /** Puts the new file in the place of the old one, once it is on the disk. */
  async finish(): Promise<void> {
    this.#close();
    const handle = await open(this.#draft, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    const path = join(this.#directory, this.file);
    // One that was unlinked meanwhile, for want of room, stays gone.
    if (!existsSync(path)) {
      removeDraft(this.#directory, this.file);
      return;
    }
    chmodSync(this.#draft, 0o444);
    renameSync(this.#draft, path);
    syncDirectory(this.#directory);
  }

  /** Leaves the segment as it is. */
  abort(): void {
    this.#close();
    removeDraft(this.#directory, this.file);
  }

  #close(): void {
    this.#source.close();
    this.#target.close();
  }

  *#steps(nowWallUs: number): Generator<void> {
    const target = this.#target;
    target.pragma('journal_mode = OFF');
    target.pragma('synchronous = OFF');
    target.pragma(`application_id = ${APPLICATION_ID}`);
    target.pragma(`user_version = ${FORMAT_VERSION}`);
    target.exec(SCHEMA);
    target.exec(INDEX);
    // A draft that is not finished is thrown away, so this needs no journal of its own.
    target.exec('BEGIN');
    for (const table of KEPT) yield* this.#copy(table);
    const hash = yield* this.#chain();
    this.#flush();
    const { fromWallUs, toWallUs, rows, runs } = this.#figures;
    const from = Math.min(fromWallUs, toWallUs);
    const columns: Column[] = [1, 'thinned', nowWallUs, from, toWallUs, rows, runs, hash];
    this.#insert('rewritten', FORMAT_VERSION).run(...columns, digestOf('rewritten', columns));
    target.exec('COMMIT');
  }

  #insert(table: TableName, format: number): Database.Statement<Column[]> {
    const names = [...digestedColumns(table, format), 'digest'];
    return this.#target.prepare(
      `INSERT INTO ${table}(${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
    );
  }

  *#copy(table: (typeof KEPT)[number]): Generator<void> {
    const names = [...digestedColumns(table, this.#format), 'digest'];
    const insert = this.#insert(table, this.#format);
    const page = this.#source
      .prepare<[number], Column[]>(
        `SELECT ${names.join(', ')} FROM ${table} WHERE id > ? ORDER BY id LIMIT ${PAGE}`,
      )
      .raw();
    for (let after = 0; ; ) {
      const rows = page.all(after);
      for (const row of rows) insert.run(...row);
      if (rows.length < PAGE) return;
      after = Number(rows.at(-1)?.[0]);
      yield;
    }
  }

  #contents(table: ChainedTable, condition: string): Database.Statement<unknown[], Content> {
    const names = TABLES[table].join(', ');
    const sql = `SELECT '${table}', ${names}, lower(hex(digest)) FROM ${table} WHERE ${condition}`;
    return this.#source.prepare<unknown[], Content>(sql).raw();
  }

  /** Returns the last hash. */
  *#chain(): Generator<void, Buffer> {
    const page = this.#source.prepare<[number], ChainRow>(
      `SELECT * FROM chain WHERE batch > ? ORDER BY batch LIMIT ${PAGE}`,
    );
    const newest = this.#source.prepare<[], { batch: number; hash: Buffer }>(
      'SELECT batch, hash FROM chain ORDER BY batch DESC LIMIT 1',
    );
    const last = newest.get();
    if (last === undefined) throw new NotIntact('it has no chain');
    const insert = this.#insert('chain', this.#format);
    const ev = this.#contents('ev', 'seq BETWEEN ? AND ? ORDER BY seq');
    const keep = this.#insert('ev', this.#format);
    const runs = this.#runs();
    let next = runs.next();
    for (let after = 0; after < last.batch; ) {
      for (const row of page.all(after)) {
        const { batch, first } = row;
        if (batch !== after + 1) throw new NotIntact(`batch ${after + 1} is missing`);
        after = batch;
        const gone = first === null ? { seqs: [], ev: [] } : this.#dropRows(ev.all(first, row.last), keep);
        let digests = '';
        for (; !next.done && next.value.batch === batch; next = runs.next()) digests += next.value.digest;
        const isEnd = batch === 1 || batch === last.batch;
        const isWhole = !isEnd && this.#isWhole(row, gone.seqs, digests.length);
        if (!isWhole) insert.run(batch, first, row.last, row.rows, row.prev, row.hash, row.digest);
        this.#drop({ batch, ...gone, runs: digests });
        yield;
      }
    }
    if (!next.done) throw new NotIntact(`a run claims batch ${next.value.batch}`);
    return last.hash;
  }

  /** Nothing of the batch is left, and what the chain says of it follows from its digests. */
  #isWhole({ first, last, rows }: ChainRow, seqs: readonly number[], digits: number): boolean {
    const isSame = (seqs[0] ?? null) === first && (seqs.at(-1) ?? null) === last;
    return isSame && seqs.length + digits / 32 === rows;
  }

  /** Copies those that changed something; the others are returned by seq and digest. */
  #dropRows(
    rows: readonly Content[],
    keep: Database.Statement<Column[]>,
  ): { readonly seqs: number[]; readonly ev: string[] } {
    const gone = { seqs: [] as number[], ev: [] as string[] };
    const changedAt = 1 + TABLES.ev.indexOf('changed');
    for (const row of rows) {
      this.#saw(Number(row[3]));
      const digest = String(row.at(-1));
      if (row[changedAt] === 1) {
        keep.run(...row.slice(1, -1), Buffer.from(digest, 'hex'));
        continue;
      }
      if (!isIntact(row)) throw new NotIntact(`row @${row[1]} was changed`);
      gone.seqs.push(Number(row[1]));
      gone.ev.push(digest);
    }
    return gone;
  }

  *#runs(): Generator<{ readonly batch: number; readonly digest: string }> {
    const page = this.#contents('run', `id > ? ORDER BY id LIMIT ${PAGE}`);
    const at = (column: string): number => 1 + (TABLES.run as readonly string[]).indexOf(column);
    const [first, last, wall, batch] = [at('first_us'), at('last_us'), at('first_wall_us'), at('batch')];
    for (let after = 0; ; ) {
      const rows = page.all(after);
      for (const row of rows) {
        after += 1;
        if (row[1] !== after || !isIntact(row)) throw new NotIntact(`run ${after} is missing or was changed`);
        this.#saw(Number(row[wall]));
        this.#saw(Number(row[wall]) + Number(row[last]) - Number(row[first]));
        yield { batch: Number(row[batch]), digest: String(row.at(-1)) };
      }
      if (rows.length < PAGE) return;
    }
  }

  #saw(wallUs: number): void {
    this.#figures.fromWallUs = Math.min(this.#figures.fromWallUs, wallUs);
    this.#figures.toWallUs = Math.max(this.#figures.toWallUs, wallUs);
  }

  #drop(gone: DroppedBatch): void {
    const digests = gone.ev.length + gone.runs.length / 32;
    if (digests === 0) return;
    this.#figures.rows += gone.ev.length;
    this.#figures.runs += gone.runs.length / 32;
    this.#pack.push(gone);
    this.#packed += digests;
    if (this.#pack.length >= PACK_BATCHES || this.#packed >= PACK_DIGESTS) this.#flush();
  }

  #flush(): void {
    if (this.#pack.length === 0) return;
    this.#packs += 1;
    const columns: Column[] = [this.#packs, ...encodeDropped(this.#pack)];
    this.#insert('dropped', FORMAT_VERSION).run(...columns, digestOf('dropped', columns));
    this.#pack = [];
    this.#packed = 0;
  }
}

/** Removes what thinning a segment has left undone. */
export function removeDraft(directory: string, file: string): void {
  for (const end of DRAFT_PARTS) rmSync(draftOf(directory, file) + end, { force: true });
}
