/** What global_defs says to the reader itself, from its line on: include_check and random_seed. */
import type { Word } from '../problems.ts';
import type { Definitions } from './definitions.ts';
import { ALL_CHECKS, changeChecks, type IncludeChecks, NO_CHECKS } from './includes.ts';
import type { Item } from './lexer.ts';

export class GlobalSettings {
  /** What includes must satisfy. */
  checks: IncludeChecks;
  readonly #definitions: Definitions;
  #depth = 0;
  /** A brace was opened, or is about to be, after this word of the top level. */
  #block = '';

  /** @param enforced all checks hold from the start */
  constructor(definitions: Definitions, enforced: boolean) {
    this.#definitions = definitions;
    this.checks = enforced ? ALL_CHECKS : NO_CHECKS;
  }

  /** Looks at the items from this index on. */
  follow(items: readonly Item[], from: number): void {
    for (let index = from; index < items.length; index++) {
      const item = items[index];
      if (item === undefined) return;
      if (item.kind === 'words') this.#statement(item.words);
      else {
        this.#depth = Math.max(0, this.#depth + (item.kind === 'open' ? 1 : -1));
        if (this.#depth === 0) this.#block = '';
      }
    }
  }

  #statement(words: readonly [Word, ...Word[]]): void {
    // A brace that was forgotten is read as if it stood there.
    if (this.#depth === 0 && this.#block === 'global_defs') this.#depth = 1;
    if (this.#depth === 0) this.#block = words[0].text;
    else if (this.#depth === 1 && this.#block === 'global_defs') this.#setting(words.map(({ text }) => text));
  }

  #setting([keyword, ...words]: readonly string[]): void {
    if (keyword === 'include_check') this.checks = changeChecks(this.checks, words);
    const [seed = ''] = words;
    if (keyword !== 'random_seed' || !/^[0-9]{1,10}$/.test(seed)) return;
    if (Number(seed) <= 0xffffffff) this.#definitions.seed(Number(seed));
  }
}
