/** Watches the file that says when to reload. */
import fs from 'node:fs';
import { basename, dirname } from 'node:path';
import { readReloadTime } from './reload-time.ts';

export interface ReloadWatchOptions {
  readonly file: string;
  /** reload_repeat: a time of day holds for every day. */
  readonly repeat: boolean;
  readonly log: (line: string) => void;
  readonly reload: () => void;
}

/** A longer wait is made of several. */
const LONGEST_WAIT_MS = 3_600_000;
const LONGEST_TEXT = 20;

export class ReloadWatch {
  readonly #options: ReloadWatchOptions;
  #watcher: fs.FSWatcher | null = null;
  #timer: NodeJS.Timeout | undefined;
  #atMs: number | null = null;
  #dated = false;

  constructor(options: ReloadWatchOptions) {
    this.#options = options;
    const { file, log } = options;
    try {
      // The directory: the file may come and go.
      this.#watcher = fs.watch(dirname(file), (_, name) => {
        if (name === basename(file)) this.#look();
      });
      this.#watcher.on('error', (error) => log(`reload_time_file cannot be watched: ${error.message}`));
      this.#watcher.unref();
    } catch (error) {
      log(`Unable to monitor reload timer file directory ${dirname(file)}: ${error} - ignoring`);
    }
    this.#look();
  }

  close(): void {
    this.#watcher?.close();
    clearTimeout(this.#timer);
  }

  #look(): void {
    const { file, log } = this.#options;
    const asked = readReloadTime(textOf(file), new Date());
    if (asked.kind === 'wrong') log(asked.why);
    const atMs = asked.kind === 'at' ? asked.atMs : null;
    if (atMs === this.#atMs) return;
    if (atMs === null) log(`Cancelling reload scheduled for ${timeText(this.#atMs ?? 0)}`);
    else if (this.#atMs === null) log(`Scheduling reload for ${timeText(atMs)}`);
    else log(`Reload time updated from ${timeText(this.#atMs)} to ${timeText(atMs)}`);
    this.#atMs = atMs;
    this.#dated = asked.kind === 'at' && asked.dated;
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#atMs === null) return;
    const leftMs = this.#atMs - Date.now();
    if (leftMs <= 0) this.#due();
    else {
      this.#timer = setTimeout(() => this.#wait(), Math.min(leftMs, LONGEST_WAIT_MS));
      this.#timer.unref();
    }
  }

  #due(): void {
    this.#atMs = null;
    if (!this.#options.repeat || this.#dated) fs.rmSync(this.#options.file, { force: true });
    else this.#look();
    this.#options.reload();
  }
}

/** '' if there is none. */
function textOf(file: string): string {
  try {
    const fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const buffer = Buffer.alloc(LONGEST_TEXT + 1);
      return buffer.toString('utf8', 0, fs.readSync(fd, buffer));
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return '';
  }
}

function timeText(atMs: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const at = new Date(atMs);
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${date} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`;
}
