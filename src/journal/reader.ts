/** A journal directory, read-only: what relive and the visualizer see. Works on a copy, without a daemon, while one writes. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../protocol/json.ts';
import { Fold } from './fold.ts';
import { bySegmentAge, parseSegmentFile, type SegmentName } from './format.ts';
import {
  type ActorState,
  type Epoch,
  JournalError,
  type StoredDefinition,
  type StoredGap,
  type StoredRow,
  type StoredRun,
} from './model.ts';
import { readPulse } from './pulse.ts';
import { distinctGaps, journalError, type MetaRow, type RowRange, SegmentReader } from './segment-reader.ts';

/** Runs are stored when they are closed, at most this long after they began (twice the longest run). */
const RUN_SLACK_US = 120_000_000;

export interface RunRange {
  readonly actor?: string;
  /** Unix times; a run counts if any part of it lies between them. */
  readonly fromWallUs?: number;
  readonly toWallUs?: number;
}

const runEndWallUs = (run: StoredRun): number => run.firstWallUs + (run.lastUs - run.firstUs);

function signOfLife(
  before: Epoch | undefined,
  row: StoredRow | null,
  run: StoredRun | null,
  pulseUs: number | null,
): number | null {
  const times = [before?.lastWallUs, row?.wallUs, run === null ? null : runEndWallUs(run), pulseUs];
  return Math.max(...times.map((time) => time ?? 0)) || null;
}

export class JournalReader {
  readonly directory: string;
  readonly #process: string;
  readonly #open = new Map<string, SegmentReader>();
  readonly #metas = new Map<string, MetaRow>();
  #names: SegmentName[] = [];

  /** @throws JournalError `missing` if there is no such directory or no segment in it */
  constructor(directory: string, process = 'vrrp') {
    this.directory = directory;
    this.#process = process;
    this.refresh();
    if (this.#names.length === 0)
      throw new JournalError('missing', directory, 'no journal in this directory');
  }

  /** Name of the router that wrote it. */
  get node(): string {
    const newest = this.#names.at(-1);
    return newest === undefined ? '' : this.#meta(newest).node;
  }

  /** Looks for new and vanished segments. */
  refresh(): void {
    let files: string[];
    try {
      files = readdirSync(this.directory);
    } catch (error) {
      throw journalError(this.directory, error);
    }
    this.#names = files
      .map(parseSegmentFile)
      .filter((name): name is SegmentName => name !== null && name.process === this.#process)
      .sort(bySegmentAge);
    const newest = this.#names.at(-1)?.file;
    // Holding an older segment open would keep its writer from sealing it; a copy would grow old.
    for (const [file, segment] of this.#open) {
      if (segment.isSealed || (file === newest && !segment.isCopy)) continue;
      segment.close();
      this.#open.delete(file);
    }
  }

  close(): void {
    for (const segment of this.#open.values()) segment.close();
    this.#open.clear();
  }

  segmentFiles(): string[] {
    return this.#names.map(({ file }) => join(this.directory, file));
  }

  firstSeq(): number {
    for (const segment of this.#segments()) {
      for (const row of segment.rows({})) return row.seq;
    }
    return 0;
  }

  lastSeq(): number {
    for (const segment of this.#newestFirst()) {
      const seq = segment.lastSeq();
      if (seq > 0) return seq;
    }
    return 0;
  }

  /** Rows in order of seq. */
  *rows(range: RowRange = {}): Generator<StoredRow> {
    const names = this.#names;
    for (const [i, name] of names.entries()) {
      const next = names[i + 1];
      if (range.toSeq !== undefined && this.#meta(name).first_seq > range.toSeq) return;
      const isOver = next !== undefined && this.#meta(next).first_seq <= (range.fromSeq ?? 0);
      if (!isOver) yield* this.#segment(name).rows(range);
    }
  }

  /** Newest row at or before `seq` that changed this actor, in any process start; null if there is none. */
  changeBefore(actor: string, seq: number): StoredRow | null {
    for (const name of [...this.#names].reverse()) {
      if (this.#meta(name).first_seq > seq) continue;
      const row = this.#segment(name).rowBefore(seq, actor);
      if (row !== null) return row;
    }
    return null;
  }

  row(seq: number): StoredRow | null {
    for (const row of this.rows({ fromSeq: seq, toSeq: seq })) return row;
    return null;
  }

  /** Rows after a seq, at most `limit`: what a follower asks for again and again. Sees new segments. */
  tail(afterSeq: number, limit = 1000): StoredRow[] {
    this.refresh();
    const rows: StoredRow[] = [];
    for (const row of this.rows({ fromSeq: afterSeq + 1 })) {
      rows.push(row);
      if (rows.length >= limit) break;
    }
    return rows;
  }

  /** seq of the newest row at or before a Unix time; 0 if there is none. After a clock step it is only near. */
  seqAt(wallUs: number): number {
    for (const segment of this.#newestFirst()) {
      const seq = segment.seqAt(wallUs);
      if (seq !== null) return seq;
    }
    return 0;
  }

  /** Every actor that the directory still knows. */
  actors(): string[] {
    return [...new Set([...this.#segments()].flatMap((segment) => segment.actors()))];
  }

  /** Runs in the order in which they were closed. */
  *runs(range: RunRange = {}): Generator<StoredRun> {
    const from = range.fromWallUs ?? 0;
    const to = range.toWallUs ?? Number.MAX_SAFE_INTEGER;
    const names = this.#names;
    for (const [i, name] of names.entries()) {
      const next = names[i + 1];
      if (next !== undefined && this.#meta(next).wall_us + RUN_SLACK_US < from) continue;
      const segment = this.#segment(name);
      for (const { run } of segment.runs(from === 0 ? 1 : segment.runIdAt(from - RUN_SLACK_US))) {
        if (run.firstWallUs > to + RUN_SLACK_US) break;
        const isInside = run.firstWallUs <= to && runEndWallUs(run) >= from;
        if (isInside && (range.actor === undefined || run.actor === range.actor)) yield run;
      }
    }
  }

  /** Gaps in order of their first seq. */
  gaps(): StoredGap[] {
    return distinctGaps([...this.#segments()].flatMap((segment) => segment.gaps()));
  }

  /** Machines and configurations, the newest of each content last. */
  definitions(): StoredDefinition[] {
    const found = new Map<string, StoredDefinition>();
    for (const segment of this.#segments()) {
      for (const definition of segment.definitions()) {
        const key = `${definition.kind} ${definition.name} ${definition.sha256}`;
        found.delete(key);
        found.set(key, definition);
      }
    }
    return [...found.values()];
  }

  /** Process starts that the directory still knows, oldest first. */
  epochs(): Epoch[] {
    const epochs = new Map<number, Epoch>();
    for (const segment of this.#segments()) {
      const { meta } = segment;
      const before = epochs.get(meta.epoch);
      const last = segment.rowBefore(Number.MAX_SAFE_INTEGER);
      const run = segment.lastRun();
      const begin = before === undefined ? segment.rows({}).next().value : undefined;
      epochs.set(meta.epoch, {
        node: meta.node,
        epoch: meta.epoch,
        bootId: meta.boot_id,
        pid: meta.pid,
        firstSeq: before?.firstSeq ?? meta.first_seq,
        lastSeq: last?.seq ?? before?.lastSeq ?? 0,
        startWallUs: before?.startWallUs ?? begin?.wallUs ?? meta.wall_us,
        startMonoUs: before?.startMonoUs ?? meta.mono_us,
        lastWallUs:
          signOfLife(before, last, run, readPulse(this.directory, this.#process, meta.epoch)) ?? meta.wall_us,
        endedCleanly: last === null ? (before?.endedCleanly ?? false) : last.event.type === 'process.stopped',
        isSealed: segment.isSealed,
      });
    }
    return [...epochs.values()];
  }

  /** Every actor alive in the process that wrote row `seq`, as it was after that row. */
  statesAt(seq: number): ActorState[] {
    const segments = this.#epochSegments(seq);
    const actors = new Set(segments.flatMap((segment) => segment.actors()));
    return [...actors]
      .map((actor) => this.#fold(actor, seq, segments))
      .filter((s): s is ActorState => s !== null);
  }

  /** One actor as it was after row `seq`; null if it did not exist in that process. */
  stateAt(actor: string, seq: number): ActorState | null {
    return this.#fold(actor, seq, this.#epochSegments(seq));
  }

  /** State value of an actor just before row `seq`; null if the row is its first in this process. */
  stateBefore(actor: string, seq: number): Json | null {
    for (const segment of this.#epochSegments(seq).reverse()) {
      const row = segment.rowBefore(seq - 1, actor);
      if (row !== null) return row.state;
      const snapshot = segment.snapshot(actor, seq - 1);
      if (snapshot !== null) return snapshot.state;
    }
    return null;
  }

  #fold(actor: string, seq: number, segments: readonly SegmentReader[]): ActorState | null {
    let start = segments.length - 1;
    let base: ActorState | null = null;
    for (; start >= 0; start -= 1) {
      base = segments[start]?.snapshot(actor, seq) ?? null;
      if (base !== null) break;
    }
    const fold = new Fold();
    if (base !== null) fold.put(base);
    let trusted = base?.seq ?? 0;
    for (const segment of segments.slice(Math.max(0, start))) {
      for (const row of segment.changes(actor, (base?.seq ?? 0) + 1, seq)) {
        fold.apply(row);
        if (row.kind === 'start') trusted = row.seq;
      }
    }
    const gaps = segments.flatMap((segment) => segment.gaps());
    const isDoubtful = gaps.some(
      (gap) => gap.actors.includes(actor) && gap.fromSeq > trusted && gap.fromSeq <= seq,
    );
    if (isDoubtful) fold.doubt(actor);
    return fold.get(actor) ?? null;
  }

  /** Segments of the process that wrote row `seq`, up to the one that holds it. */
  #epochSegments(seq: number): SegmentReader[] {
    const upTo: SegmentName[] = [];
    for (const name of this.#names) {
      if (this.#meta(name).first_seq > seq && upTo.length > 0) break;
      upTo.push(name);
    }
    const epoch = upTo.at(-1)?.epoch;
    return upTo.filter((name) => name.epoch === epoch).map((name) => this.#segment(name));
  }

  *#segments(): Generator<SegmentReader> {
    for (const name of this.#names) yield this.#segment(name);
  }

  *#newestFirst(): Generator<SegmentReader> {
    for (const name of [...this.#names].reverse()) yield this.#segment(name);
  }

  /** Kept when a segment is closed: a follower asks for it at every look. */
  #meta(name: SegmentName): MetaRow {
    const known = this.#metas.get(name.file);
    if (known !== undefined) return known;
    const { meta } = this.#segment(name);
    this.#metas.set(name.file, meta);
    return meta;
  }

  #segment(name: SegmentName): SegmentReader {
    const known = this.#open.get(name.file);
    if (known !== undefined) return known;
    const segment = SegmentReader.open(join(this.directory, name.file));
    this.#open.set(name.file, segment);
    return segment;
  }
}
