/** Perl's regular expressions over bytes (PCRE2): the addon's part with types. */
import { loadAddon } from './load.ts';

export type Match =
  /** Where it begins. */
  | { readonly kind: 'match'; readonly at: number }
  | { readonly kind: 'none' }
  /** What follows the subject decides. */
  | { readonly kind: 'unfinished'; readonly at: number }
  /** It would take longer, or more memory, than it may. */
  | { readonly kind: 'exhausted' };

interface NativeRegex {
  readonly maxLookbehind: number;
  match(subject: Uint8Array, from: number, isBeginning: boolean, isEnd: boolean, budgetUs: number): number;
}

interface Addon {
  readonly Regex: new (pattern: string, options: readonly string[]) => NativeRegex;
}

const NONE: Match = { kind: 'none' };
const EXHAUSTED: Match = { kind: 'exhausted' };
/** What the addon gives for these two; below them is an unfinished match, by its place. */
const [NO_MATCH, TOO_LONG] = [-1, -2];

export interface MatchPlace {
  /** Where the search begins. */
  readonly from: number;
  /** The subject begins where all data does, so that `^` may match there. */
  readonly isBeginning: boolean;
  /** Nothing follows the subject. */
  readonly isEnd: boolean;
  /** Longest time for this search; it is looked at now and then. */
  readonly budgetUs: number;
}

export class Regex {
  readonly #native: NativeRegex;

  /**
   * `options`: keepalived's words for those of PCRE2. Throws an Error with `offset` for a pattern that PCRE2 does not
   * understand, a TypeError for an option that it does not have.
   */
  constructor(pattern: string, options: readonly string[]) {
    this.#native = new (loadAddon() as Addon).Regex(pattern, options);
  }

  /** How far before a match what it depends on may begin, in characters. */
  get maxLookbehind(): number {
    return this.#native.maxLookbehind;
  }

  match(subject: Uint8Array, { from, isBeginning, isEnd, budgetUs }: MatchPlace): Match {
    const found = this.#native.match(subject, from, isBeginning, isEnd, budgetUs);
    if (found >= 0) return { kind: 'match', at: found };
    if (found === NO_MATCH) return NONE;
    return found === TOO_LONG ? EXHAUSTED : { kind: 'unfinished', at: TOO_LONG - 1 - found };
  }
}
