/** Numbers for `${_RANDOM}`: the same seed gives the same configuration, on every machine. */

/** Whole numbers in inclusive ranges, from a generator of 32 bits (a counter, mixed). */
export class Random {
  #state: number;

  /** @param seed whole number; 32 bits of it count */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Both ends included; both are whole numbers of at most 32 bits. */
  between(min: number, max: number): number {
    return min + Math.floor((this.#next() / 2 ** 32) * (max - min + 1));
  }

  #next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }
}
