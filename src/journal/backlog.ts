/** A bounded queue that knows what may be lost first: runs, then rows that changed nothing, then the oldest row. */

export type Weight = 'run' | 'unchanged' | 'changed';

interface Slot<T> {
  readonly order: number;
  readonly item: T;
}

/** First in, first out, without moving the whole array at every shift. */
class Fifo<T> {
  #slots: (Slot<T> | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#slots.length - this.#head;
  }

  push(slot: Slot<T>): void {
    this.#slots.push(slot);
  }

  peek(): Slot<T> | undefined {
    return this.#slots[this.#head];
  }

  shift(): Slot<T> | undefined {
    const slot = this.#slots[this.#head];
    if (slot === undefined) return undefined;
    this.#slots[this.#head] = undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head);
      this.#head = 0;
    }
    return slot;
  }
}

export const FIRST_TO_LOSE: readonly Weight[] = ['run', 'unchanged', 'changed'];

/** Holds at most `capacity` items; `onDrop` hears of every item that had to go, oldest first within its weight. */
export class Backlog<T> {
  #capacity: number;
  readonly #onDrop: (item: T, weight: Weight) => void;
  readonly #queues: Readonly<Record<Weight, Fifo<T>>> = {
    run: new Fifo(),
    unchanged: new Fifo(),
    changed: new Fifo(),
  };
  #order = 0;

  constructor(capacity: number, onDrop: (item: T, weight: Weight) => void) {
    this.#capacity = capacity;
    this.#onDrop = onDrop;
  }

  /** Holds so many more from now on. */
  widen(items: number): void {
    this.#capacity += items;
  }

  get length(): number {
    return this.#queues.run.length + this.rows;
  }

  /** Items that are not runs. */
  get rows(): number {
    return this.#queues.unchanged.length + this.#queues.changed.length;
  }

  push(item: T, weight: Weight): void {
    this.#order += 1;
    this.#queues[weight].push({ order: this.#order, item });
    if (this.length > this.#capacity) this.#drop();
  }

  /** Removes and returns the oldest `limit` items in the order in which they came. */
  take(limit: number): T[] {
    const taken: T[] = [];
    while (taken.length < limit) {
      const oldest = this.#oldest();
      const slot = oldest?.shift();
      if (slot === undefined) break;
      taken.push(slot.item);
    }
    return taken;
  }

  #oldest(): Fifo<T> | undefined {
    let best: Fifo<T> | undefined;
    for (const weight of FIRST_TO_LOSE) {
      const queue = this.#queues[weight];
      const order = queue.peek()?.order;
      if (order !== undefined && order < (best?.peek()?.order ?? Infinity)) best = queue;
    }
    return best;
  }

  #drop(): void {
    for (const weight of FIRST_TO_LOSE) {
      const slot = this.#queues[weight].shift();
      if (slot === undefined) continue;
      this.#onDrop(slot.item, weight);
      return;
    }
  }
}
