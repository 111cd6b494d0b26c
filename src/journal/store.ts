/** The writer's storage: the current segment, rolling, numbering over process starts, snapshots. Worker thread only. */
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { JournalDefinition } from '../engine/types.ts';
import type { Json } from '../protocol/json.ts';
import {
  effectiveQuota,
  type HistoryEnd,
  historyEnd,
  listSegments,
  prepareDirectory,
  prune,
  sealSegment,
} from './directory.ts';
import { Fold, type Foldable } from './fold.ts';
import { NO_HASH, segmentFile } from './format.ts';
import { IndexPace } from './index-pace.ts';
import type { GapNote, Item, Items, WorkerSetup, WrittenRow } from './messages.ts';
import type { ActorState, SetAside } from './model.ts';
import { prunePulses, writePulse } from './pulse.ts';
import { type Batch, SegmentWriter } from './segment-writer.ts';
import { SnapshotSchedule } from './snapshot-schedule.ts';
import { gapOfSetAside, setDamagedAside } from './start-check.ts';
import { type Step, Steps } from './steps.ts';

/** Definitions that a new segment repeats; configuration generations beyond this stay in older segments. */
const DEFINITIONS_KEPT = 64;
/**
 * Full segments that wait to be closed while rows pour in: an index of 64 MB takes a quarter of a second, in which ten
 * thousand rows would have to wait. Of more the oldest is closed all the same.
 */
const UNCLOSED_MOST = 4;
/** Smaller ones are closed at once: it takes no longer than a commit, and where they are small, room is what lacks. */
const CLOSED_AT_ONCE_BYTES = 1024 * 1024;
/** State values kept parsed. */
const STATES_KEPT = 1000;

export const wallNowUs = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000);
const monoNowUs = (): number => Math.round(Number(process.hrtime.bigint() / 1000n));

/** Microseconds of Unix time and of CLOCK_MONOTONIC. */
export interface StoreClock {
  wallUs(): number;
  monotonicUs(): number;
}

const MACHINE_CLOCK: StoreClock = { wallUs: wallNowUs, monotonicUs: monoNowUs };

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

export interface Position {
  readonly epoch: number;
  readonly base: number;
  readonly segment: string;
  /** What an earlier process left was damaged. */
  readonly setAside: SetAside | null;
}

/** What there is to know of a transaction's items when they are stored. */
class Taken {
  rows = 0;
  changes = 0;
  runs = 0;
  newestSeq = 0;
  readonly steps = new Steps();
  readonly definitions: JournalDefinition[] = [];
}

export class Store {
  readonly #setup: WorkerSetup;
  readonly #onOpened: (position: Position) => void;
  readonly #clock: StoreClock;
  readonly #fold = new Fold();
  readonly #states = new Map<string, Json>();
  readonly #definitions = new Map<string, JournalDefinition>();
  readonly #snapshots = new SnapshotSchedule();
  readonly #pace = new IndexPace();
  #segment: SegmentWriter | null = null;
  /** Full ones that are still to be closed. */
  readonly #unclosed: SegmentWriter[] = [];
  /** Gaps with rows still to come, as stored: a segment that is pruned must not take the explanation of holes with it. */
  #openGaps: GapNote[] = [];
  #stored = { rows: 0, changes: 0, runs: 0 };
  #epoch: number | null;
  #base: number | null;
  #quota = 0;
  /** Newest own seq that is stored. */
  storedSeq: number;

  /** `clock`: for a history that was not lived now. */
  constructor(setup: WorkerSetup, onOpened: (position: Position) => void, clock = MACHINE_CLOCK) {
    this.#setup = setup;
    this.#onOpened = onOpened;
    this.#clock = clock;
    this.#epoch = setup.resume?.epoch ?? null;
    this.#base = setup.resume?.base ?? null;
    this.storedSeq = setup.resume?.storedSeq ?? 0;
  }

  /** File that is being written, and the room for all of them; null while there is none. */
  get place(): { readonly segment: string; readonly quotaBytes: number } | null {
    return this.#segment === null ? null : { segment: basename(this.#segment.path), quotaBytes: this.#quota };
  }

  /**
   * Stores items and gaps in one transaction, rolling first if the segment is full or of another day.
   * @throws whatever the file system or SQLite says; nothing is stored then, and it may be tried again
   */
  write(items: Items, gaps: readonly GapNote[]): void {
    const wallUs = this.#clock.wallUs();
    if (this.#segment === null || this.#isFull(this.#segment, wallUs)) this.#open(wallUs);
    const segment = this.#segment;
    const base = this.#base;
    if (segment === null || base === null) throw new Error('no segment is open');
    const snapshots = states(
      [...this.#snapshots.due].map((actor) => this.#fold.get(actor)),
      base,
    );
    const taken = new Taken();
    const batch = {
      items: this.#fresh(items, taken),
      base,
      gaps: gaps.map((gap) => ({ ...gap, fromSeq: base + gap.fromSeq, toSeq: base + gap.toSeq })),
      snapshots,
    };
    if (items.isEmpty && gaps.length + snapshots.length === 0) return;
    segment.append(batch, gaps.length > 0 || items.haveChange);
    this.#keepIndex(taken.rows);
    this.#haveSnapshots(snapshots);
    this.#snapshots.served();
    this.#openGaps = [...this.#openGaps, ...batch.gaps].filter(({ toSeq }) => toSeq > base + this.storedSeq);
    this.#account(taken);
  }

  /** Those that are not stored yet; notes what is to be known of them once they are. */
  *#fresh(items: Items, taken: Taken): Generator<Item, void, undefined> {
    for (const item of items) {
      if ('row' in item) {
        const { row, changed } = item;
        if (row.seq <= this.storedSeq) continue;
        taken.rows += 1;
        taken.newestSeq = row.seq;
        if (changed) {
          taken.changes += 1;
          taken.steps.add(row);
        }
      } else if ('run' in item) taken.runs += 1;
      else taken.definitions.push(item.define);
      yield item;
    }
  }

  #haveSnapshots(snapshots: readonly ActorState[]): void {
    for (const { actor, context } of snapshots) this.#snapshots.taken(actor, JSON.stringify(context).length);
  }

  /** A row that had to be dropped while storage failed: its effect on the actor goes into the next snapshot. */
  lose(row: WrittenRow): void {
    const steps = new Steps();
    steps.add(row);
    for (const step of steps) this.#fold.apply(this.#parsed(step));
    this.#snapshots.demand(row.actor);
  }

  actors(): string[] {
    return this.#fold.all().map(({ actor }) => actor);
  }

  /** Rows of these actors were lost before they came here: no snapshot of them can be trusted until they start anew. */
  doubt(actors: readonly string[]): void {
    for (const actor of actors) this.#fold.doubt(actor);
  }

  /** Some time has passed: what was left for a quieter moment may be done now. Never throws. */
  settle(): void {
    const oldest = this.#pours() ? undefined : this.#unclosed.shift();
    if (oldest === undefined) this.#keepIndex(0);
    else oldest.close(true);
  }

  #pours(): boolean {
    return !this.#pace.isKept(0, this.#clock.monotonicUs() / 1000);
  }

  #keepIndex(rows: number): void {
    try {
      this.#segment?.index(this.#pace.isKept(rows, this.#clock.monotonicUs() / 1000));
    } catch {
      // It is asked for again, and readers do without it.
    }
  }

  /** Replaces a segment that cannot be written any more. @throws if a new one cannot be made either: the old one stays */
  replaceSegment(): void {
    this.#open(this.#clock.wallUs());
  }

  /** The segment's file is no longer where it was: what it held is lost. Null while all is well. */
  vanished(): { rows: number; changes: number; runs: number } | null {
    if (this.#segment === null || statSync(this.#segment.path, { throwIfNoEntry: false }) !== undefined)
      return null;
    this.#segment.close(false);
    this.#segment = null;
    return this.#stored;
  }

  /** Notes that the process was alive at this Unix time. @throws what the file system says */
  pulse(wallUs: number): void {
    const { directory, process: processName } = this.#setup;
    if (this.#segment !== null) writePulse(directory, processName, this.#segment.meta.epoch, wallUs);
  }

  close(): void {
    for (const segment of this.#unclosed.splice(0)) segment.close(true);
    this.#segment?.close(true);
    this.#segment = null;
  }

  #isFull(segment: SegmentWriter, wallUs: number): boolean {
    if (segment.bytes() >= this.#rollBytes()) return true;
    const day = 86_400_000_000;
    return Math.floor(segment.meta.wallUs / day) < Math.floor(wallUs / day);
  }

  #rollBytes(): number {
    return Math.min(this.#setup.limits.segmentBytes, Math.max(this.#quota / 8, 128 * 1024));
  }

  /** Opens the next segment and closes the current one. Numbers are settled by what the directory holds now. */
  #open(wallUs: number): void {
    const { directory, node, process: processName, limits } = this.#setup;
    prepareDirectory(directory, processName);
    const current = this.#segment;
    const setAside = current === null ? setDamagedAside(directory, processName) : null;
    const end = current === null ? this.#settleNumbers() : null;
    const epoch = this.#epoch ?? 1;
    const base = this.#base ?? 0;
    const firstSeq = base + this.storedSeq + 1;
    const path = join(directory, segmentFile(processName, epoch, this.#nameNumber(epoch, firstSeq)));
    this.#quota = effectiveQuota(directory, limits.quotaBytes);
    const checkpointPages = Math.max(32, Math.min(1000, Math.floor(this.#rollBytes() / 8192)));
    const previous = current === null ? (end?.segment ?? null) : basename(current.path);
    const meta = {
      node,
      process: processName,
      pid: process.pid,
      bootId: bootId(),
      epoch,
      firstSeq,
      wallUs,
      monoUs: this.#clock.monotonicUs(),
      previous,
    };
    const lost = end === null ? [] : gapOfSetAside(directory, end, firstSeq, setAside);
    const carried: Batch = {
      gaps: [...lost, ...this.#openGaps.filter(({ toSeq }) => toSeq > base + this.storedSeq)],
      items: [...this.#definitions.values()].map((define) => ({ define })),
      base,
      snapshots: states(this.#fold.all(), base),
      doubted: this.#fold.all().flatMap(({ actor, uncertain }) => (uncertain ? [actor] : [])),
    };
    // The new segment names the old one's last hash, so that batch must not get lost in a power cut after this.
    current?.sync();
    const prev = current?.hash ?? end?.hash ?? NO_HASH;
    this.#segment = SegmentWriter.create(path, meta, prev, carried, checkpointPages);
    this.#haveSnapshots(carried.snapshots);
    this.#stored = { rows: 0, changes: 0, runs: 0 };
    if (current !== null) this.#putAway(current);
    this.#tidy(directory, processName, basename(path));
    this.#onOpened({ epoch, base, segment: basename(path), setAside });
  }

  /** All of it is on the disk. */
  #putAway(segment: SegmentWriter): void {
    segment.rest();
    this.#unclosed.push(segment);
    const isLarge = this.#rollBytes() >= CLOSED_AT_ONCE_BYTES;
    const most = isLarge && this.#pours() ? UNCLOSED_MOST : 0;
    while (this.#unclosed.length > most) this.#unclosed.shift()?.close(true);
  }

  /** The number in the name only has to sort: a segment that took no row shares its first seq with the next one. */
  #nameNumber(epoch: number, firstSeq: number): number {
    const { directory, process: processName } = this.#setup;
    const newest = listSegments(directory, processName).findLast((name) => name.epoch === epoch);
    return Math.max(firstSeq, (newest?.firstSeq ?? 0) + 1);
  }

  /** Epoch and base follow what is in the directory, also when another disk was mounted there meanwhile. */
  #settleNumbers(): HistoryEnd {
    const { directory, process: processName } = this.#setup;
    const newest = listSegments(directory, processName).at(-1);
    if (newest !== undefined) sealSegment(directory, newest.file);
    const end = historyEnd(directory, processName);
    if (this.#epoch === null || end.epoch > this.#epoch) {
      this.#epoch = end.epoch + 1;
      this.#base = Math.max(this.#base ?? 0, end.seq - this.storedSeq);
    } else if (this.#base !== null && !end.estimated) {
      // This process wrote it: a worker that died had stored more than it could confirm.
      this.storedSeq = Math.max(this.storedSeq, end.seq - this.#base);
    }
    return end;
  }

  #tidy(directory: string, processName: string, keep: string): void {
    try {
      const open = new Set([keep, ...this.#unclosed.map(({ path }) => basename(path))]);
      for (const { file } of listSegments(directory, processName))
        if (!open.has(file)) sealSegment(directory, file);
      prune(directory, processName, this.#quota, keep);
      prunePulses(
        directory,
        processName,
        new Set(listSegments(directory, processName).map(({ epoch }) => epoch)),
      );
    } catch {
      // The new segment works; tidying is tried again at the next roll.
    }
  }

  #account({ rows, changes, runs, newestSeq, steps, definitions }: Taken): void {
    this.storedSeq = Math.max(this.storedSeq, newestSeq);
    this.#stored.rows += rows;
    this.#stored.changes += changes;
    this.#stored.runs += runs;
    for (const definition of definitions) this.#define(definition);
    for (const step of steps) {
      this.#fold.apply(this.#parsed(step));
      const isCertain = this.#fold.get(step.actor)?.uncertain === false;
      this.#snapshots.changed(step.actor, isCertain, step.rows);
    }
  }

  #parsed(step: Step): Foldable {
    return { ...step, state: this.#stateOf(step.state) };
  }

  /** Parsed once: an actor has few states, and they come back. */
  #stateOf(text: string): Json {
    const known = this.#states.get(text);
    if (known !== undefined) return known;
    if (this.#states.size >= STATES_KEPT) this.#states.clear();
    const state: Json = JSON.parse(text);
    // As a key, a part of a line would keep the line.
    this.#states.set(JSON.stringify(state), state);
    return state;
  }

  #define(definition: JournalDefinition): void {
    const key = `${definition.kind} ${definition.name}`;
    this.#definitions.delete(key);
    this.#definitions.set(key, definition);
    const oldest = this.#definitions.keys().next().value;
    if (this.#definitions.size > DEFINITIONS_KEPT && oldest !== undefined) this.#definitions.delete(oldest);
  }
}

/** Those that can be trusted, in the directory's numbers. */
function states(folded: readonly (ActorState | undefined)[], base: number): ActorState[] {
  const certain = folded.filter((s): s is ActorState => s !== undefined && !s.uncertain);
  return certain.map((s) => ({ ...s, seq: base + s.seq }));
}
