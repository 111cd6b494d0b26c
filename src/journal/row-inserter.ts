/** Rows of `ev` on their way into a segment: many by one statement, their digests in one piece, as the chain's hash takes them. */
import type Database from 'better-sqlite3';
import { DIGEST_BYTES, writeDigest } from './digests.ts';
import { type Column, TABLES } from './format.ts';

/** Rows a statement: a call, its way through N-API and a statement's own beginning and end cost as much as two of a row's columns. */
const TOGETHER = 16;
/** Room for the digests of so many rows; doubles when a transaction has more. */
const FIRST_ROOM = 1024;
const COLUMNS = [...TABLES.ev, 'digest'];

/** A row's columns as its digest takes them: the table's name first. */
export type EvContent = readonly ['ev', ...(string | number | null)[]];

export class RowInserter {
  readonly #one: Database.Statement<Column[]>;
  readonly #many: Database.Statement<Column[]>;
  /** Columns of the rows that wait for the statement. */
  readonly #columns: Column[] = new Array(TOGETHER * COLUMNS.length).fill(null);
  /** Of the same rows: a buffer for each would be made and collected for every row. */
  readonly #waitingDigests = Buffer.allocUnsafeSlow(TOGETHER * DIGEST_BYTES);
  readonly #digestViews = Array.from({ length: TOGETHER }, (_, i) =>
    this.#waitingDigests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES),
  );
  #waiting = 0;
  #digests = Buffer.allocUnsafeSlow(FIRST_ROOM * DIGEST_BYTES);
  #rows = 0;

  constructor(db: Database.Database) {
    const values = `(${COLUMNS.map(() => '?').join(', ')})`;
    const insert = (rows: number): Database.Statement<Column[]> =>
      db.prepare(`INSERT INTO ev(${COLUMNS.join(', ')}) VALUES ${Array(rows).fill(values).join(', ')}`);
    this.#one = insert(1);
    this.#many = insert(TOGETHER);
  }

  /** A transaction begins: what one before it left, which failed, is forgotten. */
  begin(): void {
    this.#waiting = 0;
    this.#rows = 0;
  }

  /** @throws SqliteError, of this row or one before it */
  add(content: EvContent): void {
    const waiting = this.#waiting;
    const at = waiting * COLUMNS.length;
    writeDigest(content, this.#waitingDigests, waiting * DIGEST_BYTES);
    for (let column = 1; column < content.length; column += 1)
      this.#columns[at + column - 1] = content[column] ?? null;
    this.#columns[at + COLUMNS.length - 1] = this.#digestViews[waiting] ?? null;
    this.#waiting = waiting + 1;
    if (this.#waiting < TOGETHER) return;
    this.#many.run(...this.#columns);
    this.#keepDigests();
  }

  /** Stores what still waits. Gives the digests of all rows since `begin`; good until the next one. @throws SqliteError */
  finish(): { readonly rows: number; readonly digests: Uint8Array } {
    for (let row = 0; row < this.#waiting; row += 1) {
      const at = row * COLUMNS.length;
      this.#one.run(...this.#columns.slice(at, at + COLUMNS.length));
    }
    this.#keepDigests();
    return { rows: this.#rows, digests: this.#digests.subarray(0, this.#rows * DIGEST_BYTES) };
  }

  #keepDigests(): void {
    const end = (this.#rows + this.#waiting) * DIGEST_BYTES;
    if (end > this.#digests.length) {
      const larger = Buffer.allocUnsafeSlow(2 * this.#digests.length);
      larger.set(this.#digests.subarray(0, this.#rows * DIGEST_BYTES));
      this.#digests = larger;
    }
    this.#waitingDigests.copy(this.#digests, this.#rows * DIGEST_BYTES, 0, this.#waiting * DIGEST_BYTES);
    this.#rows += this.#waiting;
    this.#waiting = 0;
  }
}
