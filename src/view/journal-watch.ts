/**
 * When to look for new rows. The file system says that a journal was written (inotify), so nobody looks while nothing
 * happens. What was written can be read once its transaction is over, which may have to wait for the disk: so it is looked
 * for a few times. Where the file system does not tell, it is looked for all the time.
 */
import { type FSWatcher, watch } from 'node:fs';

/** From what was written to when it is looked for again, and for how long. */
const EAGER_MS = 4;
const EAGER_FOR_MS = 80;
/** In case that the file system missed something. */
const CALM_MS = 500;
/** Without word from the file system: within 100 ms, with room for the writer's batches. */
const BLIND_MS = 40;

export class JournalWatch {
  readonly #directory: string;
  readonly #look: () => void;
  #watcher: FSWatcher | null = null;
  #timer: NodeJS.Timeout;
  #isEager = false;
  #writtenMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  /** @param look looks for rows; must not throw */
  constructor(directory: string, look: () => void) {
    this.#directory = directory;
    this.#look = look;
    this.#watch();
    this.#timer = this.#plan();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#watcher?.close();
  }

  /** The directory may not be there yet, and there is an end to how many can be watched. */
  #watch(): void {
    try {
      this.#watcher = watch(this.#directory, () => this.#written());
      this.#watcher.on('error', () => this.#blind());
    } catch {
      this.#watcher = null;
    }
  }

  #blind(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #written(): void {
    this.#writtenMs = performance.now();
    if (this.#isEager) return;
    this.#isEager = true;
    clearTimeout(this.#timer);
    // What else the same turn tells is one look.
    this.#timer = setTimeout(() => this.#turn(), 0);
  }

  #turn(): void {
    this.#look();
    // Whoever was told of rows may have had enough.
    if (this.#isClosed) return;
    if (this.#watcher === null) this.#watch();
    this.#timer = this.#plan();
  }

  #plan(): NodeJS.Timeout {
    this.#isEager = performance.now() - this.#writtenMs < EAGER_FOR_MS;
    const delay = this.#isEager ? EAGER_MS : this.#watcher === null ? BLIND_MS : CALM_MS;
    return setTimeout(() => this.#turn(), delay);
  }
}
