/** The state of each actor before its row, for rows that come in order: one question for all actors in place of one for each. */
import type { RowKind } from '../engine/types.ts';
import type { Json } from '../protocol/json.ts';
import type { JournalReader } from './reader.ts';
import type { SegmentReader } from './segment-reader.ts';

const NEWEST = `SELECT actor.id AS actor, ev.state FROM actor LEFT JOIN ev
  ON ev.seq = (SELECT max(seq) FROM ev WHERE actor = actor.id AND changed = 1 AND seq < ?)`;
/** For those that have not changed since the segment began. */
const SNAPSHOTS = 'SELECT actor, state FROM snap WHERE seq < ? ORDER BY id DESC';

/** So many actors of a segment are asked for one by one: a short look needs few of them. */
const FEW = 12;

interface BeforeRow {
  readonly actor: number;
  readonly state: string | null;
}

/** What must be known of a row to tell the state before it. */
interface Told {
  readonly seq: number;
  readonly epoch: number;
  readonly kind: RowKind;
  readonly actor: string;
  readonly state: Json;
}

export class StatesBefore {
  readonly #reader: JournalReader;
  /** Of the process start whose rows come now. */
  readonly #states = new Map<string, Json>();
  #epoch = 0;
  /** The segment of the last first row of an actor, how many it had, and what it says of all actors. */
  #segment: SegmentReader | null = null;
  #firsts = 0;
  #found: ReadonlyMap<string, Json> | null = null;

  constructor(reader: JournalReader) {
    this.#reader = reader;
  }

  /**
   * As `reader.stateBefore` has it, and null for a note that is the first of its actor. Rows come in order, and from the first
   * on none that changed something is left out, but for actors that are left out altogether.
   */
  next({ seq, epoch, kind, actor, state }: Told): Json | null {
    if (epoch !== this.#epoch) this.#states.clear();
    this.#epoch = epoch;
    const known = this.#states.get(actor);
    const before = known !== undefined ? known : kind === 'note' ? null : this.#first(actor, seq);
    this.#states.set(actor, state);
    return before;
  }

  #first(actor: string, seq: number): Json | null {
    const [segment = null] = this.#reader.segmentsOf({ fromSeq: seq, toSeq: seq });
    if (segment !== this.#segment) {
      this.#segment = segment;
      this.#firsts = 0;
      this.#found = null;
    }
    this.#firsts += 1;
    if (segment !== null && this.#firsts > FEW)
      this.#found ??= statesIn(segment, seq, this.#reader.gaps(seq, seq).length === 0);
    const found = this.#found?.get(actor);
    return found === undefined ? this.#reader.stateBefore(actor, seq) : found;
  }
}

/** Where rows were lost, a later snapshot may tell more than an earlier one: then snapshots are left to the single question. */
function statesIn(segment: SegmentReader, seq: number, isWhole: boolean): ReadonlyMap<string, Json> {
  const found = new Map<string, Json>();
  const missing = new Set<number>();
  for (const { actor, state } of segment.query<BeforeRow>(NEWEST, seq)) {
    if (state === null) missing.add(actor);
    else found.set(segment.actorName(actor), segment.parseState(state));
  }
  if (!isWhole || missing.size === 0 || segment.rewritten?.kind === 'salvaged') return found;
  for (const { actor, state } of segment.iterate<BeforeRow & { state: string }>(SNAPSHOTS, seq)) {
    if (missing.delete(actor)) found.set(segment.actorName(actor), segment.parseState(state));
    if (missing.size === 0) break;
  }
  return found;
}
