/**
 * What an actor went through, as columns of numbers: read once of each part of the journal and kept, as what is written does
 * not change. The parts longest unused are given up when all together grow too large, and are read again when asked for.
 */
import type { Json } from '../../protocol/json.ts';
import type { JournalSource, SourcePiece } from '../source.ts';

/** Some two million rows of all actors and nodes together. */
const MOST_BYTES = 48_000_000;
const FIRST_ROWS = 64;
const BYTES_PER_ROW = 8 + 8 + 4 + 1;

/** State texts as small numbers; an actor has few of them. */
export class StateTable {
  readonly #ids = new Map<string, number>();
  readonly values: Json[] = [];

  /** @throws SyntaxError if the text is not JSON */
  idOf(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    this.values.push(JSON.parse(text) as Json);
    this.#ids.set(text, this.values.length - 1);
    return this.values.length - 1;
  }
}

/** Rows in order of seq. Only the first `length` entries of each array count. */
export class Columns {
  length = 0;
  seqs = new Float64Array(FIRST_ROWS);
  times = new Float64Array(FIRST_ROWS);
  states = new Uint32Array(FIRST_ROWS);
  inputs = new Uint8Array(FIRST_ROWS);
  /** Looked for up to this row. */
  upToSeq = 0;

  push(seq: number, timeUs: number, state: number, input: 0 | 1): void {
    const at = this.length;
    if (at === this.seqs.length) this.#grow();
    this.seqs[at] = seq;
    this.times[at] = timeUs;
    this.states[at] = state;
    this.inputs[at] = input;
    this.length += 1;
  }

  get bytes(): number {
    return this.seqs.length * BYTES_PER_ROW;
  }

  /** Index of the first row at or after a time; `length` if there is none. After a clock step only near. */
  firstAt(timeUs: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.times[middle] ?? 0) < timeUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    const length = 2 * this.seqs.length;
    const larger = <T extends Float64Array | Uint32Array | Uint8Array>(made: T, old: T): T => {
      made.set(old);
      return made;
    };
    this.seqs = larger(new Float64Array(length), this.seqs);
    this.times = larger(new Float64Array(length), this.times);
    this.states = larger(new Uint32Array(length), this.states);
    this.inputs = larger(new Uint8Array(length), this.inputs);
  }
}

export class ColumnCache {
  readonly states = new StateTable();
  readonly #mostBytes: number;
  /** In order of use, the longest unused first. */
  readonly #kept = new Map<string, Columns>();
  #bytes = 0;

  constructor(mostBytes: number = MOST_BYTES) {
    this.#mostBytes = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Changes of one actor in one piece, up to now. */
  of(source: JournalSource, piece: SourcePiece, actor: string, lastSeq: number): Columns {
    const key = `${source.node}\n${piece.file}\n${actor}`;
    const known = this.#kept.get(key);
    const columns = known ?? new Columns();
    if (known === undefined || !(piece.closed && known.upToSeq === Number.MAX_SAFE_INTEGER)) {
      this.#read(source, piece, actor, columns, lastSeq);
    }
    this.#kept.delete(key);
    this.#kept.set(key, columns);
    this.#shrink(key);
    return columns;
  }

  #read(source: JournalSource, piece: SourcePiece, actor: string, columns: Columns, lastSeq: number): void {
    const before = columns.bytes;
    const isNew = columns.length === 0 && columns.upToSeq === 0;
    const toSeq = piece.closed ? Number.MAX_SAFE_INTEGER : lastSeq;
    if (toSeq > columns.upToSeq) {
      const range = { fromSeq: columns.upToSeq + 1, toSeq };
      for (const [seq, wallUs, input, state] of source.marks(piece.file, actor, range)) {
        columns.push(seq, wallUs, this.states.idOf(state), input);
      }
      columns.upToSeq = toSeq;
    }
    this.#bytes += columns.bytes - (isNew ? 0 : before);
  }

  #shrink(used: string): void {
    for (const [key, { bytes }] of this.#kept) {
      if (this.#bytes <= this.#mostBytes) return;
      if (key === used) continue;
      this.#kept.delete(key);
      this.#bytes -= bytes;
    }
  }
}
