/**
 * Objects as numbers: equal JSON has the same one. What an actor knows is some values of which one or two change in a step, and
 * its configuration, most of it, never: so each object is read once and not with every step.
 */
import type { Json, JsonObject } from '../../protocol/json.ts';

/** Texts that are remembered; beyond it equal values get new numbers, and no two different ones the same. */
const TEXTS_KEPT = 50_000;

/** In brackets, to be told from numbers that are values. */
type NumberOf = readonly [number];

export class ValueNumbers {
  readonly #ofObject = new WeakMap<object, NumberOf>();
  readonly #ofText = new Map<string, NumberOf>();
  #count = 0;

  /** The same keys; objects and arrays are numbers. Values must not be written into. */
  shortened(context: JsonObject): JsonObject {
    const short: Record<string, Json> = {};
    for (const [key, value] of Object.entries(context))
      if (value !== undefined)
        short[key] = typeof value === 'object' && value !== null ? this.#of(value) : value;
    return short;
  }

  #of(value: object): NumberOf {
    const known = this.#ofObject.get(value);
    if (known !== undefined) return known;
    const text = JSON.stringify(value);
    if (this.#ofText.size >= TEXTS_KEPT) this.#ofText.clear();
    const number = this.#ofText.get(text) ?? [this.#count++];
    this.#ofText.set(text, number);
    this.#ofObject.set(value, number);
    return number;
  }
}
