/** The end of what a program writes. A program that writes without end costs neither memory nor much time. */
import { closeDescriptor, readOutput, watchDescriptor } from '../../../native/program.ts';

/** Bytes that are kept: enough for a message of error, little enough for a journal. */
export const TAIL_BYTES = 300;
const CHUNK_BYTES = 65_536;
/** A program that has written more is listened to once a millisecond, so that the loop has time for others. */
const PATIENCE_BYTES = 262_144;
const PACE_MS = 1;
/** What may wait in the pipe when the program has ended. */
const LAST_CHUNKS = 16;

/** One for all: it is read and copied in one go. */
const chunk = new Uint8Array(CHUNK_BYTES);

export class OutputTail {
  readonly #fd: number;
  #tail = Buffer.alloc(0);
  #bytes = 0;
  #closed = false;
  #unwatch: (() => void) | null = null;
  #pace: NodeJS.Timeout | null = null;

  /** @param fd non-blocking read end of a pipe, which is closed here */
  constructor(fd: number) {
    this.#fd = fd;
    this.#watch();
  }

  /** Everything that was written, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Reads what waits and closes. Descendants that still write are not listened to any longer. */
  finish(): string {
    for (let rounds = 0; rounds < LAST_CHUNKS && !this.#closed && this.#read() > 0; rounds++);
    this.#close();
    return this.#tail.toString('utf8').replace(/^\uFFFD+/, '');
  }

  #watch(): void {
    this.#unwatch = watchDescriptor(this.#fd, () => {
      if (this.#read() === 0) this.#close();
      else if (this.#bytes > PATIENCE_BYTES) this.#slowDown();
    });
  }

  #slowDown(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    const next = (): void => {
      const length = this.#read();
      if (length === 0) this.#close();
      else this.#pace = setTimeout(next, PACE_MS);
    };
    this.#pace = setTimeout(next, PACE_MS);
  }

  /** Bytes read; -1: nothing waits, 0: the end. */
  #read(): number {
    let length: number;
    try {
      length = readOutput(this.#fd, chunk);
    } catch {
      return 0;
    }
    if (length <= 0) return length;
    this.#bytes += length;
    const added = chunk.subarray(Math.max(0, length - TAIL_BYTES), length);
    this.#tail = Buffer.from(Buffer.concat([this.#tail, added]).subarray(-TAIL_BYTES));
    return length;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unwatch?.();
    if (this.#pace !== null) clearTimeout(this.#pace);
    closeDescriptor(this.#fd);
  }
}
