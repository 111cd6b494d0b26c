/** States over time, for the lanes of the timeline. Exact while it fits, sampled when it does not. */
import type { Json } from '../protocol/json.ts';
import type { GapView, Lane, Span, Tick, TimelineAnswer } from './api.ts';
import { nowUs } from './queries.ts';
import type { JournalSource, SourceEpoch } from './source.ts';

/** Rows of one lane that are read one by one. */
const MAX_EXACT_ROWS = 4_000;
/** Rows of a node that are looked at before its lanes are sampled instead. */
const MAX_SCAN = 50_000;
const MAX_TICKS = 1_500;
/** Points in time at which a lane is sampled: more than a screen has pixels for bars. */
const SAMPLES = 400;
const MAX_GAPS = 1_000;
const MAX_LANES = 400;

interface Window {
  readonly fromUs: number;
  readonly toUs: number;
  /** Only this actor's lanes; null: everybody's. */
  readonly actor: string | null;
}

/** Collects the states of one actor; a state lasts until the next one or the end of its process. */
class LaneBuilder {
  readonly #window: Window;
  readonly spans: Span[] = [];
  readonly ticks: Tick[] = [];
  sampled = false;
  #open: {
    readonly fromUs: number;
    readonly seq: number;
    readonly state: Json;
    readonly endUs: number;
  } | null = null;
  #key = '';

  constructor(window: Window) {
    this.#window = window;
  }

  state(atUs: number, seq: number, state: Json, { ended, lastUs }: SourceEpoch): void {
    const key = JSON.stringify(state);
    const endUs = ended ? lastUs : this.#window.toUs;
    if (this.#open !== null && key === this.#key && this.#open.endUs === endUs) return;
    this.#close(atUs);
    this.#key = key;
    this.#open = { fromUs: atUs, seq, state, endUs };
  }

  tick(tick: Tick): void {
    if (this.ticks.length < MAX_TICKS) this.ticks.push(tick);
    else this.sampled = true;
  }

  finish(): Pick<Lane, 'spans' | 'ticks' | 'sampled'> {
    this.#close(this.#window.toUs);
    return { spans: this.spans, ticks: this.ticks, sampled: this.sampled };
  }

  #close(atUs: number): void {
    if (this.#open === null) return;
    const { seq, state, endUs } = this.#open;
    const fromUs = Math.max(this.#open.fromUs, this.#window.fromUs);
    const toUs = Math.min(atUs, endUs, this.#window.toUs);
    if (toUs >= fromUs) this.spans.push({ fromUs, toUs, seq, state });
    this.#open = null;
  }
}

function isWanted({ actor: wanted }: Window, actor: string): boolean {
  return wanted === null || wanted === actor;
}

function epochOf(epochs: readonly SourceEpoch[], seq: number): SourceEpoch | undefined {
  return epochs.findLast(({ firstSeq }) => firstSeq <= seq);
}

/** Actors alive at the window's beginning, and those that come into being inside it. */
function builders(
  source: JournalSource,
  window: Window,
  epochs: readonly SourceEpoch[],
): Map<string, LaneBuilder> {
  const lanes = new Map<string, LaneBuilder>();
  const first = source.seqAt(window.fromUs);
  const epoch = epochOf(epochs, first);
  for (const { actor, machine, state, seq } of first === 0 ? [] : source.statesAt(first)) {
    if (machine === null || epoch === undefined || !isWanted(window, actor)) continue;
    const lane = new LaneBuilder(window);
    lane.state(window.fromUs, seq, state, epoch);
    lanes.set(actor, lane);
  }
  return lanes;
}

function exact(
  source: JournalSource,
  window: Window,
  from: number,
  to: number,
): Map<string, LaneBuilder> | null {
  const epochs = source.epochs();
  const lanes = builders(source, window, epochs);
  let read = 0;
  const range = { fromSeq: from, toSeq: to, ...(window.actor === null ? {} : { actor: window.actor }) };
  for (const row of source.rows(range)) {
    read += 1;
    if (read > MAX_EXACT_ROWS * Math.max(1, lanes.size)) return null;
    const epoch = epochOf(epochs, row.seq);
    if (row.machine === null || epoch === undefined) continue;
    let lane = lanes.get(row.actor);
    if (lane === undefined) {
      if (lanes.size >= MAX_LANES) continue;
      lane = new LaneBuilder(window);
      lanes.set(row.actor, lane);
    }
    lane.state(row.wallUs, row.seq, row.state, epoch);
    lane.tick({ timeUs: row.wallUs, seq: row.seq, input: row.cause === null });
  }
  return lanes;
}

/** States of the known actors at even steps. A change that is undone between two samples does not show. */
function sampled(source: JournalSource, window: Window): Map<string, LaneBuilder> {
  const epochs = source.epochs();
  const lanes = builders(source, window, epochs);
  for (const { actor, machine } of source.statesAt(source.seqAt(window.toUs))) {
    const isNew = machine !== null && !lanes.has(actor) && isWanted(window, actor);
    if (isNew && lanes.size < MAX_LANES) lanes.set(actor, new LaneBuilder(window));
  }
  const step = (window.toUs - window.fromUs) / SAMPLES;
  let before = 0;
  for (let sample = 1; sample <= SAMPLES; sample += 1) {
    const timeUs = Math.round(window.fromUs + sample * step);
    const newest = source.seqAt(timeUs);
    const epoch = epochOf(epochs, newest);
    if (newest === before || epoch === undefined) continue;
    before = newest;
    for (const [actor, lane] of lanes) {
      const state = source.stateBefore(actor, newest + 1);
      if (state !== null) lane.state(timeUs, newest, state, epoch);
    }
  }
  for (const lane of lanes.values()) lane.sampled = true;
  return lanes;
}

function lanesOf(source: JournalSource, window: Window): Lane[] {
  const from = source.seqAt(window.fromUs - 1) + 1;
  const to = source.seqAt(window.toUs);
  const lanes = (to - from < MAX_SCAN ? exact(source, window, from, to) : null) ?? sampled(source, window);
  return [...lanes].map(([actor, lane]) => ({ node: source.node, actor, ...lane.finish() }));
}

function gapsOf(source: JournalSource, window: Window): GapView[] {
  return source
    .gaps()
    .filter(({ fromUs, toUs }) => fromUs <= window.toUs && toUs >= window.fromUs)
    .map(({ fromUs, toUs, reason, lostRows }) => ({ node: source.node, fromUs, toUs, reason, lostRows }));
}

export function timeline(
  sources: readonly JournalSource[],
  fromUs: number,
  toUs: number,
  actor: string | null = null,
): TimelineAnswer {
  const window = { fromUs, toUs: Math.max(fromUs + 1, Math.min(toUs, nowUs())), actor };
  return {
    fromUs,
    toUs: window.toUs,
    lanes: sources.flatMap((source) => lanesOf(source, window)),
    gaps: sources.flatMap((source) => gapsOf(source, window)).slice(0, MAX_GAPS),
  };
}
