/** Text that no output may show. */

const MASK = '********';

/** Holds a password or key of the configuration; printed, logged or made into JSON it is a row of asterisks. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** For what signs or compares with it, never for output. */
  reveal(): string {
    return this.#text;
  }

  toJSON(): string {
    return MASK;
  }

  toString(): string {
    return MASK;
  }
}
