/** Makes of a directory with damaged segments one that opens and verifies, and tells what is missing. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import type { JournalRun, RowKind } from '../engine/types.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import { digestOf } from './digests.ts';
import { listSegments, listSetAside, sealSegment } from './directory.ts';
import { decodeDropped } from './dropped.ts';
import { bySegmentAge, type Column, NO_HASH, SET_ASIDE, type SegmentName, TABLES } from './format.ts';
import { checkIntegrity } from './integrity.ts';
import type { GapNote, Item, WrittenRow } from './messages.ts';
import type { ActorState } from './model.ts';
import { type Raw, SalvageRows } from './salvage-rows.ts';
import { copyAside } from './segment-file.ts';
import { type SegmentMeta, SegmentWriter } from './segment-writer.ts';

/** What became of one segment. */
export interface SalvagedSegment {
  /** Its name in the new directory. */
  readonly segment: string;
  /** `copied`: it was whole. `none`: nothing of it could be read. */
  readonly result: 'copied' | 'salvaged' | 'none';
  /** Rows and runs that are saved. */
  readonly rows: number;
  readonly runs: number;
  readonly lostRows: number;
  readonly lostRuns: number;
  /** Why nothing of it could be read. */
  readonly reason: string | null;
}

interface Found {
  readonly name: SegmentName;
  readonly path: string;
  readonly isSetAside: boolean;
}

/** Items that one transaction takes. */
const BATCH_ITEMS = 500;
const CHECKPOINT_PAGES = 1000;

const parse = <T>(text: Raw[string] | undefined): T => JSON.parse(String(text));
/** @throws SyntaxError if it is none: then the row is damaged */
const jsonText = (text: Raw[string] | undefined): string => JSON.stringify(parse<Json>(text));
const orNull = (value: Raw[string] | undefined): string | null => (value == null ? null : String(value));

/** @throws what the file system says of the new directory, which must not hold a journal yet */
export function* salvage(directory: string, into: string, process: string): Generator<SalvagedSegment> {
  mkdirSync(into, { recursive: true, mode: 0o700 });
  if (readdirSync(into).length > 0) throw new Error(`${into} is not empty`);
  const segments = [
    ...listSegments(directory, process).map((name) => ({ name, file: name.file, isSetAside: false })),
    ...listSetAside(directory, process).map((name) => ({
      ...{ name, file: name.file + SET_ASIDE, isSetAside: true },
    })),
  ].sort((a, b) => bySegmentAge(a.name, b.name));
  let previous: Previous = { file: null, hash: NO_HASH };
  for (const [i, { name, file, isSetAside }] of segments.entries()) {
    const found = { name, path: join(directory, file), isSetAside };
    const nextSeq = isSetAside ? null : (segments[i + 1]?.name.firstSeq ?? null);
    const done = isWhole(found.path) ? copy(found, into) : mend(found, into, previous, nextSeq);
    previous = { file: name.file, hash: done.hash };
    yield done.report;
  }
  for (const file of readdirSync(directory))
    if (file.endsWith('.alive')) copyFileSync(join(directory, file), join(into, file));
}

interface Previous {
  readonly file: string | null;
  /** Hash of its last batch before it was damaged, as far as it is known. */
  readonly hash: Uint8Array;
}

interface Done {
  readonly report: SalvagedSegment;
  readonly hash: Uint8Array;
}

function isWhole(path: string): boolean {
  try {
    return checkIntegrity([path]).findings.every(({ problem }) => problem !== 'damaged');
  } catch {
    return false;
  }
}

function copy({ name, path }: Found, into: string): Done {
  const target = join(into, name.file);
  for (const end of ['', '-wal']) if (existsSync(path + end)) copyFileSync(path + end, target + end);
  chmodSync(target, 0o600);
  sealSegment(into, name.file);
  const db = new Database(target, { readonly: true });
  try {
    const count = (sql: string): number => Number(db.prepare(sql).pluck().get());
    const rows = count('SELECT count(*) FROM ev');
    const runs = count('SELECT count(*) FROM run');
    const hash = db.prepare<[], Buffer>('SELECT hash FROM chain ORDER BY batch DESC LIMIT 1').pluck().get();
    const losses = { lostRows: 0, lostRuns: 0, reason: null };
    return { report: { segment: name.file, result: 'copied', rows, runs, ...losses }, hash: hash ?? NO_HASH };
  } finally {
    db.close();
  }
}

function mend(found: Found, into: string, previous: Previous, nextSeq: number | null): Done {
  const { name } = found;
  const aside = copyAside(found.path);
  let source: SalvageRows | null = null;
  try {
    source = new SalvageRows(aside);
    return new Mending(source, name, join(into, name.file), previous, nextSeq).run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const nothing = { rows: 0, runs: 0, lostRows: 0, lostRuns: 0, reason };
    return { report: { segment: name.file, result: 'none', ...nothing }, hash: NO_HASH };
  } finally {
    source?.close();
    rmSync(dirname(aside), { recursive: true, force: true });
  }
}

/** Rows that are not there. */
interface Hole {
  readonly from: number;
  readonly to: number;
  readonly fromWallUs: number;
  readonly toWallUs: number;
}

class Mending {
  readonly #source: SalvageRows;
  readonly #name: SegmentName;
  readonly #path: string;
  readonly #previous: Previous;
  /** First seq of the segment after it. */
  readonly #nextSeq: number | null;
  readonly #actors = new Map<number, string>();
  readonly #holes: Hole[] = [];
  readonly #times = { fromWallUs: Number.MAX_SAFE_INTEGER, toWallUs: 0 };
  #rows = 0;
  #runs = 0;
  #lostRuns = 0;

  constructor(
    source: SalvageRows,
    name: SegmentName,
    path: string,
    previous: Previous,
    nextSeq: number | null,
  ) {
    this.#source = source;
    this.#name = name;
    this.#path = path;
    this.#previous = previous;
    this.#nextSeq = nextSeq;
  }

  run(): Done {
    const [metaRow] = [...this.#source.rows('meta')];
    const meta = this.#meta(metaRow);
    const chain = this.#chain();
    const actors = [...this.#source.rows('actor')];
    for (const { id, name } of actors) this.#actors.set(Number(id), String(name));
    const gaps = [...this.#source.rows('gap')].map(gapOf);
    const doubted = actors.filter(({ batch }) => Number(batch) === 1).map(({ name }) => String(name));
    const first = { items: this.#definitions(), base: 0, gaps, snapshots: this.#snapshots(), doubted };
    const prev = chain.prev ?? this.#previous.hash;
    const writer = SegmentWriter.create(this.#path, meta, prev, first, CHECKPOINT_PAGES);
    this.#append(writer, this.#events(meta, chain.last));
    this.#append(writer, this.#runItems());
    const unchanged = this.#droppedSeqs();
    const lost = this.#holes.flatMap((hole) => this.#gap(hole, gaps, unchanged));
    for (let at = 0; at < lost.length; at += BATCH_ITEMS)
      writer.append({ items: [], base: 0, gaps: lost.slice(at, at + BATCH_ITEMS), snapshots: [] }, false);
    writer.close(false);
    const lostRows = lost.reduce((sum, gap) => sum + gap.lostRows, 0);
    this.#sign(lostRows, chain.hash);
    sealSegment(dirname(this.#path), basename(this.#path));
    const figures = { rows: this.#rows, runs: this.#runs, lostRows, lostRuns: this.#lostRuns };
    const report: SalvagedSegment = {
      ...{ segment: this.#name.file, result: 'salvaged', ...figures, reason: null },
    };
    return { report, hash: chain.hash ?? NO_HASH };
  }

  #meta(row: Raw | undefined): SegmentMeta {
    const { epoch, firstSeq, process } = this.#name;
    const number = (name: string, otherwise: number): number => Number(row?.[name] ?? otherwise);
    return {
      ...{ node: String(row?.node ?? 'unknown'), process, pid: number('pid', 0) },
      ...{ bootId: String(row?.boot_id ?? 'unknown'), epoch, firstSeq: number('first_seq', firstSeq) },
      ...{ wallUs: number('wall_us', 0), monoUs: number('mono_us', 0) },
      previous: row === undefined ? this.#previous.file : orNull(row.previous),
    };
  }

  /** What is left of the chain: how it began and ended, as far as that can be read. */
  #chain(): { prev: Buffer | null; hash: Buffer | null; last: number } {
    const found = { prev: null as Buffer | null, hash: null as Buffer | null, last: 0 };
    let rows = 0;
    for (const { batch, prev, hash, last } of this.#source.rows('chain')) {
      rows += 1;
      if (batch === 1) found.prev = Buffer.from(String(prev), 'hex');
      // With a batch missing behind it this may not be the last; a hash that is wrong is worse than none.
      found.hash = rows === batch ? Buffer.from(String(hash), 'hex') : null;
      found.last = Math.max(found.last, Number(last ?? 0));
    }
    return found;
  }

  #actor(id: Raw[string] | undefined): string {
    return this.#actors.get(Number(id)) ?? `unknown/${Number(id)}`;
  }

  #definitions(): Item[] {
    return [...this.#source.rows('definition')].map(({ kind, name, body }) => ({
      define: { kind: kind === 'config' ? 'config' : 'machine', name: String(name), body: parse<Json>(body) },
    }));
  }

  #snapshots(): ActorState[] {
    return [...this.#source.rows('snap')].map((row) => ({
      ...{ actor: this.#actor(row.actor), seq: Number(row.seq), machine: orNull(row.machine) },
      ...{ state: parse<Json>(row.state), context: parse<JsonObject>(row.context), uncertain: false },
    }));
  }

  #append(writer: SegmentWriter, items: Generator<Item>): void {
    let batch: Item[] = [];
    const store = (): void => {
      if (batch.length > 0) writer.append({ items: batch, base: 0, gaps: [], snapshots: [] }, false);
      batch = [];
    };
    for (const item of items) {
      batch.push(item);
      if (batch.length === BATCH_ITEMS) store();
    }
    store();
  }

  *#events({ firstSeq, wallUs }: SegmentMeta, chainLast: number): Generator<Item> {
    let expected = firstSeq;
    let lastWallUs = wallUs;
    const hole = (to: number, toWallUs: number): void => {
      if (to >= expected) this.#holes.push({ from: expected, to, fromWallUs: lastWallUs, toWallUs });
    };
    for (const row of this.#source.rows('ev', firstSeq)) {
      const seq = Number(row.seq);
      const nowUs = Number(row.wall_us);
      hole(seq - 1, nowUs);
      expected = seq + 1;
      lastWallUs = nowUs;
      this.#rows += 1;
      this.#saw(nowUs);
      yield { changed: row.changed === 1, row: this.#row(row) };
    }
    hole(Math.max(chainLast, (this.#nextSeq ?? 0) - 1), lastWallUs);
  }

  #row(row: Raw): WrittenRow {
    return {
      ...{ seq: Number(row.seq), monoUs: Number(row.mono_us), wallUs: Number(row.wall_us) },
      ...{ kind: String(row.kind) as RowKind, actor: this.#actor(row.actor), machine: orNull(row.machine) },
      cause: row.cause === null || row.cause === undefined ? null : Number(row.cause),
      ...{ event: jsonText(row.event), state: jsonText(row.state) },
      effects: row.effects === null ? null : jsonText(row.effects),
      delta: row.delta === null ? null : jsonText(row.delta),
    };
  }

  *#runItems(): Generator<Item> {
    let expected = 1;
    for (const row of this.#source.rows('run')) {
      this.#lostRuns += Number(row.id) - expected;
      expected = Number(row.id) + 1;
      this.#runs += 1;
      const run: JournalRun = {
        ...{ actor: this.#actor(row.actor), direction: row.direction === 'sent' ? 'sent' : 'received' },
        ...{ source: String(row.source), priority: Number(row.priority), count: Number(row.count) },
        ...{ firstUs: Number(row.first_us), lastUs: Number(row.last_us) },
        ...{ largestGapUs: Number(row.largest_gap_us), firstWallUs: Number(row.first_wall_us) },
        afterSeq: Number(row.after_seq),
      };
      this.#saw(run.firstWallUs);
      this.#saw(run.firstWallUs + run.lastUs - run.firstUs);
      yield { run };
    }
  }

  #saw(wallUs: number): void {
    this.#times.fromWallUs = Math.min(this.#times.fromWallUs, wallUs);
    this.#times.toWallUs = Math.max(this.#times.toWallUs, wallUs);
  }

  /** Of a segment that was thinned before: rows that changed nothing. */
  #droppedSeqs(): ReadonlySet<number> {
    const seqs = new Set<number>();
    for (const { batches, digests } of this.#source.rows('dropped'))
      for (const batch of decodeDropped(String(batches), String(digests)))
        for (const seq of batch.seqs) seqs.add(seq);
    return seqs;
  }

  /** What no gap of the segment has said before. */
  #gap(hole: Hole, known: readonly GapNote[], unchanged: ReadonlySet<number>): GapNote[] {
    let lostRows = hole.to - hole.from + 1;
    for (const gap of known) {
      const overlap = Math.min(gap.toSeq, hole.to) - Math.max(gap.fromSeq, hole.from) + 1;
      lostRows -= Math.max(0, Math.min(overlap, gap.lostRows, lostRows));
    }
    if (lostRows === 0) return [];
    let thinned = 0;
    for (let seq = hole.from; seq <= hole.to && unchanged.size > 0; seq += 1)
      if (unchanged.has(seq)) thinned += 1;
    const lostChanges = Math.max(0, lostRows - thinned);
    const actors = lostChanges === 0 ? [] : [...this.#actors.values()];
    const range = { fromSeq: hole.from, toSeq: hole.to };
    const times = { fromWallUs: hole.fromWallUs, toWallUs: hole.toWallUs };
    const reason = 'they could not be read when a damaged segment was salvaged';
    const losses = { lostRows, lostChanges, lostRuns: 0, writtenLate: 0 };
    return [{ ...range, ...times, reason, ...losses, actors, segment: null }];
  }

  /** Says in the segment what it is. */
  #sign(lostRows: number, hash: Buffer | null): void {
    const db = new Database(this.#path, { fileMustExist: true });
    try {
      const { fromWallUs, toWallUs } = this.#times;
      const times = [Date.now() * 1000, Math.min(fromWallUs, toWallUs), toWallUs];
      const columns: Column[] = [1, 'salvaged', ...times, lostRows, this.#lostRuns, hash];
      const names = [...TABLES.rewritten, 'digest'];
      const values = names.map(() => '?').join(', ');
      db.prepare(`INSERT INTO rewritten(${names.join(', ')}) VALUES (${values})`).run(
        ...columns,
        digestOf('rewritten', columns),
      );
    } finally {
      db.close();
    }
  }
}

function gapOf(row: Raw): GapNote {
  return {
    ...{ fromSeq: Number(row.from_seq), toSeq: Number(row.to_seq) },
    ...{ fromWallUs: Number(row.from_wall_us), toWallUs: Number(row.to_wall_us), reason: String(row.reason) },
    ...{ lostRows: Number(row.lost_rows), lostChanges: Number(row.lost_changes) },
    ...{ lostRuns: Number(row.lost_runs), writtenLate: Number(row.written_late) },
    ...{ actors: parse<string[]>(row.actors), segment: orNull(row.segment) },
  };
}
