/** Parts of the language that the engine of native/planner lacks, as far as they are used. */
import { Bytes, Decoder, Encoder } from './bytes.ts';
import process from './process.ts';

function add(prototype: object, methods: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(methods)) {
    if (!(name in prototype)) Object.defineProperty(prototype, name, { value, configurable: true });
  }
}

function at(this: ArrayLike<unknown>, index: number): unknown {
  const whole = Math.trunc(index) || 0;
  return this[whole < 0 ? this.length + whole : whole];
}

add(Object, {
  hasOwn: (object: object, key: string) => Object.getOwnPropertyDescriptor(object, key) !== undefined,
});
add(Error, { captureStackTrace() {} });
add(String.prototype, {
  at,
  toWellFormed(this: string) {
    return this.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
  },
});
add(Object.getPrototypeOf(Uint8Array.prototype), { at });
add(Array.prototype, {
  at,
  findLast(this: unknown[], test: (one: unknown, index: number) => boolean) {
    for (let index = this.length - 1; index >= 0; index--) if (test(this[index], index)) return this[index];
    return undefined;
  },
  findLastIndex(this: unknown[], test: (one: unknown, index: number) => boolean) {
    for (let index = this.length - 1; index >= 0; index--) if (test(this[index], index)) return index;
    return -1;
  },
  toSorted(this: unknown[], compare?: (a: unknown, b: unknown) => number) {
    return [...this].sort(compare);
  },
  toReversed(this: unknown[]) {
    return [...this].reverse();
  },
});
Object.assign(globalThis, { process, Buffer: Bytes, TextDecoder: Decoder, TextEncoder: Encoder });
