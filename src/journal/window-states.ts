/**
 * The state of each actor before its first row of a window that begins in the middle of what is told: what whoever read from the
 * beginning would have seen last. That is a row which says the same as the newest change, unless rows were lost.
 */
import type { Json } from '../protocol/json.ts';
import { segmentsBack } from './backwards.ts';
import type { JournalReader } from './reader.ts';
import type { SegmentReader } from './segment-reader.ts';
import { StatesBefore, type Told } from './states-before.ts';

/** It takes the rows from the beginning to tell. */
export class Unsure extends Error {}

export interface Window {
  /** What is told begins there, and the window in the middle of it. */
  readonly fromSeq: number;
  readonly beginsAtSeq: number;
  /** Rows that changed nothing are not told. */
  readonly changedOnly: boolean;
}

const CHANGE = `SELECT seq, state FROM ev WHERE actor = ? AND changed = 1 AND seq BETWEEN ? AND ?
  ORDER BY seq DESC LIMIT 1`;
const SNAPSHOT = 'SELECT state FROM snap WHERE actor = ? AND seq < ? ORDER BY id DESC LIMIT 1';
/** No row of an actor is older than the batch that named it first. */
const ANY = `SELECT 1 FROM ev WHERE +actor = ? AND seq < ? AND seq >=
  (SELECT coalesce(min(first), 0) FROM chain WHERE batch = (SELECT batch FROM actor WHERE id = ?)) LIMIT 1`;

interface Change {
  readonly seq: number;
  readonly state: string;
}

/** What is asked of a segment again and again. */
interface Known {
  readonly ids: Map<string, number>;
  readonly isSalvaged: boolean;
  /** Of each actor that lost changes in this segment or a later one: the last seq at which it may have. */
  readonly lostUpTo: ReadonlyMap<string, number>;
}

export class WindowStates extends StatesBefore {
  readonly #reader: JournalReader;
  readonly #window: Window;
  readonly #known = new Map<SegmentReader, Known>();

  constructor(reader: JournalReader, window: Window) {
    super(reader);
    this.#reader = reader;
    this.#window = window;
  }

  /** @throws Unsure */
  protected override first(told: Told): Json | null {
    // Notes belong to no statechart: there is no state before them.
    if (told.kind === 'note') return null;
    return this.#window.changedOnly ? this.#lastTold(told) : this.#lastChange(told);
  }

  /** Only changes are told: the newest one before is the last that was. */
  #lastTold(told: Told): Json | null {
    const { fromSeq } = this.#window;
    for (const segment of this.#segments(told)) {
      const change = this.#changeIn(segment, told.actor, fromSeq, told.seq);
      if (change !== undefined) return segment.parseState(change.state);
      if (segment.meta.first_seq <= fromSeq) break;
    }
    return super.first(told);
  }

  /** A row that changed nothing may have been told since the newest change, and says the same if no change was lost. */
  #lastChange(told: Told): Json | null {
    let oldest: SegmentReader | null = null;
    for (const segment of this.#segments(told)) {
      const isNext = oldest === null || oldest.meta.previous === segment.file;
      const known = this.#knownOf(segment);
      if (!isNext || known.isSalvaged) throw new Unsure();
      oldest = segment;
      const change = this.#changeIn(segment, told.actor, 0, told.seq);
      if (change === undefined) continue;
      if ((known.lostUpTo.get(told.actor) ?? 0) > change.seq) throw new Unsure();
      return segment.parseState(change.state);
    }
    if (oldest === null || oldest.meta.first_seq >= this.#window.beginsAtSeq) return super.first(told);
    if (this.#knownOf(oldest).lostUpTo.has(told.actor)) throw new Unsure();
    return this.#unchanged(told);
  }

  /** Nothing of it was lost, and it has not changed in what is left of its process start. */
  #unchanged(told: Told): Json | null {
    const [newest, ...older] = this.#segments(told);
    const id = newest === undefined ? undefined : this.#idOf(newest, told.actor);
    if (newest === undefined || id === undefined) throw new Unsure();
    const [snapshot] = newest.query<{ state: string }>(SNAPSHOT, id, told.seq);
    if (snapshot !== undefined) return newest.parseState(snapshot.state);
    const isFirst =
      newest.query(ANY, id, told.seq, id).length === 0 && !older.some((segment) => segment.knows(told.actor));
    if (!isFirst) throw new Unsure();
    return super.first(told);
  }

  /** Of the process start of a row, newest first. */
  *#segments({ seq, epoch }: Told): Generator<SegmentReader> {
    for (const segment of segmentsBack(this.#reader, seq)) {
      if (segment.meta.epoch !== epoch) return;
      yield segment;
    }
  }

  #changeIn(segment: SegmentReader, actor: string, fromSeq: number, beforeSeq: number): Change | undefined {
    const id = this.#idOf(segment, actor);
    return id === undefined ? undefined : segment.query<Change>(CHANGE, id, fromSeq, beforeSeq - 1)[0];
  }

  #idOf(segment: SegmentReader, actor: string): number | undefined {
    const { ids } = this.#knownOf(segment);
    // One that is being written may have learned of it meanwhile.
    if (!ids.has(actor)) readIds(segment, ids);
    return ids.get(actor);
  }

  #knownOf(segment: SegmentReader): Known {
    const known = this.#known.get(segment);
    if (known !== undefined) return known;
    const lostUpTo = new Map<string, number>();
    for (const { actors, toSeq } of this.#reader.gaps(segment.meta.first_seq))
      for (const actor of actors) lostUpTo.set(actor, Math.max(toSeq, lostUpTo.get(actor) ?? 0));
    const made = { ids: new Map(), isSalvaged: segment.rewritten?.kind === 'salvaged', lostUpTo };
    this.#known.set(segment, made);
    return made;
  }
}

function readIds(segment: SegmentReader, ids: Map<string, number>): void {
  for (const { id, name } of segment.query<{ id: number; name: string }>('SELECT id, name FROM actor'))
    ids.set(name, id);
}
