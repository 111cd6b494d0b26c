/** The entries of several nodes in one order, on the clock of the first of them. */
import type { JournalReader } from '../../journal/reader.ts';
import { type ClockFit, clockBetween } from '../clocks/clock-fit.ts';
import { ALL_TIME, endUncertaintyUs, type WallRange } from '../clocks/record.ts';
import { type Entry, entriesOf, mergeByTime } from '../entries.ts';
import { nodeLabel } from '../journals.ts';
import { firstSeqFrom, lastSeqTo } from '../range.ts';
import type { Point } from '../time.ts';
import { type Instant, Mastership } from './mastership.ts';
import { RoleFeed, RouterNames } from './role-feed.ts';

export interface Node {
  readonly label: string;
  readonly reader: JournalReader;
  /** Of the first node's clock to this one's; null: times are taken as they are. */
  readonly fit: ClockFit | null;
}

export interface Line {
  /** What it is merged by. */
  readonly wallUs: number;
  readonly entry: Entry;
  readonly node: Node;
  readonly at: Instant;
  /** Whether it came before or after lines of other nodes above is not known. */
  readonly isConcurrent: boolean;
}

export interface TimelineOptions {
  readonly since: Point | null;
  readonly until: Point | null;
  readonly actor: string | null;
  readonly runs: boolean;
  readonly changedOnly: boolean;
}

/** With `isRaw` nothing is compared. */
export function nodesOf(
  readers: readonly JournalReader[],
  { since, until }: Pick<TimelineOptions, 'since' | 'until'>,
  isRaw: boolean,
): readonly Node[] {
  const [reference] = readers;
  return readers.map((reader) => {
    const label = nodeLabel(reader, readers);
    if (isRaw || reference === undefined || readers.length === 1) return { label, reader, fit: null };
    const range: WallRange = {
      fromWallUs: since === null ? ALL_TIME.fromWallUs : wallOf(since, reference, readers, 'first'),
      toWallUs: until === null ? ALL_TIME.toWallUs : wallOf(until, reference, readers, 'last'),
    };
    return { label, reader, fit: clockBetween(reference, reader, range) };
  });
}

function wallOf(
  point: Point,
  reader: JournalReader,
  readers: readonly JournalReader[],
  end: 'first' | 'last',
): number {
  if (point.kind === 'time') return point.wallUs;
  const seq = end === 'first' ? firstSeqFrom(point, reader, readers) : lastSeqTo(point, reader, readers);
  return reader.row(seq)?.wallUs ?? 0;
}

export class Timeline {
  readonly nodes: readonly Node[];
  readonly mastership = new Mastership();
  readonly #names = new RouterNames();
  readonly #feeds = new Map<Node, RoleFeed>();
  /** Latest time at which a line of a node may have been. */
  readonly #latest = new Map<Node, number>();
  readonly #readers: readonly JournalReader[];
  readonly #options: TimelineOptions;

  constructor(nodes: readonly Node[], options: TimelineOptions) {
    this.nodes = nodes;
    this.#options = options;
    this.#readers = nodes.map(({ reader }) => reader);
    for (const node of nodes) this.#feeds.set(node, new RoleFeed(node.label, this.#names, this.mastership));
  }

  /** Advertisement intervals by virtual router, in microseconds. */
  get intervals(): ReadonlyMap<string, number> {
    return this.#names.intervals;
  }

  /** All lines, in order. When they are through, `mastership` is complete. */
  *lines(): Generator<Line> {
    const streams = this.nodes.map((node) => this.#stream(node));
    for (const { placed, node, at, entry } of mergeByTime(streams)) {
      const feed = this.#feeds.get(node);
      if (placed === 'end') this.mastership.lost(node.label, at);
      if (entry === null) continue;
      if (entry.type === 'row') feed?.row(entry.row, at);
      if (entry.type === 'ended')
        feed?.ended({ ...at, mostUs: at.mostUs + endUncertaintyUs(node.reader, entry.epoch) });
      const isConcurrent = [...this.#latest].some(([other, us]) => other !== node && us >= at.leastUs);
      this.#latest.set(node, Math.max(this.#latest.get(node) ?? 0, at.mostUs));
      yield { wallUs: at.us, entry, node, at, isConcurrent };
    }
  }

  *#stream(node: Node): Generator<Placed> {
    const { reader } = node;
    const { actor, runs, changedOnly } = this.#options;
    const [fromSeq, toSeq] = this.#range(node);
    this.#resume(node, fromSeq, toSeq);
    for (const entry of entriesOf(reader, { fromSeq, toSeq, actor, runs, changedOnly })) {
      const at = instantOf(node, entry);
      yield { wallUs: at.us, at, placed: 'line', node, entry };
    }
    // What came later than the last row is not known, or was not asked for.
    const last = reader.row(Math.min(toSeq, reader.lastSeq()));
    if (last === null) return;
    const isAll = last.seq === reader.lastSeq();
    const signUs = isAll ? (reader.epochs().at(-1)?.lastWallUs ?? last.wallUs) : last.wallUs;
    const at = node.fit?.toReference(Math.max(signUs, last.wallUs)) ?? exactly(signUs);
    yield { wallUs: at.us, at, placed: 'end', node, entry: null };
  }

  #range(node: Node): readonly [fromSeq: number, toSeq: number] {
    const { since, until } = this.#options;
    const own = (point: Point): Point =>
      point.kind === 'time' && node.fit !== null
        ? { kind: 'time', wallUs: node.fit.fromReference(point.wallUs) }
        : point;
    const fromSeq = since === null ? 0 : firstSeqFrom(own(since), node.reader, this.#readers);
    const most = Number.MAX_SAFE_INTEGER - 1;
    return [fromSeq, until === null ? most : lastSeqTo(own(until), node.reader, this.#readers)];
  }

  /** Who was what when the range begins, and from where each sends. */
  #resume(node: Node, fromSeq: number, toSeq: number): void {
    const { reader } = node;
    const feed = this.#feeds.get(node);
    for (const { context } of reader.statesAt(Math.min(toSeq, reader.lastSeq())))
      if (typeof context.sourceAddress === 'string') this.#names.sources.add(context.sourceAddress);
    const before = fromSeq > 1 ? reader.row(fromSeq - 1) : null;
    const first = before === null ? null : reader.row(fromSeq);
    if (before === null || first?.epoch !== before.epoch) return;
    const at = node.fit?.ofRow(before) ?? exactly(before.wallUs);
    for (const { actor, state, context } of reader.statesAt(before.seq))
      feed?.resume(actor, state, context, at);
  }
}

interface Placed {
  readonly wallUs: number;
  readonly at: Instant;
  /** `end`: nothing more is read of this node. */
  readonly placed: 'line' | 'end';
  readonly node: Node;
  readonly entry: Entry | null;
}

const exactly = (us: number): Instant => ({ us, leastUs: us, mostUs: us });

function instantOf({ fit }: Node, entry: Entry): Instant {
  if (fit === null) return exactly(entry.wallUs);
  if (entry.type === 'row') return fit.ofRow(entry.row);
  if (entry.type === 'run')
    return fit.ofRow({ epoch: entry.run.epoch, monoUs: entry.run.lastUs, wallUs: entry.wallUs });
  return fit.toReference(entry.wallUs);
}
