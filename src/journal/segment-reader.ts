/** One segment, read-only: also a copied one, one that is being written, and one without its side files. */
import { rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import type { ActorEvent, Effect, RowKind } from '../engine/types.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { Foldable } from './fold.ts';
import { APPLICATION_ID, FORMAT_VERSION, TABLES } from './format.ts';
import { journalError } from './journal-error.ts';
import {
  type ActorState,
  JournalError,
  type RecordedRow,
  type Rewritten,
  type StoredDefinition,
  type StoredGap,
  type StoredRow,
  type StoredRun,
} from './model.ts';
import type { RowRange, RunRange } from './ranges.ts';
import { canOpenInPlace, copyAside, type FileHeader, fileHeader } from './segment-file.ts';
import {
  type EvRow,
  type GapRow,
  gapFrom,
  type MetaRow,
  type RewrittenRow,
  type RunRow,
  recordedRow,
  rewrittenFrom,
  type SnapRow,
} from './segment-rows.ts';
import { upcaster } from './upcast.ts';

/** Rows fetched at a time: a long read transaction would keep the writer's WAL from being reset. */
const PAGE = 500;

/** Without the digest: a buffer for each row would be a third of what reading it takes. */
const EV = TABLES.ev.join(', ');
const RUN = TABLES.run.join(', ');

const FOLDABLE = 'seq, kind, actor, machine, state, delta';

/** Distinct state texts kept parsed: an actor has few, and rows repeat them. */
const PARSED_STATES = 1000;

/** Gaps in order; a gap that a later segment repeats counts once. */
export function distinctGaps(gaps: readonly StoredGap[]): StoredGap[] {
  const distinct = new Map(gaps.map((gap) => [JSON.stringify(gap), gap]));
  return [...distinct.values()].sort((a, b) => a.fromSeq - b.fromSeq);
}

function identityOf(db: Database.Database): Omit<FileHeader, 'isWal'> {
  return {
    applicationId: Number(db.pragma('application_id', { simple: true })),
    userVersion: Number(db.pragma('user_version', { simple: true })),
  };
}

export class SegmentReader {
  readonly path: string;
  readonly file: string;
  readonly meta: MetaRow;
  /** Of the tables, not of the digests: those are as `meta.format` says. */
  readonly format: number;
  readonly db: Database.Database;
  readonly #copy: string | null;
  readonly #sealed: boolean;
  readonly #inode: number;
  readonly #names = new Map<number, string>();
  readonly #ids = new Map<string, number>();
  readonly #states = new Map<string, Json>();
  readonly #prepared = new Map<string, Database.Statement<unknown[]>>();

  private constructor(
    path: string,
    db: Database.Database,
    copy: string | null,
    meta: MetaRow,
    format: number,
    isSealed: boolean,
  ) {
    this.format = format;
    this.path = path;
    this.file = basename(path);
    this.db = db;
    this.#copy = copy;
    this.#sealed = isSealed;
    this.#inode = statSync(path).ino;
    this.meta = meta;
  }

  /** @throws JournalError naming the file, if it is missing, unreadable, damaged or of a newer format */
  static open(path: string): SegmentReader {
    let copy: string | null = null;
    let db: Database.Database | null = null;
    try {
      const header = fileHeader(path);
      const isClosed = header !== null && !header.isWal;
      copy = canOpenInPlace(path, header) ? null : copyAside(path);
      db = new Database(copy ?? path, { readonly: copy === null, fileMustExist: true, timeout: 2000 });
      // A closed file says so itself, without a question to SQLite: a month is thirty files.
      const { applicationId, userVersion: format } = isClosed && copy === null ? header : identityOf(db);
      if (applicationId !== APPLICATION_ID) {
        throw new JournalError('damaged', path, 'not a segment of a relived journal');
      }
      if (format < 1 || format > FORMAT_VERSION) {
        const known = FORMAT_VERSION;
        throw new JournalError('version', path, `format ${format}; this relive reads 1 to ${known}`);
      }
      const meta = db.prepare<[], MetaRow>('SELECT * FROM meta WHERE id = 1').get();
      if (meta === undefined)
        throw new JournalError('damaged', path, 'damaged: it says nothing about itself');
      return new SegmentReader(path, db, copy, meta, format, isClosed);
    } catch (error) {
      db?.close();
      if (copy !== null) rmSync(join(copy, '..'), { recursive: true, force: true });
      throw journalError(path, error);
    }
  }

  close(): void {
    this.db.close();
    if (this.#copy !== null) rmSync(join(this.#copy, '..'), { recursive: true, force: true });
  }

  /** Its writer is done with it. */
  get isSealed(): boolean {
    return this.#copy === null && this.#sealed;
  }

  /** One lock for all that is read of a sealed one, in place of one for each question: nobody waits for it. */
  hold(): void {
    if (this.isSealed) this.db.exec('BEGIN');
  }

  /** The file of its name is still this one: thinning puts another in its place. */
  get isInPlace(): boolean {
    return statSync(this.path, { throwIfNoEntry: false })?.ino === this.#inode;
  }

  /** It was read from a copy, so later rows of a live writer do not show. */
  get isCopy(): boolean {
    return this.#copy !== null;
  }

  /** Set where this is not what its writer left: thinned, or put together by salvage. */
  get rewritten(): Rewritten | null {
    if (this.format === 1) return null;
    const row = this.#one<RewrittenRow>('SELECT * FROM rewritten WHERE id = 1');
    return row === undefined ? null : rewrittenFrom(row);
  }

  /** Hash of the newest batch, in hexadecimal. */
  head(): { readonly file: string; readonly batch: number; readonly hash: string } {
    const sql = 'SELECT batch, lower(hex(hash)) AS hash FROM chain ORDER BY batch DESC LIMIT 1';
    const { batch = 0, hash = '' } = this.#one<{ batch: number; hash: string }>(sql) ?? {};
    return { file: this.file, batch, hash };
  }

  lastSeq(): number {
    return this.#one<{ seq: number | null }>('SELECT max(seq) AS seq FROM ev')?.seq ?? 0;
  }

  /** Rows in order of seq. */
  *rows(range: RowRange): Generator<StoredRow> {
    for (const row of this.#evRows(range)) yield this.#row(row);
  }

  /** The newest of a range, newest first: reads no further than those. */
  newest({ fromSeq = 0, toSeq = Number.MAX_SAFE_INTEGER, actor }: RowRange, most: number): StoredRow[] {
    const id = actor === undefined ? null : this.#actorId(actor);
    if (id === undefined) return [];
    const condition = id === null ? '' : ` AND +actor = ${id}`;
    const sql = `SELECT ${EV} FROM ev WHERE seq BETWEEN ? AND ?${condition} ORDER BY seq DESC LIMIT ?`;
    return this.query<EvRow>(sql, fromSeq, toSeq, most).map((row) => this.#row(row));
  }

  /** The same with their JSON unread. */
  *recorded(range: RowRange): Generator<RecordedRow> {
    for (const row of this.#evRows(range)) yield recordedRow(row, this.actorName(row.actor), this.meta);
  }

  *#evRows(range: RowRange): Generator<EvRow> {
    let from = range.fromSeq ?? 0;
    const to = range.toSeq ?? Number.MAX_SAFE_INTEGER;
    const actor = range.actor === undefined ? null : this.#actorId(range.actor);
    if (actor === undefined) return;
    const conditions = ['seq >= ?', 'seq <= ?'];
    if (actor !== null) conditions.push(`actor = ${actor}`);
    if (range.changedOnly === true) conditions.push('changed = 1');
    if (range.cause !== undefined) conditions.push(`cause = ${Math.floor(range.cause)}`);
    if (range.eventHas !== undefined) conditions.push('instr(event, ?) > 0');
    const sought = range.eventHas === undefined ? [] : [range.eventHas];
    const sql = `SELECT ${EV} FROM ev WHERE ${conditions.join(' AND ')} ORDER BY seq LIMIT ${PAGE}`;
    while (from <= to) {
      const page = this.query<EvRow>(sql, from, to, ...sought);
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      from = last.seq + 1;
    }
  }

  /** An actor's changes with what folding needs and nothing else; both bounds inclusive. */
  *changes(actor: string, fromSeq: number, toSeq: number): Generator<Foldable> {
    const id = this.#actorId(actor);
    if (id === undefined) return;
    const sql = `SELECT ${FOLDABLE} FROM ev WHERE actor = ? AND changed = 1 AND seq BETWEEN ? AND ? ORDER BY seq`;
    for (const row of this.query<EvRow>(sql, id, fromSeq, toSeq)) yield this.#foldable(row);
  }

  #foldable({ seq, kind, actor, machine, state, delta }: EvRow): Foldable {
    return {
      ...{ seq, kind: kind as RowKind, actor: this.actorName(actor), machine },
      state: this.parseState(state),
      delta: delta === null ? {} : this.parse<JsonObject>(delta),
    };
  }

  /** Unix time of the first row, or of what was thinned out before it; null: there is none yet. */
  firstWallUs(): number | null {
    const sql = 'SELECT wall_us FROM ev ORDER BY seq LIMIT 1';
    const firstUs = this.#one<{ wall_us: number }>(sql)?.wall_us ?? null;
    const { rewritten } = this;
    return rewritten?.kind === 'thinned' && rewritten.fromWallUs > 0 ? rewritten.fromWallUs : firstUs;
  }

  /** Newest row at or before `seq`, of one actor's changes if an actor is given. */
  rowBefore(seq: number, actor?: string): StoredRow | null {
    const id = actor === undefined ? null : this.#actorId(actor);
    if (id === undefined) return null;
    const condition = id === null ? '' : ` AND actor = ${id} AND changed = 1`;
    const row = this.#one<EvRow>(
      `SELECT ${EV} FROM ev WHERE seq <= ?${condition} ORDER BY seq DESC LIMIT 1`,
      seq,
    );
    return row === undefined ? null : this.#row(row);
  }

  /** Runs in the order in which they were closed, from an id on and before another, of which a part lies between two Unix times. */
  *runs(
    fromId: number,
    endId: number,
    { actor, leastGapUs, fromWallUs = 0, toWallUs = Number.MAX_SAFE_INTEGER }: RunRange = {},
  ): Generator<StoredRun> {
    const of = actor === undefined ? null : this.#actorId(actor);
    if (of === undefined) return;
    const late = leastGapUs === undefined ? '' : ` AND largest_gap_us > ${Math.floor(leastGapUs)}`;
    const condition = `${of === null ? '' : ` AND actor = ${of}`}${late}`;
    const sql = `SELECT ${RUN} FROM run WHERE id >= ? AND id < ? AND first_wall_us <= ?
      AND first_wall_us + (last_us - first_us) >= ?${condition} ORDER BY id LIMIT ${PAGE}`;
    for (let from = fromId; ; ) {
      const page = this.query<RunRow>(sql, from, endId, toWallUs, fromWallUs);
      for (const row of page) yield this.#run(row);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      from = last.id + 1;
    }
  }

  lastRun(): StoredRun | null {
    const row = this.#one<RunRow>(`SELECT ${RUN} FROM run ORDER BY id DESC LIMIT 1`);
    return row === undefined ? null : this.#run(row);
  }

  gaps(): StoredGap[] {
    const { node, epoch } = this.meta;
    const upcast = upcaster<GapRow>('gap', this.format);
    return this.query<GapRow>('SELECT * FROM gap ORDER BY id')
      .map(upcast)
      .map((gap) => ({ node, epoch, ...gapFrom(gap), actors: this.parse<string[]>(gap.actors) }));
  }

  definitions(): StoredDefinition[] {
    return this.query<{ kind: 'machine' | 'config'; name: string; sha256: Buffer; body: string }>(
      'SELECT kind, name, sha256, body FROM definition ORDER BY id',
    ).map((row) => ({
      kind: row.kind,
      name: row.name,
      sha256: row.sha256.toString('hex'),
      body: this.parse<Json>(row.body),
    }));
  }

  knows(actor: string): boolean {
    return this.#actorId(actor) !== undefined;
  }

  actors(): string[] {
    this.#loadActors();
    return [...this.#ids.keys()];
  }

  /** Newest snapshot of an actor at or before `seq`. An actor's snapshots have rising ids, so nothing is sorted. */
  snapshot(actor: string, seq: number): ActorState | null {
    const id = this.#actorId(actor);
    if (id === undefined) return null;
    const sql = 'SELECT * FROM snap WHERE actor = ? AND seq <= ? ORDER BY id DESC LIMIT 1';
    const row = this.#one<SnapRow>(sql, id, seq);
    return row === undefined ? null : this.#snapshot(row);
  }

  #snapshot({ actor, seq, machine, state, context }: SnapRow): ActorState {
    return {
      ...{ actor: this.actorName(actor), seq, machine, uncertain: false },
      state: this.parseState(state),
      context: this.parse<JsonObject>(context),
    };
  }

  #row(row: EvRow): StoredRow {
    const { node, epoch } = this.meta;
    return {
      node,
      epoch,
      changed: row.changed === 1,
      seq: row.seq,
      monoUs: row.mono_us,
      wallUs: row.wall_us,
      kind: row.kind as RowKind,
      actor: this.actorName(row.actor),
      machine: row.machine,
      cause: row.cause,
      event: this.parse<ActorEvent>(row.event),
      effects: row.effects === null ? [] : this.parse<Effect[]>(row.effects),
      state: this.parseState(row.state),
      delta: row.delta === null ? {} : this.parse<JsonObject>(row.delta),
    };
  }

  #run(row: RunRow): StoredRun {
    const { node, epoch } = this.meta;
    return {
      node,
      epoch,
      actor: this.actorName(row.actor),
      direction: row.direction === 'sent' ? 'sent' : 'received',
      source: row.source,
      priority: row.priority,
      count: row.count,
      firstUs: row.first_us,
      lastUs: row.last_us,
      largestGapUs: row.largest_gap_us,
      firstWallUs: row.first_wall_us,
      afterSeq: row.after_seq,
    };
  }

  actorName(id: number): string {
    if (!this.#names.has(id)) this.#loadActors();
    return this.#names.get(id) ?? `#${id}`;
  }

  #actorId(name: string): number | undefined {
    if (!this.#ids.has(name)) this.#loadActors();
    return this.#ids.get(name);
  }

  #loadActors(): void {
    for (const { id, name } of this.query<{ id: number; name: string }>('SELECT id, name FROM actor')) {
      this.#names.set(id, name);
      this.#ids.set(name, id);
    }
  }

  /** Shared between rows, so nobody may write into it. */
  parseState(text: string): Json {
    const known = this.#states.get(text);
    if (known !== undefined) return known;
    if (this.#states.size >= PARSED_STATES) this.#states.clear();
    const state = this.parse<Json>(text);
    this.#states.set(text, state);
    return state;
  }

  /** What was written is JSON of that shape; a text that is not JSON is damage. */
  parse<T>(text: string): T {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw journalError(this.path, error);
    }
  }

  #statement(sql: string): Database.Statement<unknown[]> {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const made = this.db.prepare<unknown[]>(sql);
    this.#prepared.set(sql, made);
    return made;
  }

  /** @throws JournalError */
  query<T>(sql: string, ...values: unknown[]): T[] {
    try {
      return this.#statement(sql).all(...values) as T[];
    } catch (error) {
      throw journalError(this.path, error);
    }
  }

  /** The same as arrays of columns, which are made in half the time. @throws JournalError */
  queryRaw<T>(sql: string, ...values: unknown[]): T[] {
    try {
      return this.#statement(sql)
        .raw()
        .all(...values) as T[];
    } catch (error) {
      throw journalError(this.path, error);
    }
  }

  /** Row by row, for who stops early. @throws JournalError */
  *iterate<T>(sql: string, ...values: unknown[]): Generator<T> {
    try {
      yield* this.#statement(sql).iterate(...values) as Iterable<T>;
    } catch (error) {
      throw journalError(this.path, error);
    }
  }

  #one<T>(sql: string, ...values: unknown[]): T | undefined {
    try {
      return this.#statement(sql).get(...values) as T | undefined;
    } catch (error) {
      throw journalError(this.path, error);
    }
  }
}
