/** Notices that the files of a configuration are others than they were when it was read. */
import fs from 'node:fs';
import { dirname } from 'node:path';
import type { StartCondition } from '../protocol/start-plan.ts';

/** From the first sign of a change to the look: an editor writes more than once, and somebody edits more than one file. */
const SETTLES_MS = 1_500;
/** What is beyond these goes unnoticed. */
const MOST_DIRECTORIES = 64;
const MOST_FILES = 4_096;

export interface ConfigWatchOptions {
  /** A file may be another than when `follow` was told of it. */
  readonly changed: () => void;
  /** Milliseconds; 1.5 s. */
  readonly settlesMs?: number;
}

export class ConfigWatch {
  readonly #options: ConfigWatchOptions;
  readonly #watchers = new Map<string, fs.FSWatcher>();
  #files: readonly string[] = [];
  #listed: readonly string[] = [];
  #seen = '';
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: ConfigWatchOptions) {
    this.#options = options;
  }

  /** What a reading depended on. Null: that is not known, and nothing is watched. */
  follow(conditions: readonly StartCondition[] | null): void {
    if (this.#isClosed) return;
    const known = conditions ?? [];
    this.#files = pathsOf(known, 'file', 'absent').slice(0, MOST_FILES);
    this.#listed = pathsOf(known, 'listing');
    this.#seen = this.#signature();
    // Also where a directory really is: there the file is replaced.
    const real = known.flatMap((condition) => (condition.kind === 'real' ? [condition.real] : []));
    const directories = new Set([...this.#files.map((path) => dirname(path)), ...this.#listed, ...real]);
    for (const directory of this.#watchers.keys()) if (!directories.has(directory)) this.#ignore(directory);
    for (const directory of directories) this.#watch(directory);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const directory of this.#watchers.keys()) this.#ignore(directory);
  }

  #watch(directory: string): void {
    if (this.#watchers.has(directory) || this.#watchers.size >= MOST_DIRECTORIES) return;
    try {
      const watcher = fs.watch(directory, () => this.#hear());
      // A directory that goes away, or too many watchers on this machine: the next start is slower, and that is all.
      watcher.on('error', () => this.#ignore(directory));
      watcher.unref();
      this.#watchers.set(directory, watcher);
    } catch {
      // As above.
    }
  }

  #ignore(directory: string): void {
    this.#watchers.get(directory)?.close();
    this.#watchers.delete(directory);
  }

  #hear(): void {
    if (this.#timer !== null || this.#isClosed) return;
    this.#timer = setTimeout(() => this.#look(), this.#options.settlesMs ?? SETTLES_MS);
    this.#timer.unref();
  }

  /** Whoever writes other files into a directory of ours all the time must not have ours read all the time. */
  #look(): void {
    this.#timer = null;
    if (this.#signature() !== this.#seen) this.#options.changed();
  }

  #signature(): string {
    const files = this.#files.map((path) => {
      const found = fs.statSync(path, { throwIfNoEntry: false });
      return found === undefined ? '-' : `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
    });
    return JSON.stringify([files, this.#listed.map(listingOf)]);
  }
}

function pathsOf(conditions: readonly StartCondition[], ...kinds: readonly string[]): readonly string[] {
  const paths = conditions.flatMap((one) => ('path' in one && kinds.includes(one.kind) ? [one.path] : []));
  return [...new Set(paths)];
}

function listingOf(directory: string): readonly string[] {
  try {
    return fs.readdirSync(directory).toSorted();
  } catch {
    return [];
  }
}
