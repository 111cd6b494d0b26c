/** A named pipe that lines are written to, read by whoever opens it. */
import fs from 'node:fs';
import { makeFifo } from '../../../native/index.ts';

export interface FifoOptions {
  readonly path: string;
  /** Who owns it when it is made here, and whose FIFO it may be besides this process's own. */
  readonly uid: number;
  readonly gid: number;
}

/** What a write became: `first` and `count` are of the lines lost in a row. */
export type FifoWrite =
  | { readonly written: true; readonly lostBefore: number }
  | { readonly written: false; readonly first: boolean; readonly error: string };

export interface Fifo {
  readonly path: string;
  /** What is wrong though it can be used: its owner could not be set. */
  readonly warning: string | null;
  /** Never waits: without room the line is lost. */
  write(line: string): FifoWrite;
  /** Closes it, and removes it if it was made here and nobody has put another in its place. */
  close(): void;
}

/** A FIFO that cannot be used; the message says which and why. */
export class FifoError extends Error {}

const MODE = 0o644;

/**
 * Makes the FIFO unless there is one, and opens it for reading too, so that it can be opened without a reader and keeps
 * what is written until one comes (keepalived behaviour).
 * @throws FifoError if it cannot be made, or if something else is in its place: a link, a file, somebody else's FIFO.
 */
export function openFifo(options: FifoOptions): Fifo {
  const { path } = options;
  const made = make(path);
  const warning = made ? giveAway(options) : null;
  try {
    const { fd, identity } = openOwn(options);
    return new OpenFifo(path, fd, made ? identity : null, warning);
  } catch (error) {
    if (made) fs.rmSync(path, { force: true });
    throw error;
  }
}

/** True if it was made, false if something was there. */
function make(path: string): boolean {
  try {
    makeFifo(path, MODE);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw new FifoError(`${path} cannot be made: ${textOf(error)}`);
  }
}

function giveAway({ path, uid, gid }: FifoOptions): string | null {
  if (uid === process.geteuid?.() && gid === process.getegid?.()) return null;
  try {
    fs.lchownSync(path, uid, gid);
    return null;
  } catch (error) {
    return `${path} cannot be given to ${uid}:${gid}: ${textOf(error)}`;
  }
}

function openOwn({ path, uid }: FifoOptions): { fd: number; identity: Identity } {
  // Looked at before it is opened as well: opening a device could do something.
  const before = statOf(path);
  if (before !== null) refuseStranger(path, before, uid);
  const { O_RDWR, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
  } catch (error) {
    throw new FifoError(`${path} cannot be opened: ${textOf(error)}`);
  }
  const stats = fs.fstatSync(fd);
  try {
    refuseStranger(path, stats, uid);
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
  return { fd, identity: { dev: stats.dev, ino: stats.ino } };
}

/** @throws FifoError unless it is a FIFO of this process's user or of `uid`: anything else may be somebody's trap. */
function refuseStranger(path: string, stats: fs.Stats, uid: number): void {
  if (!stats.isFIFO()) throw new FifoError(`${path} is ${kindOf(stats)}, not a FIFO: it is not used`);
  if (stats.uid !== process.geteuid?.() && stats.uid !== uid) {
    throw new FifoError(`${path} belongs to user ${stats.uid}, and must belong to ${uid}: it is not used`);
  }
}

function kindOf(stats: fs.Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isDirectory()) return 'a directory';
  return stats.isFile() ? 'a file' : 'something else';
}

interface Identity {
  readonly dev: number;
  readonly ino: number;
}

class OpenFifo implements Fifo {
  readonly path: string;
  readonly warning: string | null;
  #fd: number;
  /** null: it was there before. */
  readonly #made: Identity | null;
  #lost = 0;

  constructor(path: string, fd: number, made: Identity | null, warning: string | null) {
    this.path = path;
    this.warning = warning;
    this.#fd = fd;
    this.#made = made;
  }

  write(line: string): FifoWrite {
    try {
      // A line of at most PIPE_BUF (4096) bytes is written whole or not at all (pipe(7)).
      fs.writeSync(this.#fd, line);
    } catch (error) {
      this.#lost += 1;
      const full = codeOf(error) === 'EAGAIN';
      return { written: false, first: this.#lost === 1, error: full ? 'nobody reads it' : textOf(error) };
    }
    const lostBefore = this.#lost;
    this.#lost = 0;
    return { written: true, lostBefore };
  }

  close(): void {
    if (this.#fd < 0) return;
    // Removed first, so that a reader which opens it again at its end does not find it once more.
    const now = statOf(this.path);
    const own = now !== null && now.dev === this.#made?.dev && now.ino === this.#made.ino;
    if (own) fs.rmSync(this.path, { force: true });
    fs.closeSync(this.#fd);
    this.#fd = -1;
  }
}

function statOf(path: string): fs.Stats | null {
  try {
    return fs.lstatSync(path);
  } catch {
    return null;
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
