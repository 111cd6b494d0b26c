/**
 * States over time at any scale. Time is cut into cells of about a pixel: a state that lasts beyond its cell is an exact span,
 * and those that begin and end within one cell are one `Dense` piece, which says all of them. So nothing that happened is left
 * out, however much time is shown, and there are never more pieces than pixels.
 */

/** No process held the actor. */
export const ABSENT = -1;

export interface CellSpan {
  readonly fromUs: number;
  readonly toUs: number;
  /** Row that led to the state. */
  readonly seq: number;
  readonly state: number;
}

export interface CellDense {
  readonly fromUs: number;
  readonly toUs: number;
  /** First of the rows that changed the state here. */
  readonly seq: number;
  /** Each state that began and ended here, in order of appearance; ABSENT where the process was gone for a moment. */
  readonly states: readonly number[];
  /** Changes of state in this cell. */
  readonly changes: number;
}

export interface CellTick {
  readonly timeUs: number;
  /** Of the first input, or of the first row if none of them is one. */
  readonly seq: number;
  readonly rows: number;
  readonly inputs: number;
}

export interface BuiltLane {
  readonly spans: readonly CellSpan[];
  readonly dense: readonly CellDense[];
  readonly ticks: readonly CellTick[];
}

interface Mutable<T> {
  value: T;
}

export class LaneBuilder {
  readonly #fromUs: number;
  readonly #toUs: number;
  readonly #cellUs: number;
  readonly #spans: CellSpan[] = [];
  readonly #dense: Mutable<CellDense>[] = [];
  readonly #ticks: Mutable<CellTick>[] = [];
  #open: {
    readonly fromUs: number;
    readonly seq: number;
    readonly state: number;
    /** It was so before the window. */
    readonly begun: boolean;
  } | null = null;
  /** Cell of the newest change of state, and how many and which was the first in it. */
  #cell = Number.NEGATIVE_INFINITY;
  #changes = 0;
  #firstSeq = 0;
  #denseCell = Number.NEGATIVE_INFINITY;
  #tickCell = Number.NEGATIVE_INFINITY;
  #latestUs = Number.NEGATIVE_INFINITY;

  /** @param cellUs at least 1 */
  constructor(fromUs: number, toUs: number, cellUs: number) {
    this.#fromUs = fromUs;
    this.#toUs = toUs;
    this.#cellUs = Math.max(1, cellUs);
  }

  /** The state that was in force when the window begins. */
  begin(seq: number, state: number): void {
    this.#open = { fromUs: this.#fromUs, seq, state, begun: true };
  }

  /** A row. Times that go back, after a step of the clock, count as the latest one. */
  row(timeUs: number, seq: number, state: number, isInput: boolean): void {
    const atUs = Math.max(timeUs, this.#latestUs);
    this.#tick(atUs, seq, isInput);
    this.#become(atUs, seq, state);
  }

  /** The process ended. */
  end(timeUs: number): void {
    if (this.#open !== null && this.#open.state !== ABSENT)
      this.#become(Math.max(timeUs, this.#latestUs), this.#open.seq, ABSENT);
  }

  /** Pieces so far. */
  get size(): number {
    return this.#spans.length + this.#dense.length + this.#ticks.length;
  }

  finish(): BuiltLane {
    this.#close(this.#toUs, Number.POSITIVE_INFINITY);
    return {
      spans: this.#spans,
      dense: this.#dense.map(({ value }) => value),
      ticks: this.#ticks.map(({ value }) => value),
    };
  }

  #tick(timeUs: number, seq: number, isInput: boolean): void {
    const cell = Math.floor(timeUs / this.#cellUs);
    const last = this.#ticks.at(-1);
    const input = isInput ? 1 : 0;
    if (last === undefined || cell !== this.#tickCell) {
      this.#tickCell = cell;
      this.#ticks.push({ value: { timeUs, seq, rows: 1, inputs: input } });
      return;
    }
    const { rows, inputs } = last.value;
    const isFirstInput = isInput && inputs === 0;
    last.value = {
      ...(isFirstInput ? { timeUs, seq } : { timeUs: last.value.timeUs, seq: last.value.seq }),
      rows: rows + 1,
      inputs: inputs + input,
    };
  }

  #become(atUs: number, seq: number, state: number): void {
    this.#latestUs = atUs;
    if (this.#open?.state === state) return;
    const cell = Math.floor(atUs / this.#cellUs);
    if (cell === this.#cell) this.#changes += 1;
    else {
      this.#cell = cell;
      this.#changes = 1;
      this.#firstSeq = seq;
    }
    this.#close(atUs, cell);
    this.#open = { fromUs: atUs, seq, state, begun: false };
  }

  #close(atUs: number, cell: number): void {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    const isWithin = !open.begun && Math.floor(open.fromUs / this.#cellUs) === cell;
    if (isWithin) this.#thicken(open.fromUs, atUs, open.state, cell);
    else if (open.state !== ABSENT) {
      const { fromUs, seq, state } = open;
      this.#spans.push({ fromUs, toUs: atUs, seq, state });
    }
  }

  #thicken(fromUs: number, toUs: number, state: number, cell: number): void {
    const last = this.#dense.at(-1);
    const changes = this.#changes;
    if (last === undefined || cell !== this.#denseCell) {
      this.#denseCell = cell;
      this.#dense.push({ value: { fromUs, toUs, seq: this.#firstSeq, states: [state], changes } });
      return;
    }
    const { states } = last.value;
    last.value = {
      ...last.value,
      toUs,
      states: states.includes(state) ? states : [...states, state],
      changes,
    };
  }
}
