/** Follows the log files of a lab's services and hands on whole lines. */
import { closeSync, fstatSync, openSync, readSync, truncateSync } from 'node:fs';

const chunkBytes = 64 * 1024;
/** The writers append, so a file can be emptied under them; a lab left running must not fill memory-backed /run. */
const fileLimitBytes = 8 * 1024 * 1024;
/** Longer lines are handed on in pieces. */
const lineLimit = 8 * 1024;

export class LogTail {
  readonly #path: string;
  readonly #line: (text: string) => void;
  readonly #decoder = new TextDecoder();
  #offset = 0;
  #rest = '';

  constructor(path: string, line: (text: string) => void) {
    this.#path = path;
    this.#line = line;
  }

  /** Hands on what has been written since the last call. A file that is not there yet counts as empty. */
  poll(): void {
    let file: number;
    try {
      file = openSync(this.#path, 'r');
    } catch {
      return;
    }
    try {
      const size = fstatSync(file).size;
      if (size < this.#offset) this.#offset = 0;
      const buffer = new Uint8Array(chunkBytes);
      while (this.#offset < size) {
        const length = readSync(file, buffer, 0, Math.min(chunkBytes, size - this.#offset), this.#offset);
        if (length === 0) break;
        this.#offset += length;
        this.#take(this.#decoder.decode(buffer.subarray(0, length), { stream: true }));
      }
      if (this.#offset > fileLimitBytes) {
        truncateSync(this.#path, 0);
        this.#offset = 0;
      }
    } finally {
      closeSync(file);
    }
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
    if (this.#rest.length > lineLimit) {
      this.#line(this.#rest);
      this.#rest = '';
    }
  }
}
