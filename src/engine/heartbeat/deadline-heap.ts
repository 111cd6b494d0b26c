/** Deadlines of many instances in order, made for deadlines that are pushed back far more often than they fall due. */

/** "Not armed." */
export const NEVER = Number.POSITIVE_INFINITY;

/** One deadline. Created once for its owner, then armed and disarmed through the heap. */
export class Deadline<Owner> {
  readonly owner: Owner;
  /** When it falls due; NEVER if it does not. */
  atUs = NEVER;
  /** Where the heap has it sorted in: at or before `atUs`, because pushing back is left for later. */
  keyUs = NEVER;
  index = -1;

  constructor(owner: Owner) {
    this.owner = owner;
  }
}

/**
 * A binary heap in which re-arming for later costs one store: the entry is sorted anew only when it comes to the top.
 */
export class DeadlineHeap<Owner> {
  readonly #heap: Deadline<Owner>[] = [];

  get size(): number {
    return this.#heap.length;
  }

  arm(deadline: Deadline<Owner>, atUs: number): void {
    deadline.atUs = atUs;
    if (deadline.index === -1) {
      if (atUs === NEVER) return;
      deadline.keyUs = atUs;
      deadline.index = this.#heap.length;
      this.#heap.push(deadline);
      this.#up(deadline);
    } else if (atUs < deadline.keyUs) {
      deadline.keyUs = atUs;
      this.#up(deadline);
    }
  }

  disarm(deadline: Deadline<Owner>): void {
    deadline.atUs = NEVER;
    if (deadline.index !== -1) this.#remove(deadline);
  }

  /** The deadline that falls due first, null if none is armed. */
  peek(): Deadline<Owner> | null {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined) return null;
      if (top.keyUs === top.atUs) return top;
      if (top.atUs === NEVER) {
        this.#remove(top);
      } else {
        top.keyUs = top.atUs;
        this.#down(top);
      }
    }
  }

  /** Every deadline due at or before `nowUs`, in no order. */
  dueAt(nowUs: number): Deadline<Owner>[] {
    const due: Deadline<Owner>[] = [];
    const open = [0];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const entry = this.#heap[index];
      if (entry === undefined || entry.keyUs > nowUs) continue;
      if (entry.atUs <= nowUs) due.push(entry);
      open.push(index * 2 + 1, index * 2 + 2);
    }
    return due;
  }

  #remove(deadline: Deadline<Owner>): void {
    const index = deadline.index;
    const last = this.#heap.pop();
    deadline.index = -1;
    deadline.keyUs = NEVER;
    if (last === undefined || last === deadline) return;
    this.#place(last, index);
    this.#up(last);
    this.#down(last);
  }

  #up(entry: Deadline<Owner>): void {
    while (entry.index > 0) {
      const parentIndex = (entry.index - 1) >> 1;
      const parent = this.#heap[parentIndex];
      if (parent === undefined || parent.keyUs <= entry.keyUs) return;
      this.#place(parent, entry.index);
      this.#place(entry, parentIndex);
    }
  }

  #down(entry: Deadline<Owner>): void {
    for (;;) {
      const leftIndex = entry.index * 2 + 1;
      const left = this.#heap[leftIndex];
      if (left === undefined) return;
      const right = this.#heap[leftIndex + 1];
      const child = right !== undefined && right.keyUs < left.keyUs ? right : left;
      if (child.keyUs >= entry.keyUs) return;
      const childIndex = child.index;
      this.#place(child, entry.index);
      this.#place(entry, childIndex);
    }
  }

  #place(entry: Deadline<Owner>, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }
}
