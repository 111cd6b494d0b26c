/** Figures of the histories of one or several nodes. */
import { statSync } from 'node:fs';
import type { Epoch } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { Json } from '../../protocol/json.ts';
import { nodeLabel } from '../journals.ts';
import { explain } from '../why/explain.ts';
import { isMastershipChange } from '../why/focus.ts';
import type { RowChange, Witness } from '../why/model.ts';
import { count } from './group.ts';
import { type By, Groups, Tally } from './tally.ts';

export interface StatsOptions {
  readonly by: By;
  /** Bounds of seqs of each reader; inclusive. */
  readonly rangeOf: (reader: JournalReader) => readonly [fromSeq: number, toSeq: number];
  readonly actor: string | null;
}

export interface Jitter {
  readonly node: string;
  readonly actor: string;
  readonly direction: 'sent' | 'received';
  readonly adverts: number;
  readonly largestGapUs: number;
  /** Runs by their largest gap, in steps of 10 ms. */
  readonly buckets: ReadonlyMap<number, number>;
}

export interface Stats {
  readonly groups: Groups;
  /** Verdicts of `why` by how often, with `by: 'cause'`. */
  readonly verdicts: ReadonlyMap<string, number>;
  /** Changes of mastership, and how many of them `why` was asked about. */
  readonly changes: number;
  readonly explained: number;
  readonly journals: readonly JournalSize[];
}

export interface JournalSize {
  readonly node: string;
  readonly bytes: number;
  readonly days: number;
}

/** So many changes are explained; of more, evenly chosen ones. */
const MOST_EXPLAINED = 300;
const DAY_US = 86_400_000_000;

export function gatherStats(readers: readonly JournalReader[], options: StatsOptions): Stats {
  const groups = new Groups(options.by);
  const witnesses = readers.map((reader) => ({ name: nodeLabel(reader, readers), reader }));
  const sample = new Sample(options.by === 'cause' ? MOST_EXPLAINED : 0);
  for (const witness of witnesses) readNode(witness, groups, sample, options);
  const verdicts = new Map<string, number>();
  for (const change of sample.kept) count(verdicts, explain(change, witnesses).verdict);
  const { seen: changes, kept } = sample;
  return { groups, verdicts, changes, explained: kept.length, journals: witnesses.map(sizeOf) };
}

function readNode(witness: Witness, groups: Groups, sample: Sample, { rangeOf, actor }: StatsOptions): void {
  const { reader, name } = witness;
  const [fromSeq, toSeq] = rangeOf(reader);
  const epochs = reader.epochs();
  let tally: Tally | null = null;
  let last: { epoch: number; seq: number; monoUs: number; wallUs: number } | null = null;
  const states = new Map<string, Json>();
  const only = actor === null ? {} : { actor };
  for (const row of reader.rows({ fromSeq, toSeq, changedOnly: true, ...only })) {
    if (row.epoch !== last?.epoch) {
      if (tally !== null && last !== null) endOf(tally, last, epochs);
      tally = new Tally(name, groups);
      states.clear();
      if (last === null) begin(tally, states, witness, row.seq - 1, actor);
    }
    const before = states.get(row.actor) ?? null;
    if (row.kind !== 'note') states.set(row.actor, row.state);
    tally?.row(row, before);
    if (row.actor.startsWith('vrrp/') && row.kind !== 'note') {
      const change: RowChange = { kind: 'row', witness, actor: row.actor, wallUs: row.wallUs, row, before };
      if (isMastershipChange(change)) sample.offer(change);
    }
    last = row;
  }
  if (tally !== null && last !== null) endOf(tally, last, toSeq < reader.lastSeq() ? [] : epochs);
}

/** Actors as they were before the first row, if its process ran already. */
function begin(
  tally: Tally,
  states: Map<string, Json>,
  { reader }: Witness,
  seq: number,
  actor: string | null,
): void {
  const before = seq > 0 ? reader.row(seq) : null;
  if (before === null || reader.row(seq + 1)?.epoch !== before.epoch) return;
  for (const state of reader.statesAt(seq)) {
    if (actor !== null && state.actor !== actor) continue;
    states.set(state.actor, state.state);
    tally.resume(state, before.monoUs, before.wallUs);
  }
}

/** A process is taken to have gone on until its last sign of life. */
function endOf(
  tally: Tally,
  last: { epoch: number; monoUs: number; wallUs: number },
  epochs: readonly Epoch[],
): void {
  const epoch = epochs.find((candidate) => candidate.epoch === last.epoch);
  const onUs = epoch === undefined || epoch.endedCleanly ? 0 : Math.max(0, epoch.lastWallUs - last.wallUs);
  tally.end(last.monoUs + onUs, last.wallUs + onUs);
}

/** At most so many of those that are offered, evenly spread: when it is full, every second one goes. */
class Sample {
  kept: RowChange[] = [];
  seen = 0;
  readonly #most: number;
  #step = 1;

  constructor(most: number) {
    this.#most = most;
  }

  offer(change: RowChange): void {
    this.seen += 1;
    if (this.#most === 0 || this.seen % this.#step !== 0) return;
    this.kept.push(change);
    if (this.kept.length <= this.#most) return;
    this.kept = this.kept.filter((_, i) => i % 2 === 1);
    this.#step *= 2;
  }
}

function sizeOf({ name, reader }: Witness): JournalSize {
  const epochs = reader.epochs();
  const spanUs = (epochs.at(-1)?.lastWallUs ?? 0) - (epochs[0]?.startWallUs ?? 0);
  const bytes = reader
    .segmentFiles()
    .reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
  return { node: name, bytes, days: spanUs / DAY_US };
}

/** Jitter of adverts and BFD packets: what runs say of the largest silence in them. Reads all runs of the range. */
export function gatherJitter(
  readers: readonly JournalReader[],
  range: { readonly fromWallUs?: number; readonly toWallUs?: number; readonly actor?: string },
): Jitter[] {
  return readers.flatMap((reader) => {
    const found = new Map<
      string,
      { -readonly [K in keyof Jitter]: Jitter[K] } & { buckets: Map<number, number> }
    >();
    for (const { actor, direction, bucketUs, runs, adverts, largestGapUs } of reader.gapsOfRuns(range)) {
      const key = `${actor} ${direction}`;
      const known = found.get(key) ?? {
        ...{ node: nodeLabel(reader, readers), actor, direction, adverts: 0, largestGapUs: 0 },
        buckets: new Map<number, number>(),
      };
      found.set(key, known);
      known.adverts += adverts;
      known.largestGapUs = Math.max(known.largestGapUs, largestGapUs);
      known.buckets.set(bucketUs, (known.buckets.get(bucketUs) ?? 0) + runs);
    }
    return [...found.values()];
  });
}
