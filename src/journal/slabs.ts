/**
 * Memory that both threads see, for parcels on their way: lent for one, given back when the worker has confirmed it. As messages
 * that are copied, 40,000 rows a second are 32 MB of buffers a second, which garbage collection of both threads has to find.
 */

/** As large as most parcels under load are. */
const SLAB_BYTES = 256 * 1024;
/** As many as may be on their way at a time. */
const KEPT = 16;
const KEPT_AT_REST = 2;

export class Slabs {
  readonly #free: SharedArrayBuffer[] = [];

  /** So many bytes, of any content. */
  lend(bytes: number): Uint8Array<SharedArrayBuffer> {
    const slab = bytes <= SLAB_BYTES ? this.#free.pop() : undefined;
    return new Uint8Array(slab ?? new SharedArrayBuffer(Math.max(bytes, SLAB_BYTES)), 0, bytes);
  }

  /** What was lent, when nobody reads it any more. */
  giveBack({ buffer }: Uint8Array<SharedArrayBuffer>): void {
    if (buffer.byteLength === SLAB_BYTES && this.#free.length < KEPT) this.#free.push(buffer);
  }

  /** Lets go of what only a burst needed. */
  rest(): void {
    this.#free.length = Math.min(this.#free.length, KEPT_AT_REST);
  }
}
