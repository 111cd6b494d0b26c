/** Walking through the rows of several nodes in the order of their times. */
import type { StoredRow } from '../../journal/model.ts';
import type { Json } from '../../protocol/json.ts';
import type { Witness } from '../why/model.ts';

export interface Place {
  readonly witness: Witness;
  readonly row: StoredRow;
  /** State of the actor before the row; null for notes and starts. */
  readonly before: Json | null;
}

/** Rows looked at for one that is wanted. */
const MOST_LOOKED_AT = 1_000_000;
/** Rows after a cause in which its consequence is looked for. */
const CONSEQUENCE_ROWS = 10_000;
/** Rows read at a time on the way back. */
const PIECE = 200;

export class History {
  readonly witnesses: readonly Witness[];
  /** Only rows of this actor and of the programs; null: all. */
  readonly #actor: string | null;

  constructor(witnesses: readonly Witness[], actor: string | null) {
    this.witnesses = witnesses;
    this.#actor = actor;
  }

  #isWanted({ kind, actor }: StoredRow): boolean {
    return this.#actor === null || kind === 'note' || actor === this.#actor;
  }

  /** The state before is looked up when it is asked for: most rows of a long search are passed by. */
  place(witness: Witness, row: StoredRow): Place {
    const hasBefore = row.kind !== 'note' && row.kind !== 'start';
    let before: Json | null | undefined;
    return {
      witness,
      row,
      get before() {
        before ??= hasBefore ? witness.reader.stateBefore(row.actor, row.seq) : null;
        return before;
      },
    };
  }

  /** The newest row at or before a time, else the first of all; null: there is none. */
  at(wallUs: number): Place | null {
    const found = this.witnesses.flatMap((witness) => {
      const row = this.#back(witness, witness.reader.seqAt(wallUs));
      return row === null ? [] : [{ witness, row }];
    });
    const newest = found.sort((a, b) => a.row.wallUs - b.row.wallUs).at(-1);
    if (newest !== undefined) return this.place(newest.witness, newest.row);
    const first = this.#forward(null).next();
    return first.done ? null : first.value;
  }

  seq(witness: Witness, seq: number): Place | null {
    const row = witness.reader.row(seq);
    return row === null ? null : this.place(witness, row);
  }

  next(from: Place, isIt: (place: Place) => boolean = () => true): Place | null {
    return this.#find(this.#forward(from), isIt);
  }

  previous(from: Place, isIt: (place: Place) => boolean = () => true): Place | null {
    return this.#find(this.#backward(from), isIt);
  }

  cause({ witness, row }: Place): Place | null {
    return row.cause === null ? null : this.seq(witness, row.cause);
  }

  consequence({ witness, row }: Place): Place | null {
    const range = { fromSeq: row.seq + 1, toSeq: row.seq + CONSEQUENCE_ROWS };
    for (const later of witness.reader.rows(range))
      if (later.cause === row.seq) return this.place(witness, later);
    return null;
  }

  #find(places: Generator<Place>, isIt: (place: Place) => boolean): Place | null {
    let looked = 0;
    for (const place of places) {
      if (isIt(place)) return place;
      looked += 1;
      if (looked >= MOST_LOOKED_AT) return null;
    }
    return null;
  }

  /** Rows after a place: of its own journal by number, of the others by time. */
  *#forward(from: Place | null): Generator<Place> {
    const heads = this.witnesses.map((witness, index) => {
      const rows = this.#rowsAfter(witness, from === null ? 0 : this.#positionIn(witness, index, from));
      return { witness, rows, head: rows.next() };
    });
    for (;;) {
      let best: (typeof heads)[number] | null = null;
      for (const one of heads)
        if (
          !one.head.done &&
          (best === null || best.head.done || one.head.value.wallUs < best.head.value.wallUs)
        )
          best = one;
      if (best === null || best.head.done) return;
      yield this.place(best.witness, best.head.value);
      best.head = best.rows.next();
    }
  }

  *#backward(from: Place): Generator<Place> {
    const heads = this.witnesses.map((witness, index) => {
      const own = witness === from.witness;
      const last = own ? from.row.seq - 1 : this.#positionIn(witness, index, from);
      return { witness, row: this.#back(witness, last) };
    });
    for (;;) {
      // Of equal times the later journal's comes later forwards, and so first backwards.
      let best: (typeof heads)[number] | null = null;
      for (const one of heads)
        if (one.row !== null && (best === null || best.row === null || one.row.wallUs >= best.row.wallUs))
          best = one;
      if (best === null || best.row === null) return;
      yield this.place(best.witness, best.row);
      best.row = this.#back(best.witness, best.row.seq - 1);
    }
  }

  /** Last row of a journal that does not come after a place. */
  #positionIn(witness: Witness, index: number, { witness: own, row }: Place): number {
    if (witness === own) return row.seq;
    const isBefore = index < this.witnesses.indexOf(own);
    return witness.reader.seqAt(isBefore ? row.wallUs : row.wallUs - 1);
  }

  *#rowsAfter({ reader }: Witness, seq: number): Generator<StoredRow> {
    for (const row of reader.rows({ fromSeq: seq + 1 })) if (this.#isWanted(row)) yield row;
  }

  /** The newest wanted row at or before a seq. */
  #back({ reader }: Witness, seq: number): StoredRow | null {
    for (let to = seq, first = reader.firstSeq(); to >= first && to > 0; to -= PIECE) {
      const rows = [...reader.rows({ fromSeq: Math.max(first, to - PIECE + 1), toSeq: to })];
      const found = rows.findLast((row) => this.#isWanted(row));
      if (found !== undefined) return found;
    }
    return null;
  }
}
