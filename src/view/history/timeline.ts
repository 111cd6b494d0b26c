/** States over time, for the lanes of the timeline: of any window, as exact as its picture can be. */
import type { GapView, Lane, TimelineAnswer } from '../api.ts';
import { nowUs } from '../queries.ts';
import type { JournalSource, SourceEpoch, SourcePiece } from '../source.ts';
import { ColumnCache } from './columns.ts';
import { LaneBuilder } from './lane-builder.ts';

/** Pieces of all lanes: three windows of pixels for a dozen of them. */
const MOST_PIECES = 60_000;
/** Rows of a node in a window up to which those that changed nothing are looked at, too. */
const MOST_LOOKED_AT = 8_000;
const MOST_GAPS = 1_000;
const MOST_LANES = 400;
const COARSER = 4;

export interface TimelineWindow {
  readonly fromUs: number;
  readonly toUs: number;
  /** The least time that the picture can tell apart. */
  readonly cellUs: number;
  /** Only lanes of these; null: everybody's. */
  readonly actors: readonly string[] | null;
}

/** One source's part of a window. */
interface Reach {
  readonly source: JournalSource;
  readonly window: TimelineWindow;
  readonly pieces: readonly SourcePiece[];
  readonly epochs: readonly SourceEpoch[];
  /** Newest row before the window, and newest in it. */
  readonly beforeSeq: number;
  readonly lastSeq: number;
  readonly cache: ColumnCache;
}

function reachOf(source: JournalSource, window: TimelineWindow, cache: ColumnCache): Reach {
  const all = source.pieces();
  // The piece before the window holds the state that it begins with.
  const pieces = all.filter(
    ({ fromUs }, index) =>
      fromUs <= window.toUs && (all[index + 1]?.fromUs ?? Number.POSITIVE_INFINITY) >= window.fromUs,
  );
  return {
    ...{ source, window, pieces, cache },
    epochs: source.epochs(),
    beforeSeq: source.seqAt(window.fromUs - 1),
    lastSeq: source.lastSeq(),
  };
}

/** The state that an actor had when the window began, if its process lived then. */
function begin(
  builder: LaneBuilder,
  { source, window, epochs, beforeSeq, cache }: Reach,
  actor: string,
): void {
  if (beforeSeq === 0) return;
  const epoch = epochs.findLast(({ firstSeq }) => firstSeq <= beforeSeq);
  if (epoch === undefined || (epoch.ended && epoch.lastUs < window.fromUs)) return;
  const found = source.stateAt(actor, beforeSeq);
  if (found === null || found.machine === null) return;
  builder.begin(found.seq, cache.states.idOf(JSON.stringify(found.state)));
}

/** False: more pieces than a picture takes. */
function feed(builder: LaneBuilder, reach: Reach, actor: string): boolean {
  const { source, window, pieces, epochs, beforeSeq, lastSeq, cache } = reach;
  const toSeq = source.seqAt(window.toUs);
  const unchanged = toSeq - beforeSeq <= MOST_LOOKED_AT;
  let epoch: SourceEpoch | undefined;
  for (const piece of pieces) {
    if (epoch !== undefined && piece.epoch !== epoch.epoch) builder.end(epoch.lastUs);
    epoch = epochs.find((candidate) => candidate.epoch === piece.epoch);
    if (unchanged) {
      for (const [seq, wallUs, input, state] of source.marks(piece.file, actor, {
        ...{ fromSeq: beforeSeq + 1, toSeq },
        unchanged,
      })) {
        builder.row(wallUs, seq, cache.states.idOf(state), input === 1);
      }
      continue;
    }
    const columns = cache.of(source, piece, actor, lastSeq);
    const { length, seqs, times, states, inputs } = columns;
    for (let at = columns.firstAt(window.fromUs); at < length; at += 1) {
      const timeUs = times[at] ?? 0;
      if (timeUs > window.toUs) break;
      builder.row(timeUs, seqs[at] ?? 0, states[at] ?? 0, inputs[at] === 1);
      if (builder.size > MOST_PIECES) return false;
    }
  }
  if (epoch?.ended === true && epoch.lastUs < window.toUs) builder.end(epoch.lastUs);
  return true;
}

function laneOf(reach: Reach, actor: string, cellUs: number): Lane | null {
  const { source, window } = reach;
  const builder = new LaneBuilder(window.fromUs, window.toUs, cellUs);
  begin(builder, reach, actor);
  if (!feed(builder, reach, actor)) return null;
  return { node: source.node, actor, ...builder.finish() };
}

function actorsOf({ source, window, beforeSeq }: Reach): readonly string[] {
  if (window.actors !== null) return window.actors;
  const seqs = [beforeSeq, source.seqAt(window.toUs)];
  const known = seqs.flatMap((seq) => (seq === 0 ? [] : source.statesAt(seq)));
  const names = known.filter(({ machine }) => machine !== null).map(({ actor }) => actor);
  return [...new Set(names)].slice(0, MOST_LANES);
}

function gapsOf(source: JournalSource, { fromUs, toUs }: TimelineWindow): GapView[] {
  return source
    .gaps()
    .filter((gap) => gap.fromUs <= toUs && gap.toUs >= fromUs)
    .map((gap) => ({ node: source.node, ...gap }));
}

/** Keeps what it read, see ColumnCache. */
export class Timelines {
  readonly #cache: ColumnCache;

  constructor(cache: ColumnCache = new ColumnCache()) {
    this.#cache = cache;
  }

  get cache(): ColumnCache {
    return this.#cache;
  }

  timeline(sources: readonly JournalSource[], asked: TimelineWindow): TimelineAnswer {
    const toUs = Math.max(asked.fromUs + 1, Math.min(asked.toUs, nowUs()));
    const window = { ...asked, toUs };
    const reaches = sources.map((source) => reachOf(source, window, this.#cache));
    let cellUs = Math.max(1, Math.floor(window.cellUs));
    let lanes = lanesOf(reaches, cellUs);
    // One cell for everything is few enough, so this ends.
    while (lanes === null) {
      cellUs *= COARSER;
      lanes = lanesOf(reaches, cellUs);
    }
    const gaps = sources.flatMap((source) => gapsOf(source, window)).slice(0, MOST_GAPS);
    return { fromUs: window.fromUs, toUs, cellUs, ...renumbered(lanes, this.#cache), gaps };
  }
}

/** Null: too much at this scale. */
function lanesOf(reaches: readonly Reach[], cellUs: number): Lane[] | null {
  const lanes: Lane[] = [];
  let pieces = 0;
  for (const reach of reaches) {
    for (const actor of actorsOf(reach)) {
      const lane = laneOf(reach, actor, cellUs);
      if (lane === null) return null;
      const size = lane.spans.length + lane.dense.length + lane.ticks.length;
      pieces += size;
      if (pieces > MOST_PIECES) return null;
      if (size > 0) lanes.push(lane);
    }
  }
  return lanes;
}

/** With only those states that the answer names. */
function renumbered(
  lanes: readonly Lane[],
  { states: table }: ColumnCache,
): Pick<TimelineAnswer, 'lanes' | 'states'> {
  const numbers = new Map<number, number>();
  const numberOf = (state: number): number => {
    if (state < 0) return state;
    const known = numbers.get(state);
    if (known !== undefined) return known;
    numbers.set(state, numbers.size);
    return numbers.size - 1;
  };
  const renamed = lanes.map((lane) => ({
    ...lane,
    spans: lane.spans.map((span) => ({ ...span, state: numberOf(span.state) })),
    dense: lane.dense.map((piece) => ({ ...piece, states: piece.states.map(numberOf) })),
  }));
  return { lanes: renamed, states: [...numbers.keys()].map((state) => table.values[state] ?? null) };
}
