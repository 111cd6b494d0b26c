/** Numbers in files, told when they change: the kernel tells of files that were written and closed, moved or deleted. */
import path from 'node:path';
import { addInotifyWatch, openInotify } from '../../../native/observers.ts';
import { closeDescriptor, readOutput, watchDescriptor } from '../../../native/program.ts';
import type { FileSource } from '../../machines/tracker/tracker.input.ts';
import { decodeInotify } from './inotify.ts';
import { initialiseFile, readNumber } from './number-file.ts';

export interface FileMonitorOptions {
  readonly read: (id: string, value: number) => void;
  readonly invalid: (id: string, text: string) => void;
  readonly troubled: (id: string, error: string) => void;
}

/** How often a directory that cannot be watched is tried again. */
const RETRY_MS = 1_000;
const BUFFER_BYTES = 65_536;

interface Watched {
  readonly source: FileSource;
  readonly directory: string;
  readonly name: string;
  value: number | null;
}

export class FileMonitor {
  readonly #options: FileMonitorOptions;
  readonly #files = new Map<string, Watched>();
  /** By directory; null while it cannot be watched. */
  readonly #watches = new Map<string, number | null>();
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #fd = -1;
  #unwatch: (() => void) | null = null;
  #retry: NodeJS.Timeout | null = null;

  constructor(options: FileMonitorOptions) {
    this.#options = options;
  }

  /** Tells the present number before it returns. */
  observe(id: string, source: FileSource): void {
    const { initial } = source;
    const wrong = initial === null ? null : initialiseFile(source.path, initial.value, initial.overwrite);
    if (wrong !== null) this.#options.troubled(id, wrong);
    const directory = path.dirname(path.resolve(source.path));
    const watched: Watched = { source, directory, name: path.basename(source.path), value: null };
    this.#files.set(id, watched);
    this.#open();
    this.#watch(directory, true);
    this.#look(id, watched);
  }

  stop(id: string): void {
    this.#files.delete(id);
    if (this.#files.size === 0) this.close();
  }

  close(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    if (this.#fd >= 0) closeDescriptor(this.#fd);
    this.#fd = -1;
    this.#watches.clear();
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
  }

  #open(): void {
    if (this.#fd >= 0) return;
    try {
      this.#fd = openInotify();
      this.#unwatch = watchDescriptor(this.#fd, () => this.#happened());
    } catch {
      // Every directory is said to be in trouble, and tried again.
    }
  }

  #watch(directory: string, tell: boolean): void {
    if (typeof this.#watches.get(directory) === 'number') return;
    try {
      this.#watches.set(directory, addInotifyWatch(this.#fd, directory));
    } catch (error) {
      this.#watches.set(directory, null);
      const text = `${directory} cannot be watched: ${error instanceof Error ? error.message : String(error)}`;
      if (tell) this.#each(directory, (id) => this.#options.troubled(id, text));
      this.#retry ??= setTimeout(() => this.#tryAgain(), RETRY_MS);
    }
  }

  #tryAgain(): void {
    this.#retry = null;
    this.#open();
    for (const [directory, watch] of this.#watches) {
      if (watch !== null) continue;
      this.#watch(directory, false);
      this.#each(directory, (id, watched) => this.#look(id, watched));
    }
  }

  #happened(): void {
    const length = readOutput(this.#fd, this.#buffer);
    if (length <= 0) return;
    const due = new Set<string>();
    for (const { watch, what, name } of decodeInotify(this.#buffer.subarray(0, length))) {
      for (const [directory, number] of this.#watches) {
        if (number !== watch && what !== 'lost') continue;
        if (what === 'gone') {
          this.#watches.set(directory, null);
          this.#watch(directory, true);
        }
        this.#each(directory, (id, watched) => {
          if (what !== 'changed' || watched.name === name) due.add(id);
        });
      }
    }
    for (const id of due) {
      const watched = this.#files.get(id);
      if (watched !== undefined) this.#look(id, watched);
    }
  }

  #look(id: string, watched: Watched): void {
    const found = readNumber(watched.source.path);
    if ('invalid' in found) {
      this.#options.invalid(id, found.invalid);
      // keepalived: before the first number it counts as 0.
      if (watched.value !== null) return;
    }
    const value = 'value' in found ? found.value : 0;
    if (value === watched.value) return;
    watched.value = value;
    this.#options.read(id, value);
  }

  #each(directory: string, act: (id: string, watched: Watched) => void): void {
    for (const [id, watched] of this.#files) if (watched.directory === directory) act(id, watched);
  }
}
