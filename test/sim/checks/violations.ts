/** What was found: each kind of violation once for each router and instance, with the time. */
export interface Violation {
  /** Which promise is broken. */
  readonly rule: string;
  readonly atUs: number;
  readonly text: string;
}

/** A story that has gone wrong in so many ways tells no more by others. */
const MOST = 20;

export class Violations {
  readonly list: Violation[] = [];
  readonly #nowUs: () => number;
  readonly #seen = new Set<string>();

  constructor(nowUs: () => number) {
    this.#nowUs = nowUs;
  }

  add(rule: string, who: string, text: string): void {
    const key = `${rule} ${who}`;
    if (this.#seen.has(key) || this.list.length >= MOST) return;
    this.#seen.add(key);
    this.list.push({ rule, atUs: this.#nowUs(), text: `${who}: ${text}` });
  }
}
