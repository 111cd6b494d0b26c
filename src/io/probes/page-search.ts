/** A regular expression over data that comes in pieces, as keepalived 2.4.3 searches a page (check_http.c). */
import type { Regex } from '../../../native/regex.ts';
import type { PageRegex } from '../../machines/http-checker/http-probe.ts';

/**
 * What a match that is not finished at the end of a piece may hold on to. keepalived keeps 4 KiB; what would need more does
 * not match.
 */
const LONGEST_KEPT_BYTES = 64 * 1024;
/** For the whole of a page. Whoever serves it must not be able to hold up the process. */
const BUDGET_US = 50_000;
/** A character of UTF-8. */
const LONGEST_CHARACTER_BYTES = 4;

const NOTHING = new Uint8Array(0);

export class PageSearch {
  readonly #regex: Regex;
  readonly #minOffset: number;
  readonly #maxOffset: number;
  readonly #lookbehindBytes: number;
  /** Begins with what is kept of the pieces before: `#from` is where the search goes on in it. */
  #kept: Uint8Array = NOTHING;
  #from = 0;
  /** Place of `#kept` in the data. */
  #offset = 0;
  #budgetUs = BUDGET_US;
  #state: 'searching' | 'found' | 'notFound' | 'exhausted' = 'searching';

  constructor(regex: Regex, { minOffset, maxOffset }: Pick<PageRegex, 'minOffset' | 'maxOffset'>) {
    this.#regex = regex;
    this.#minOffset = minOffset;
    this.#maxOffset = maxOffset ?? Number.POSITIVE_INFINITY;
    this.#lookbehindBytes = regex.maxLookbehind * LONGEST_CHARACTER_BYTES;
  }

  get isFound(): boolean {
    return this.#state === 'found';
  }

  /** The search was given up: it takes too long. */
  get isExhausted(): boolean {
    return this.#state === 'exhausted';
  }

  /** Takes in a piece of the data, of which nothing is kept unless a match may go on behind it. */
  add(piece: Uint8Array): void {
    if (this.#state !== 'searching' || piece.length === 0) return;
    this.#search(this.#kept.length === 0 ? piece : joined(this.#kept, piece), false);
  }

  /** The data are complete. keepalived never looks at what was unfinished then, so that `OK$` matches nowhere. */
  end(): void {
    if (this.#state === 'searching') this.#search(this.#kept, true);
    this.#kept = NOTHING;
  }

  #search(subject: Uint8Array, isEnd: boolean): void {
    const from = Math.max(this.#from, this.#minOffset - this.#offset);
    if (this.#offset + from > this.#maxOffset) {
      this.#state = 'notFound';
      return;
    }
    if (from > subject.length) {
      this.#keep(subject, subject.length);
      return;
    }
    const begunUs = performance.now() * 1000;
    const match = this.#regex.match(subject, {
      ...{ from, isBeginning: this.#offset === 0, isEnd, budgetUs: Math.max(0, Math.round(this.#budgetUs)) },
    });
    this.#budgetUs -= performance.now() * 1000 - begunUs;
    if (match.kind === 'exhausted') this.#state = 'exhausted';
    else if (match.kind === 'match') {
      this.#state = this.#offset + match.at > this.#maxOffset ? 'notFound' : 'found';
    } else this.#keep(subject, match.kind === 'unfinished' ? match.at : subject.length);
  }

  /** The search goes on at this place of the subject. */
  #keep(subject: Uint8Array, at: number): void {
    const kept = Math.max(0, at - this.#lookbehindBytes);
    this.#from = at - kept;
    this.#offset += kept;
    const rest = subject.subarray(kept);
    if (rest.length <= LONGEST_KEPT_BYTES) {
      this.#kept = rest.slice();
      return;
    }
    this.#kept = NOTHING;
    this.#offset += rest.length;
    this.#from = 0;
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
