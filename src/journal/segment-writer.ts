/** One SQLite file that is being written. Runs in the writer's thread only. */
import { chmodSync, closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import type { JournalRun } from '../engine/types.ts';
import { chainHash, contentHash, digestOf } from './digests.ts';
import { syncDirectory } from './directory.ts';
import {
  APPLICATION_ID,
  CHAINED,
  type ChainedTable,
  type Column,
  canonicalJson,
  FORMAT_VERSION,
  INDEX,
  NO_INDEX,
  SCHEMA,
  TABLES,
  type TableName,
} from './format.ts';
import type { GapNote, Item, RowItem } from './messages.ts';
import type { ActorState } from './model.ts';
import { RowInserter } from './row-inserter.ts';

/** What every segment says about itself. */
export interface SegmentMeta {
  readonly node: string;
  readonly process: string;
  readonly pid: number;
  readonly bootId: string;
  readonly epoch: number;
  readonly firstSeq: number;
  readonly wallUs: number;
  readonly monoUs: number;
  /** Name of the segment before this one; null for the first of a directory. */
  readonly previous: string | null;
}

/** What goes into one transaction. Sequence numbers of gaps and snapshots are those of the directory. */
export interface Batch {
  /** Gone through once. */
  readonly items: Iterable<Item>;
  /** What the items' sequence numbers lack to be those of the directory. */
  readonly base: number;
  readonly gaps: readonly GapNote[];
  readonly snapshots: readonly ActorState[];
  /** Named though there is no snapshot of them: in doubt when the segment begins. */
  readonly doubted?: readonly string[];
}

/** Those that are written a row at a time. */
type WrittenTable = Exclude<TableName, 'ev' | 'dropped' | 'rewritten'>;
type ChainedAlone = Exclude<ChainedTable, 'ev'>;
type Statements = Readonly<Record<WrittenTable, Database.Statement<[Column[]]>>>;

const json = (value: unknown): string => JSON.stringify(value);

/** Collects the digests of a transaction by table, as the chain hash wants them. */
class BatchDigests {
  readonly #digests: Record<ChainedTable, Uint8Array[]> = {
    meta: [],
    actor: [],
    definition: [],
    snap: [],
    ev: [],
    run: [],
    gap: [],
  };
  rows = 0;

  /** `digests`: of so many rows, one after the other. */
  add(table: ChainedTable, digests: Uint8Array, rows = 1): void {
    this.#digests[table].push(digests);
    this.rows += rows;
  }

  ordered(): Uint8Array[] {
    return CHAINED.flatMap((table) => this.#digests[table]);
  }
}

function prepare(db: Database.Database): Statements {
  const insert = (table: WrittenTable): Database.Statement<[Column[]]> => {
    const names = [...TABLES[table], 'digest'];
    return db.prepare<[Column[]]>(
      `INSERT INTO ${table}(${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
    );
  };
  return {
    meta: insert('meta'),
    actor: insert('actor'),
    definition: insert('definition'),
    snap: insert('snap'),
    run: insert('run'),
    gap: insert('gap'),
    chain: insert('chain'),
  };
}

export class SegmentWriter {
  readonly path: string;
  readonly meta: SegmentMeta;
  readonly #db: Database.Database;
  readonly #insert: Statements;
  readonly #rows: RowInserter;
  readonly #write: Database.Transaction<(batch: Batch, meta: SegmentMeta | null) => void>;
  readonly #actors = new Map<string, number>();
  /** Highest id or batch used in each table. */
  readonly #last: Record<WrittenTable, number> = {
    meta: 0,
    actor: 0,
    definition: 0,
    snap: 0,
    run: 0,
    gap: 0,
    chain: 0,
  };
  #hash: Uint8Array;
  #sync: 'FULL' | 'NORMAL' = 'NORMAL';
  #isIndexed = true;

  private constructor(path: string, db: Database.Database, meta: SegmentMeta, prev: Uint8Array) {
    this.path = path;
    this.meta = meta;
    this.#db = db;
    this.#hash = prev;
    this.#insert = prepare(db);
    this.#rows = new RowInserter(db);
    this.#write = db.transaction((batch: Batch, first: SegmentMeta | null) => this.#store(batch, first));
  }

  /**
   * Makes a segment that already holds its meta row, `batch` and a chain row: it gets its name only when it is
   * complete and on the disk, so a segment without meta does not exist.
   * @throws what the file system or SQLite says; nothing is left behind then
   */
  static create(
    path: string,
    meta: SegmentMeta,
    prev: Uint8Array,
    batch: Batch,
    checkpointPages: number,
  ): SegmentWriter {
    const draft = join(dirname(path), `.${basename(path)}.new`);
    const discard = (file: string): void => {
      for (const end of ['', '-wal', '-shm', '-journal']) rmSync(file + end, { force: true });
    };
    discard(draft);
    let db: Database.Database | null = null;
    let isNamed = false;
    try {
      closeSync(openSync(draft, 'wx', 0o600));
      db = new Database(draft, { timeout: 1000 });
      const begun = SegmentWriter.#begin(db, draft, meta, prev, batch);
      db.close();
      renameSync(draft, path);
      isNamed = true;
      syncDirectory(dirname(path));
      db = new Database(path, { timeout: 1000 });
      db.pragma('synchronous = NORMAL');
      db.pragma(`wal_autocheckpoint = ${checkpointPages}`);
      const writer = new SegmentWriter(path, db, meta, begun.#hash);
      for (const [name, id] of begun.#actors) writer.#actors.set(name, id);
      Object.assign(writer.#last, begun.#last);
      return writer;
    } catch (error) {
      try {
        db?.close();
      } catch {
        // The first error is the one that tells what happened.
      }
      try {
        // What it holds will be stored elsewhere: a segment that stayed would tell of it a second time.
        discard(isNamed ? path : draft);
      } catch {
        // A directory that cannot be written keeps its draft; the next start removes it.
      }
      throw error;
    }
  }

  static #begin(
    db: Database.Database,
    draft: string,
    meta: SegmentMeta,
    prev: Uint8Array,
    batch: Batch,
  ): SegmentWriter {
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${FORMAT_VERSION}`);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.exec(SCHEMA);
    db.exec(INDEX);
    const writer = new SegmentWriter(draft, db, meta, prev);
    writer.#write.immediate(batch, meta);
    // Closing would do it, too, but on a full disk it leaves a file without half of its pages, and says nothing.
    db.pragma('wal_checkpoint(TRUNCATE)');
    return writer;
  }

  /** Hash of the newest batch. */
  get hash(): Uint8Array {
    return this.#hash;
  }

  /** Size of the content in bytes, what is still in the WAL included. */
  bytes(): number {
    const pages = this.#db.pragma('page_count', { simple: true });
    const size = this.#db.pragma('page_size', { simple: true });
    return Number(pages) * Number(size);
  }

  /**
   * Stores a batch in one transaction. A `durable` batch is on the disk when this returns.
   * @throws SqliteError; nothing of the batch is stored then
   */
  append(batch: Batch, durable: boolean): void {
    const sync = durable ? 'FULL' : 'NORMAL';
    if (sync !== this.#sync) {
      this.#db.pragma(`synchronous = ${sync}`);
      this.#sync = sync;
    }
    const hash = this.#hash;
    const last = { ...this.#last };
    const known = this.#actors.size;
    try {
      this.#write.immediate(batch, null);
    } catch (error) {
      this.#hash = hash;
      Object.assign(this.#last, last);
      for (const name of [...this.#actors.keys()].slice(known)) this.#actors.delete(name);
      throw error;
    }
  }

  /** Whether rows are entered into the index as they come. @throws what the file system or SQLite says */
  index(isKept: boolean): void {
    if (isKept === this.#isIndexed) return;
    // What is sorted for the index must not lie in a file somewhere else.
    if (isKept) this.#db.pragma('temp_store = MEMORY');
    this.#db.exec(isKept ? INDEX : NO_INDEX);
    this.#isIndexed = isKept;
  }

  /** Brings everything stored so far to the disk, as far as the disk lets it. */
  sync(): void {
    try {
      this.#db.pragma('wal_checkpoint(PASSIVE)');
    } catch {
      // A failing disk is why the segment is being replaced.
    }
  }

  /** Nothing more will be written: lets go of the pages that are kept in memory, and of the room of the WAL. Never throws. */
  rest(): void {
    try {
      this.#db.pragma('busy_timeout = 50');
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
      this.#db.pragma('shrink_memory');
    } catch {
      // Closing will do it.
    }
  }

  /** Closes the file; `seal` also folds the WAL into it and makes it read-only. Never throws. */
  close(seal: boolean): void {
    try {
      this.#db.pragma('busy_timeout = 50');
      if (seal) {
        this.index(true);
        this.#db.pragma('journal_mode = DELETE');
      }
    } catch {
      // A reader holds it, or the disk is full: the next start seals it.
      seal = false;
    }
    try {
      this.#db.close();
      if (seal) chmodSync(this.path, 0o444);
    } catch {
      // As above.
    }
  }

  #store(batch: Batch, meta: SegmentMeta | null): void {
    const number = this.#last.chain + 1;
    const digests = new BatchDigests();
    if (meta !== null) this.#putMeta(meta, number, digests);
    for (const actor of batch.doubted ?? []) this.#actor(actor, number, digests);
    for (const snapshot of batch.snapshots) this.#putSnapshot(snapshot, number, digests);
    let first: number | null = null;
    let last: number | null = null;
    this.#rows.begin();
    for (const item of batch.items) {
      if ('row' in item) {
        last = batch.base + item.row.seq;
        first ??= last;
        this.#putRow(item, batch.base, number, digests);
      } else if ('run' in item) this.#putRun(item.run, batch.base, number, digests);
      else this.#putDefinition(item.define, number, digests);
    }
    const ev = this.#rows.finish();
    digests.add('ev', ev.digests, ev.rows);
    for (const gap of batch.gaps) this.#putGap(gap, number, digests);
    // All of it was stored before.
    if (digests.rows === 0) return;
    const prev = this.#hash;
    const hash = chainHash(prev, { batch: number, first, last, rows: digests.rows }, digests.ordered());
    const columns: Column[] = [number, first, last, digests.rows, prev, hash];
    this.#insert.chain.run([...columns, digestOf('chain', columns)]);
    this.#hash = hash;
    this.#last.chain = number;
  }

  #put(table: ChainedAlone, columns: Column[], digests: BatchDigests): void {
    const digest = digestOf(table, columns);
    columns.push(digest);
    this.#insert[table].run(columns);
    digests.add(table, digest);
  }

  #next(table: ChainedAlone): number {
    this.#last[table] += 1;
    return this.#last[table];
  }

  #putMeta(meta: SegmentMeta, batch: number, digests: BatchDigests): void {
    const { node, process, pid, bootId, epoch, firstSeq, wallUs, monoUs, previous } = meta;
    const columns = [
      1,
      FORMAT_VERSION,
      node,
      process,
      pid,
      bootId,
      epoch,
      firstSeq,
      wallUs,
      monoUs,
      previous,
      batch,
    ];
    this.#put('meta', columns, digests);
  }

  #actor(name: string, batch: number, digests: BatchDigests): number {
    const known = this.#actors.get(name);
    if (known !== undefined) return known;
    const id = this.#next('actor');
    this.#put('actor', [id, name, batch], digests);
    this.#actors.set(name, id);
    return id;
  }

  #putDefinition(
    definition: { kind: string; name: string; body: Parameters<typeof canonicalJson>[0] },
    batch: number,
    digests: BatchDigests,
  ): void {
    const body = canonicalJson(definition.body);
    const { kind, name } = definition;
    this.#put('definition', [this.#next('definition'), kind, name, contentHash(body), body, batch], digests);
  }

  #putSnapshot(snapshot: ActorState, batch: number, digests: BatchDigests): void {
    const actor = this.#actor(snapshot.actor, batch, digests);
    const { seq, machine, state, context } = snapshot;
    this.#put('snap', [this.#next('snap'), seq, actor, machine, json(state), json(context), batch], digests);
  }

  #putRow({ row, changed }: RowItem, base: number, batch: number, digests: BatchDigests): void {
    const actor = this.#actor(row.actor, batch, digests);
    const { monoUs, wallUs, kind, machine, event, effects, state, delta } = row;
    const seq = base + row.seq;
    const cause = row.cause === null ? null : base + row.cause;
    const when = [seq, monoUs, wallUs] as const;
    this.#rows.add([
      'ev',
      ...when,
      kind,
      actor,
      machine,
      cause,
      changed ? 1 : 0,
      event,
      effects,
      state,
      delta,
    ]);
  }

  #putRun(run: JournalRun, base: number, batch: number, digests: BatchDigests): void {
    const actor = this.#actor(run.actor, batch, digests);
    const id = this.#next('run');
    const what = [run.direction, run.source, run.priority, run.count];
    const when = [run.firstUs, run.lastUs, run.largestGapUs, run.firstWallUs, base + run.afterSeq];
    this.#put('run', [id, actor, ...what, ...when, batch], digests);
  }

  #putGap(gap: GapNote, batch: number, digests: BatchDigests): void {
    const range = [gap.fromSeq, gap.toSeq, gap.fromWallUs, gap.toWallUs, gap.reason];
    const losses = [gap.lostRows, gap.lostChanges, gap.lostRuns, gap.writtenLate];
    const whose = [json(gap.actors), gap.segment];
    this.#put('gap', [this.#next('gap'), ...range, ...losses, ...whose, batch], digests);
  }
}
