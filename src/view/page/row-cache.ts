/** Rows of one actor around the selected one, so that stepping rarely waits for the server. */
import type { MomentAnswer, ViewRow } from '../api.ts';
import { api } from './api-client.ts';

const PAGE = 60;
const MOST_ROWS = 5_000;
const MOST_LATE = 200;

const moments = new WeakMap<ViewRow, MomentAnswer>();

/** What came with a row, if a time was sought and not a row; null: it has to be asked for. */
export const momentOf = (row: ViewRow): MomentAnswer | null => moments.get(row) ?? null;

export class RowCache {
  readonly node: string;
  readonly actor: string;
  /** Without holes, ascending by seq. */
  #rows: ViewRow[] = [];
  /** `#rows` reaches the newest row, so live rows can be appended. */
  #atEnd = false;
  /** Came while the newest rows were being asked for. */
  #late: ViewRow[] = [];

  constructor(node: string, actor: string) {
    this.node = node;
    this.actor = actor;
  }

  isFor(node: string, actor: string): boolean {
    return this.node === node && this.actor === actor;
  }

  /** The rows of a live stream come in order; those of other actors are passed over. */
  append(row: ViewRow): void {
    if (!this.isFor(row.node, row.actor)) return;
    if (!this.#atEnd) {
      this.#late = [...this.#late.slice(-MOST_LATE), row];
      return;
    }
    if (row.seq <= (this.#rows.at(-1)?.seq ?? 0)) return;
    this.#rows.push(row);
    if (this.#rows.length > MOST_ROWS) this.#rows = this.#rows.slice(-MOST_ROWS / 2);
  }

  async newest(): Promise<ViewRow | null> {
    if (!this.#atEnd) {
      const { rows } = await api.rows(this.node, { actor: this.actor, limit: PAGE });
      const newest = rows.at(-1)?.seq ?? 0;
      this.#rows = [...rows, ...this.#late.filter(({ seq }) => seq > newest)];
      this.#atEnd = true;
    }
    return this.#rows.at(-1) ?? null;
  }

  /**
   * The newest row at or before a time, or the first one if all are later.
   * @param everybody all actors at its time are asked for with it
   */
  async at(timeUs: number, everybody: boolean): Promise<ViewRow | null> {
    const answer = await api.moment(this.node, this.actor, timeUs, everybody);
    const { row } = answer;
    this.#rows = row === null ? [] : [row];
    this.#atEnd = false;
    if (row !== null) moments.set(row, answer);
    return row;
  }

  async get(seq: number): Promise<ViewRow | null> {
    const known = this.#rows.find((row) => row.seq === seq);
    if (known !== undefined) return known;
    const { rows } = await api.rows(this.node, { actor: this.actor, before: seq + 1, limit: PAGE });
    this.#rows = [...rows];
    this.#atEnd = false;
    return this.#rows.find((row) => row.seq === seq) ?? null;
  }

  async after(seq: number): Promise<ViewRow | null> {
    const known = this.#rows.find((row) => row.seq > seq);
    const covered = known !== undefined && (this.#rows[0]?.seq ?? 0) <= seq;
    if (covered) return known;
    if (this.#atEnd && (this.#rows.at(-1)?.seq ?? -1) <= seq) return null;
    const { rows, more } = await api.rows(this.node, { actor: this.actor, after: seq, limit: PAGE });
    this.#join(rows, seq);
    if (!more) this.#atEnd = true;
    return rows[0] ?? null;
  }

  async before(seq: number): Promise<ViewRow | null> {
    const covered = (this.#rows.at(-1)?.seq ?? 0) >= seq;
    const known = covered ? this.#rows.findLast((row) => row.seq < seq) : undefined;
    if (known !== undefined) return known;
    const { rows } = await api.rows(this.node, { actor: this.actor, before: seq, limit: PAGE });
    if (covered && this.#rows[0]?.seq === seq) this.#rows = [...rows, ...this.#rows];
    else {
      this.#rows = [...rows];
      this.#atEnd = false;
    }
    return rows.at(-1) ?? null;
  }

  /** Rows of this actor that a row led to, as far as they are known. */
  consequences(seq: number): readonly ViewRow[] {
    return this.#rows.filter(({ cause }) => cause === seq);
  }

  #join(rows: readonly ViewRow[], afterSeq: number): void {
    this.#rows = this.#rows.at(-1)?.seq === afterSeq ? [...this.#rows, ...rows] : [...rows];
  }
}
