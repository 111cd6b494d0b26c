/** A journal directory, read-only: what relive and the visualizer see. Works on a copy, without a daemon, while one writes. */
import type { Json } from '../protocol/json.ts';
import { type Counted, countMinutes, rowTimes } from './counts.ts';
import { runIdAt, seqAt } from './find-time.ts';
import { Fold } from './fold.ts';
import { type Glimpse, glimpsesOf } from './glimpses.ts';
import { type Mark, type MarkRange, marksOf, type Piece } from './marks.ts';
import {
  type ActorState,
  type Epoch,
  JournalError,
  type RecordedRow,
  type RunGaps,
  type StoredDefinition,
  type StoredGap,
  type StoredRow,
  type StoredRun,
  type ThinnedTime,
} from './model.ts';
import { readPulse } from './pulse.ts';
import type { RowRange, RunRange } from './ranges.ts';
import { gapsOfRuns } from './run-gaps.ts';
import { distinctGaps, type SegmentReader } from './segment-reader.ts';
import { SegmentSet } from './segment-set.ts';
import { statesOfSegment } from './segment-states.ts';
import { type Standing, standingsOfSegment, wallTimesIn } from './standings.ts';

/** Runs are stored when they are closed, at most this long after they began (twice the longest run). */
const RUN_SLACK_US = 120_000_000;
const ANY_ID = Number.MAX_SAFE_INTEGER;

const runEndWallUs = (run: StoredRun): number => run.firstWallUs + (run.lastUs - run.firstUs);

function signOfLife(row: StoredRow | null, run: StoredRun | null, pulseUs: number | null): number | null {
  const times = [row?.wallUs, run === null ? null : runEndWallUs(run), pulseUs];
  return Math.max(...times.map((time) => time ?? 0)) || null;
}

export interface EpochOfRow {
  readonly epoch: Epoch;
  /** No other process start came after it. */
  readonly isNewest: boolean;
}

export class JournalReader {
  readonly directory: string;
  readonly #process: string;
  readonly #segments: SegmentSet;

  /** @throws JournalError `missing` if there is no such directory or no segment in it */
  constructor(directory: string, process = 'vrrp') {
    this.directory = directory;
    this.#process = process;
    this.#segments = new SegmentSet(directory, process);
    if (this.#segments.length === 0)
      throw new JournalError('missing', directory, 'no journal in this directory');
  }

  /** Name of the router that wrote it. */
  get node(): string {
    const { length } = this.#segments;
    return length === 0 ? '' : this.#segments.meta(length - 1).node;
  }

  /** Looks for new and vanished segments. */
  refresh(): void {
    this.#segments.refresh();
  }

  close(): void {
    this.#segments.close();
  }

  segmentFiles(): string[] {
    return this.#segments.paths();
  }

  /** The newest hash of the chain, in hexadecimal, and where it stands. */
  head(): { readonly file: string; readonly batch: number; readonly hash: string } {
    return this.#segments.at(this.#segments.length - 1).head();
  }

  firstSeq(): number {
    for (const segment of this.#segments.all()) {
      for (const row of segment.rows({})) return row.seq;
    }
    return 0;
  }

  lastSeq(): number {
    for (const segment of this.#segments.newestFirst()) {
      const seq = segment.lastSeq();
      if (seq > 0) return seq;
    }
    return 0;
  }

  /** Rows in order of seq. */
  *rows(range: RowRange = {}): Generator<StoredRow> {
    for (const segment of this.segmentsOf(range)) yield* segment.rows(range);
  }

  /** The newest rows of a range, newest first, at most so many: reads no further than those. */
  newest(range: Pick<RowRange, 'fromSeq' | 'toSeq' | 'actor'>, most: number): StoredRow[] {
    const { fromSeq = 0, toSeq = Number.MAX_SAFE_INTEGER } = range;
    const segments = this.#segments;
    const found: StoredRow[] = [];
    for (let index = segments.ofSeq(toSeq); index >= 0 && found.length < most; index--) {
      found.push(...segments.at(index).newest(range, most - found.length));
      if (segments.meta(index).first_seq <= fromSeq) break;
    }
    return found;
  }

  /** The same with their JSON unread. */
  *recorded(range: RowRange = {}): Generator<RecordedRow> {
    for (const segment of this.segmentsOf(range)) yield* segment.recorded(range);
  }

  /** Segments in which rows of a range may be, oldest first. */
  *segmentsOf({ fromSeq = 0, toSeq }: RowRange): Generator<SegmentReader> {
    const segments = this.#segments;
    for (let index = segments.ofSeq(fromSeq); index < segments.length; index++) {
      if (toSeq !== undefined && segments.meta(index).first_seq > toSeq) return;
      yield segments.at(index);
    }
  }

  /** Newest row at or before `seq` that changed this actor, in any process start; null if there is none. */
  changeBefore(actor: string, seq: number): StoredRow | null {
    for (const segment of this.#segments.newestFirst(this.#segments.ofSeq(seq))) {
      const row = segment.rowBefore(seq, actor);
      if (row !== null) return row;
    }
    return null;
  }

  /** An actor's changes at or before `seq`, newest first, in all process starts: only as much as a search needs. */
  *glimpses(actor: string, seq: number): Generator<Glimpse> {
    for (const segment of this.#segments.newestFirst(this.#segments.ofSeq(seq)))
      yield* glimpsesOf(segment, actor, seq);
  }

  /** The segments, oldest first. Sees new ones. */
  pieces(): Piece[] {
    this.refresh();
    const segments = this.#segments;
    return Array.from({ length: segments.length }, (_, index) => ({
      file: segments.name(index).file,
      epoch: segments.name(index).epoch,
      closed: index < segments.length - 1,
      firstSeq: segments.meta(index).first_seq,
      fromUs: segments.beginsWallUs(index),
    }));
  }

  /** Marks of one actor in one segment; none if the segment is there no more. */
  *marks(file: string, actor: string, range: MarkRange): Generator<Mark> {
    const index = this.#segments.indexOf(file);
    if (index >= 0) yield* marksOf(this.#segments.at(index), actor, range);
  }

  /** Rows or adverts of one segment by minute, `most` of its rows or runs after that one; nothing if it is gone. */
  counts(file: string, what: 'rows' | 'adverts', after: number, most: number): Counted {
    const index = this.#segments.indexOf(file);
    if (index < 0) return { minutes: [], upTo: after };
    return countMinutes(this.#segments.at(index), what, after, most);
  }

  /** Unix times of the rows of one segment; none if it is gone. */
  times(file: string, fromSeq: number, toSeq: number): number[] {
    const index = this.#segments.indexOf(file);
    return index < 0 ? [] : rowTimes(this.#segments.at(index), fromSeq, toSeq);
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
    const segments = this.#segments;
    for (const segment of segments.newestFirst(segments.ofWall(wallUs))) {
      const seq = seqAt(segment, wallUs);
      if (seq !== null) return seq;
    }
    return 0;
  }

  /** Every actor that the directory still knows. */
  actors(): string[] {
    return [...new Set([...this.#segments.all()].flatMap((segment) => segment.actors()))];
  }

  /** The first of these names that is an actor's, in the newest segment that knows one of them; null: none does. */
  knownOf(names: readonly string[]): string | null {
    for (const segment of this.#segments.newestFirst()) {
      const known = names.find((name) => segment.knows(name));
      if (known !== undefined) return known;
    }
    return null;
  }

  /** Runs in the order in which they were closed. */
  *runs(range: RunRange = {}): Generator<StoredRun> {
    const from = range.fromWallUs ?? 0;
    const to = range.toWallUs ?? Number.MAX_SAFE_INTEGER;
    const segments = this.#segments;
    for (let index = segments.ofWall(from - RUN_SLACK_US); index < segments.length; index++) {
      if (range.toWallUs !== undefined && segments.beginsWallUs(index) > to + RUN_SLACK_US) return;
      const segment = segments.at(index);
      const firstId = from === 0 ? 1 : runIdAt(segment, from - RUN_SLACK_US);
      // Few of an actor's may lie in between, and looking for the next one would read all the others.
      const endId = range.toWallUs === undefined ? ANY_ID : runIdAt(segment, to + RUN_SLACK_US);
      yield* segment.runs(firstId, endId, range);
    }
  }

  /** Runs that began in a range, counted by actor, direction and largest gap in steps of 10 ms; of each segment. */
  *gapsOfRuns(range: Omit<RunRange, 'leastGapUs'> = {}): Generator<RunGaps> {
    const segments = this.#segments;
    const from = range.fromWallUs ?? 0;
    for (let index = segments.ofWall(from); index < segments.length; index++) {
      if (range.toWallUs !== undefined && segments.beginsWallUs(index) > range.toWallUs) return;
      for (const gaps of gapsOfRuns(segments.at(index), from, range.toWallUs ?? Number.MAX_SAFE_INTEGER))
        if (range.actor === undefined || gaps.actor === range.actor) yield gaps;
    }
  }

  /** Gaps in order of their first seq; with bounds, those that may touch these rows, and perhaps others. */
  gaps(fromSeq = 0, toSeq = Number.MAX_SAFE_INTEGER): StoredGap[] {
    const segments = this.#segments;
    const found: StoredGap[] = [];
    // A gap is written when storage works again, which may be the next segment.
    const last = Math.min(segments.length - 1, segments.ofSeq(toSeq) + 1);
    for (let index = segments.ofSeq(fromSeq); index <= last; index++) found.push(...segments.gaps(index));
    return distinctGaps(found);
  }

  /**
   * Times of which runs and rows that changed nothing are not kept, or not any more, as far as they touch these Unix times;
   * oldest first. Whoever says of such a time that no advert came says what the journal does not know.
   */
  thinned(fromWallUs = 0, toWallUs = Number.MAX_SAFE_INTEGER): ThinnedTime[] {
    const segments = this.#segments;
    const found: ThinnedTime[] = [];
    // A run is stored up to a minute after it began, perhaps in the next segment.
    for (let index = segments.ofWall(fromWallUs - RUN_SLACK_US); index < segments.length; index++) {
      if (segments.beginsWallUs(index) > toWallUs + RUN_SLACK_US) break;
      const { file, meta, rewritten } = segments.at(index);
      if (rewritten === null || rewritten.rows + rewritten.runs === 0) continue;
      const { fromWallUs: from, toWallUs: to, atWallUs: thinnedWallUs, rows, runs } = rewritten;
      if (from > toWallUs || to < fromWallUs) continue;
      const { node, epoch } = meta;
      found.push({ node, epoch, segment: file, fromWallUs: from, toWallUs: to, thinnedWallUs, rows, runs });
    }
    return found;
  }

  /** Whether rows or runs were taken out of a segment after it was closed. */
  hasRewrittenSegments(): boolean {
    for (const segment of this.#segments.all()) if (segment.rewritten !== null) return true;
    return false;
  }

  /** Machines and configurations, the newest of each content last. */
  definitions(): StoredDefinition[] {
    const found = new Map<string, StoredDefinition>();
    for (const segment of this.#segments.all()) {
      for (const definition of segment.definitions()) {
        const key = `${definition.kind} ${definition.name} ${definition.sha256}`;
        found.delete(key);
        found.set(key, definition);
      }
    }
    return [...found.values()];
  }

  /** The process start to which a row belongs; null: no row is that old. Opens no segments of others. */
  epochOf(seq: number): EpochOfRow | null {
    const segments = this.#segments;
    const index = segments.ofSeq(seq);
    if (segments.meta(index).first_seq > seq) return null;
    const { epoch } = segments.name(index);
    const [first] = segments.epochUpTo(index);
    let last = index;
    while (last + 1 < segments.length && segments.name(last + 1).epoch === epoch) last += 1;
    return { epoch: this.#epoch(first, last), isNewest: last === segments.length - 1 };
  }

  /** Process starts that the directory still knows, oldest first. */
  epochs(): Epoch[] {
    const segments = this.#segments;
    const epochs: Epoch[] = [];
    for (let last = segments.length - 1; last >= 0; ) {
      const [first] = segments.epochUpTo(last);
      epochs.push(this.#epoch(first, last));
      last = first - 1;
    }
    return epochs.reverse();
  }

  #epoch(first: number, last: number): Epoch {
    const segments = this.#segments;
    const end = segments.at(last);
    const row = this.#newest(first, last, (segment) => segment.rowBefore(Number.MAX_SAFE_INTEGER));
    const run = this.#newest(first, last, (segment) => segment.lastRun());
    const { meta } = segments.at(first);
    const pulseUs = readPulse(this.directory, this.#process, meta.epoch);
    // Runs that were thinned out were signs of life, too.
    const thinnedUs = this.#newest(Math.max(first, last - 1), last, ({ rewritten }) => rewritten)?.toWallUs;
    return {
      node: meta.node,
      epoch: meta.epoch,
      bootId: meta.boot_id,
      pid: end.meta.pid,
      firstSeq: meta.first_seq,
      lastSeq: row?.seq ?? 0,
      startWallUs: segments.beginsWallUs(first),
      startMonoUs: meta.mono_us,
      lastWallUs: signOfLife(row, run, Math.max(pulseUs ?? 0, thinnedUs ?? 0)) ?? meta.wall_us,
      endedCleanly: row?.event.type === 'process.stopped',
      isSealed: end.isSealed,
    };
  }

  #newest<T>(first: number, last: number, find: (segment: SegmentReader) => T | null): T | null {
    for (let index = last; index >= first; index--) {
      const found = find(this.#segments.at(index));
      if (found !== null) return found;
    }
    return null;
  }

  /** Every actor alive in the process that wrote row `seq`, as it was after that row. */
  statesAt(seq: number, wanted: (actor: string) => boolean = () => true): ActorState[] {
    const [first, last] = this.#epochUpTo(seq);
    const doubted = this.#doubted(first, last);
    const isSure = (actor: string): boolean => wanted(actor) && !doubted.has(actor);
    const walked = [...doubted].filter(wanted).map((actor) => this.stateAt(actor, seq));
    return [
      ...statesOfSegment(this.#segments.at(last), seq, isSure),
      ...walked.filter((state) => state !== null),
    ];
  }

  /** Actors of which the last of these segments does not tell everything: rows of theirs were lost, there or before. */
  #doubted(first: number, last: number): ReadonlySet<string> {
    const lost = this.#segments.gaps(last).flatMap(({ actors }) => actors);
    const unknown = last === first ? [] : this.#segments.beganInDoubt(last);
    if (unknown !== null) return new Set([...lost, ...unknown]);
    const all = new Set<string>();
    for (let index = first; index <= last; index++)
      for (const actor of this.#segments.at(index).actors()) all.add(actor);
    return all;
  }

  /** Where every actor of the process that wrote row `seq` stood after it: a part of `statesAt` in a part of its time. */
  standingsAt(seq: number): Standing[] {
    const [first, last] = this.#epochUpTo(seq);
    const isInDoubt = this.#doubted(first, last).size > 0;
    const found: readonly Standing[] = isInDoubt
      ? this.statesAt(seq).map(({ actor, machine, seq: at, state }) => ({
          ...{ actor, machine, seq: at, wallUs: null, state },
        }))
      : standingsOfSegment(this.#segments.at(last), seq);
    const times = new Map<number, number>();
    let missing = found.filter(({ wallUs }) => wallUs === null).map((standing) => standing.seq);
    for (let index = last; index >= first && missing.length > 0; index--) {
      for (const [at, us] of wallTimesIn(this.#segments.at(index), missing)) times.set(at, us);
      missing = missing.filter((at) => !times.has(at));
    }
    return found.map((standing) => ({
      ...standing,
      wallUs: standing.wallUs ?? times.get(standing.seq) ?? null,
    }));
  }

  /** State value of an actor just before row `seq`; null if the row is its first in this process. */
  stateBefore(actor: string, seq: number): Json | null {
    const [first, last] = this.#epochUpTo(seq);
    return (
      this.#newest(first, last, (segment) => {
        const row = segment.rowBefore(seq - 1, actor);
        return row !== null ? row : segment.snapshot(actor, seq - 1);
      })?.state ?? null
    );
  }

  /** One actor as it was after row `seq`; null if it did not exist in that process. */
  stateAt(actor: string, seq: number): ActorState | null {
    const [first, last] = this.#epochUpTo(seq);
    let start = last;
    let base: ActorState | null = null;
    for (; start >= first; start -= 1) {
      base = this.#segments.at(start).snapshot(actor, seq);
      if (base !== null) break;
    }
    const fold = new Fold();
    if (base !== null) fold.put(base);
    let trusted = base?.seq ?? 0;
    for (let index = Math.max(first, start); index <= last; index++) {
      for (const row of this.#segments.at(index).changes(actor, (base?.seq ?? 0) + 1, seq)) {
        fold.apply(row);
        if (row.kind === 'start') trusted = row.seq;
      }
    }
    const isDoubtful = this.#gapsOf(Math.max(first, start), last).some(
      (gap) => gap.actors.includes(actor) && gap.fromSeq > trusted && gap.fromSeq <= seq,
    );
    if (isDoubtful) fold.doubt(actor);
    return fold.get(actor) ?? null;
  }

  #gapsOf(first: number, last: number): StoredGap[] {
    const gaps: StoredGap[] = [];
    for (let index = first; index <= last; index++) gaps.push(...this.#segments.gaps(index));
    return gaps;
  }

  /** Segments of the process that wrote row `seq`, up to the one that holds it. */
  #epochUpTo(seq: number): readonly [first: number, last: number] {
    return this.#segments.epochUpTo(this.#segments.ofSeq(seq));
  }
}
