/**
 * A small file beside the journal in which something outlives the daemon, however it ended. The journal is history: it may
 * be removed, full or unwritable, and must not be needed to know what holds now.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { replaceFile } from './replace-file.ts';

const LARGEST_FILE_BYTES = 32 * 1024 * 1024;

export interface StateFileOptions {
  /** null: nothing is read or kept. */
  readonly path: string | null;
  /** What is in it, as the log calls it: `orders`. */
  readonly what: string;
  readonly log: (line: string) => void;
}

export class StateFile {
  readonly #options: StateFileOptions;
  #writing: Promise<string | null> | null = null;
  #next: Promise<string | null> | null = null;
  /** Why the last writing failed; null: it did not. */
  #trouble: string | null = null;

  constructor(options: StateFileOptions) {
    this.#options = options;
  }

  /**
   * What `parse` makes of it; null: there is nothing. What cannot be understood (`parse` gives null) is told of and left
   * out: nothing in such a file is worth a router that does not start.
   */
  read<T>(parse: (file: unknown) => T | null): T | null {
    const { path, what, log } = this.#options;
    if (path === null) return null;
    try {
      const read = parse(parseJson(readRegularFile(path)));
      if (read === null) log(`the ${what} in ${path} are ignored: that is no file of ${what}`);
      return read;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT') log(`the ${what} in ${path} are ignored: ${message}`);
      return null;
    }
  }

  /**
   * Resolves when all that holds now is on the disk: with null, or with what prevents it, which is in the log once. However
   * many ask meanwhile, one more writing follows the one under way. `content` is asked for when its writing begins.
   */
  save(content: () => unknown): Promise<string | null> {
    if (this.#writing === null) return this.#write(content);
    this.#next ??= this.#writing.then(() => {
      this.#next = null;
      return this.#write(content);
    });
    return this.#next;
  }

  #write(content: () => unknown): Promise<string | null> {
    const { path, what, log } = this.#options;
    if (path === null) return Promise.resolve(null);
    this.#writing = replaceFile(path, `${JSON.stringify(content())}\n`)
      .then(() => null)
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
      .then((trouble) => {
        this.#writing = null;
        if (trouble !== null && trouble !== this.#trouble)
          log(`${what} cannot be kept in ${path}: ${trouble}`);
        this.#trouble = trouble;
        return trouble;
      });
    return this.#writing;
  }
}

/** A FIFO in its place must not hold up the start, nor a symbolic link lead elsewhere. @throws Error */
function readRegularFile(path: string): string {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const about = fstatSync(fd);
    if (!about.isFile()) throw new Error('it is not a regular file');
    if (about.size > LARGEST_FILE_BYTES) throw new Error('it is too large');
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** null: none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
