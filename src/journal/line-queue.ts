/**
 * What waits to go to the writer's thread: a bounded queue of lines (lines.ts) that lie outside the heap as bytes. As texts, those
 * that wait outlive the next collections, and each copies them: with a busy disk that made the thread of the network late by 40 ms.
 */
import { FIRST_TO_LOSE, type Weight } from './backlog.ts';
import { type Line, lineBytes, mostBytes, writeLine } from './lines.ts';
import { Slabs } from './slabs.ts';

/** When an item was handed over. */
export interface Place {
  /** Position in the order in which things were handed over: rises. */
  readonly order: number;
  /** The row that it is, or the newest one then. */
  readonly seq: number;
  readonly wallUs: number;
}

/** An item that had to go. */
export interface Lost {
  readonly seq: number;
  readonly wallUs: number;
  readonly actor: string;
}

/** Nothing can be read without them: they are not queued. */
export interface Definition {
  readonly line: Line;
  readonly order: number;
}

/** Items on their way to the worker, kept until it confirms them: should it die, the next one is told again. */
export interface Parcel {
  /** On loan: to be given back to the queue. */
  readonly lines: Uint8Array<SharedArrayBuffer>;
  readonly items: number;
  /** Order of the last item. */
  readonly upTo: number;
  /** Smallest and largest seq of its rows; 0 without any. */
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** Some of its lines, where they lie. */
type Part = Omit<Parcel, 'lines'> & { readonly lines: Uint8Array };

const CHUNK_BYTES = 64 * 1024;
/** Chunks kept for what comes next: with a busy disk this much waits, and comes and goes. */
const SPARE_CHUNKS = 64;
/** Of these a turn of the loop under load fills three or four. */
const SPARE_AT_REST = 4;
const FIRST_ROOM = 256;

class Chunk {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** End of what was written. */
  end = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.view = new DataView(this.bytes.buffer);
  }
}

/** First in, first out: bytes in chunks, what is known of each item in rings that grow. */
class LineFifo {
  readonly #chunks: Chunk[] = [];
  /** Where the oldest line begins in the first chunk. */
  #from = 0;
  readonly #spare: Chunk[] = [];
  #room = FIRST_ROOM;
  #head = 0;
  length = 0;
  #orders = new Float64Array(FIRST_ROOM);
  #seqs = new Float64Array(FIRST_ROOM);
  #wallUs = new Float64Array(FIRST_ROOM);
  #actors = new Uint32Array(FIRST_ROOM);
  #bytes = new Uint32Array(FIRST_ROOM);

  /** Of the oldest; Infinity: it is empty. */
  get order(): number {
    return this.length === 0 ? Infinity : (this.#orders[this.#head] ?? Infinity);
  }

  push(line: Line, { order, seq, wallUs }: Place, actor: number): void {
    if (this.length === this.#room) this.#grow();
    const chunk = this.#chunkFor(line);
    const begin = chunk.end;
    chunk.end = writeLine(line, chunk.bytes, chunk.view, begin);
    const at = (this.#head + this.length) % this.#room;
    this.#orders[at] = order;
    this.#seqs[at] = seq;
    this.#wallUs[at] = wallUs;
    this.#actors[at] = actor;
    this.#bytes[at] = chunk.end - begin;
    this.length += 1;
  }

  /**
   * Removes the oldest that lie together, at most `most` of them and none of this order or a later one: at least one
   * where the oldest is before it. The bytes are good until the next push.
   */
  take(most: number, order: number): Part {
    const chunk = this.#oldestChunk();
    const from = this.#from;
    const fromSeq = this.#seqs[this.#head] ?? 0;
    let [items, upTo, toSeq] = [0, 0, 0];
    while (items < most && this.order < order && this.#from < chunk.end) {
      upTo = this.order;
      toSeq = Math.max(toSeq, this.#seqs[this.#head] ?? 0);
      this.#forget();
      items += 1;
    }
    return { lines: chunk.bytes.subarray(from, this.#from), items, upTo, fromSeq, toSeq };
  }

  /** Removes the oldest. */
  drop(): { readonly seq: number; readonly wallUs: number; readonly actor: number } {
    this.#oldestChunk();
    const at = this.#head;
    this.#forget();
    return { seq: this.#seqs[at] ?? 0, wallUs: this.#wallUs[at] ?? 0, actor: this.#actors[at] ?? 0 };
  }

  /** Lets go of the memory that nothing is in, but for a little. */
  rest(): void {
    this.#spare.length = Math.min(this.#spare.length, SPARE_AT_REST);
  }

  #forget(): void {
    this.#from += this.#bytes[this.#head] ?? 0;
    this.#head = (this.#head + 1) % this.#room;
    this.length -= 1;
  }

  /** The chunk that has the oldest line. */
  #oldestChunk(): Chunk {
    const [first] = this.#chunks;
    if (first === undefined) throw new Error('an empty queue has no oldest line');
    if (this.#from < first.end) return first;
    this.#chunks.shift();
    if (first.bytes.length === CHUNK_BYTES && this.#spare.length < SPARE_CHUNKS) this.#spare.push(first);
    this.#from = 0;
    return this.#oldestChunk();
  }

  #chunkFor(line: Line): Chunk {
    const most = mostBytes(line);
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.bytes.length - last.end >= most) return last;
    const spare = most <= CHUNK_BYTES ? this.#spare.pop() : undefined;
    const chunk = spare ?? new Chunk(Math.max(most, CHUNK_BYTES));
    chunk.end = 0;
    this.#chunks.push(chunk);
    return chunk;
  }

  #grow(): void {
    const [head, room] = [this.#head, this.#room];
    const into = <T extends Float64Array | Uint32Array>(to: T, from: T): T => {
      to.set(from.subarray(head));
      to.set(from.subarray(0, head), room - head);
      return to;
    };
    this.#orders = into(new Float64Array(2 * room), this.#orders);
    this.#seqs = into(new Float64Array(2 * room), this.#seqs);
    this.#wallUs = into(new Float64Array(2 * room), this.#wallUs);
    this.#actors = into(new Uint32Array(2 * room), this.#actors);
    this.#bytes = into(new Uint32Array(2 * room), this.#bytes);
    this.#room = 2 * room;
    this.#head = 0;
  }
}

/** Holds at most `capacity` items; `onDrop` hears of every one that had to go, oldest first within its weight. */
export class LineQueue {
  #capacity: number;
  readonly #onDrop: (what: Lost, weight: Weight) => void;
  readonly #queues: Readonly<Record<Weight, LineFifo>> = {
    run: new LineFifo(),
    unchanged: new LineFifo(),
    changed: new LineFifo(),
  };
  readonly #numbers = new Map<string, number>();
  readonly #actors: string[] = [];
  readonly #slabs = new Slabs();

  constructor(capacity: number, onDrop: (what: Lost, weight: Weight) => void) {
    this.#capacity = capacity;
    this.#onDrop = onDrop;
  }

  /** Holds so many more from now on. */
  widen(items: number): void {
    this.#capacity += items;
  }

  get length(): number {
    const { run, unchanged, changed } = this.#queues;
    return run.length + unchanged.length + changed.length;
  }

  push(line: Line, place: Place, actor: string, weight: Weight): void {
    this.#queues[weight].push(line, place, this.#numberOf(actor));
    if (this.length > this.#capacity) this.#drop();
  }

  /** Removes the oldest `limit` items, in the order in which they came; `first` goes ahead of them. */
  take(limit: number, first: readonly Definition[] = []): Parcel {
    const parts = first.map(partOf);
    for (let left = limit; left > 0 && this.length > 0; ) {
      const [oldest, next] = this.#byAge();
      const part = oldest.take(left, next.order);
      parts.push(part);
      left -= part.items;
    }
    return this.#together(parts);
  }

  /** Nobody reads the parcel's lines any more. */
  giveBack({ lines }: Parcel): void {
    this.#slabs.giveBack(lines);
  }

  /** A burst is over: lets go of the memory that nothing is in, but for a little. */
  rest(): void {
    this.#slabs.rest();
    for (const weight of FIRST_TO_LOSE) this.#queues[weight].rest();
  }

  /** One after the other. */
  #together(parts: readonly Part[]): Parcel {
    let [bytes, items, fromSeq, toSeq] = [0, 0, 0, 0];
    for (const part of parts) {
      bytes += part.lines.length;
      items += part.items;
      if (fromSeq === 0) fromSeq = part.fromSeq;
      toSeq = Math.max(toSeq, part.toSeq);
    }
    const lines = this.#slabs.lend(bytes);
    let at = 0;
    for (const part of parts) {
      lines.set(part.lines, at);
      at += part.lines.length;
    }
    return { lines, items, upTo: parts.at(-1)?.upTo ?? 0, fromSeq, toSeq };
  }

  /** The queue with the oldest item, and the one with the oldest of the others. */
  #byAge(): readonly [LineFifo, LineFifo] {
    const { run, unchanged, changed } = this.#queues;
    const [a, b] = run.order < unchanged.order ? [run, unchanged] : [unchanged, run];
    if (changed.order < a.order) return [changed, a];
    return [a, changed.order < b.order ? changed : b];
  }

  #numberOf(actor: string): number {
    const known = this.#numbers.get(actor);
    if (known !== undefined) return known;
    this.#numbers.set(actor, this.#actors.length);
    return this.#actors.push(actor) - 1;
  }

  #drop(): void {
    for (const weight of FIRST_TO_LOSE) {
      const queue = this.#queues[weight];
      if (queue.length === 0) continue;
      const { seq, wallUs, actor } = queue.drop();
      this.#onDrop({ seq, wallUs, actor: this.#actors[actor] ?? '' }, weight);
      return;
    }
  }
}

function partOf({ line, order }: Definition): Part {
  return { lines: lineBytes(line), items: 1, upTo: order, fromSeq: 0, toSeq: 0 };
}
