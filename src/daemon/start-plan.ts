/**
 * Keeps the start plan (start-plan-text.ts) in its file, for relived-starter to set the table before the next start's program
 * begins (docs/adr/0019-start-plan.md).
 */
import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { rm } from 'node:fs/promises';
import { realPieces } from './pieces.ts';
import { replaceFile } from './replace-file.ts';
import { type Made, type StartPlanSource, startPlanText } from './start-plan-text.ts';

/** After the last thing that may have changed it: a start, a reload or an order has come to rest by then. */
const SETTLES_MS = 1_000;
/** How often a table that is still being set is waited for. */
const MOST_WAITS = 60;

export interface StartPlanOptions extends StartPlanSource {
  /** Null: none is kept. */
  readonly path: string | null;
  readonly log: (line: string) => void;
  /** Milliseconds; 1 s. */
  readonly settlesMs?: number;
}

export class StartPlan {
  readonly #options: StartPlanOptions;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #again = false;
  #waits = 0;
  #closed = false;
  #said = '';

  constructor(options: StartPlanOptions) {
    this.#options = options;
  }

  /** Something may have changed. It is looked at in a moment. */
  renew(): void {
    this.#waits = 0;
    this.#schedule();
  }

  /** Makes it at once, of actors that are not run. Null: it is there; else why there is none. @throws Error of the disk */
  async make(): Promise<string | null> {
    const { path } = this.#options;
    if (path === null) return 'no start would look for one';
    const made = await this.#renewed(path);
    if (made === 'later') throw new Error('an actor that is not run has a table');
    return 'none' in made ? made.none : null;
  }

  /** Resolves when nothing is being written any more. What stands stays, for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#writing;
  }

  #schedule(): void {
    if (this.#closed || this.#options.path === null) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write(), this.#options.settlesMs ?? SETTLES_MS);
    this.#timer.unref();
  }

  #write(): void {
    this.#timer = null;
    if (this.#writing !== null) {
      this.#again = true;
      return;
    }
    this.#writing = this.#renewed(this.#options.path ?? '')
      .then((made) => this.#told(made))
      .catch((error: unknown) => this.#say(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        this.#writing = null;
        if (this.#again) this.#schedule();
        this.#again = false;
      });
  }

  async #renewed(path: string): Promise<Made> {
    const made = await realPieces.run(startPlanText(path, this.#options));
    if (made === 'later') return made;
    if ('none' in made) await rm(path, { force: true });
    else if (!isThere(path, made.text)) await replaceFile(path, made.text);
    return made;
  }

  #told(made: Made): void {
    if (made === 'later') {
      this.#waits += 1;
      if (this.#waits < MOST_WAITS) this.#schedule();
    } else if ('none' in made) this.#say(made.none);
  }

  #say(why: string): void {
    if (why !== this.#said) this.#options.log(`no start plan is kept: ${why}`);
    this.#said = why;
  }
}

/** Nothing is written on a disk where that changes nothing: the first line tells one plan from another. */
function isThere(path: string, text: string): boolean {
  try {
    const first = Buffer.from(text.slice(0, text.indexOf('\n') + 1));
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
    const found = Buffer.alloc(first.length);
    const about = fs.fstatSync(fd);
    fs.readSync(fd, found, 0, found.length, 0);
    fs.closeSync(fd);
    const isOwn = about.uid === process.geteuid?.() && (about.mode & 0o777) === 0o600 && about.nlink === 1;
    return isOwn && about.size === Buffer.byteLength(text) && found.equals(first);
  } catch {
    return false;
  }
}
