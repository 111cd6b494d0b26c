/** Pid files, where other programs look for the process, and which keep a second daemon from starting. */
import fs from 'node:fs';
import { dirname } from 'node:path';
import { lockFile } from '../../native/process.ts';
import { PID_DIRECTORY } from './pid-file-places.ts';
import { StartError } from './start-error.ts';

const EXIT_OK = 0;
const EXIT_FATAL = 1;

/** Tries while somebody removes or replaces the file between two of our steps. */
const MAX_TRIES = 100;

export class PidFile {
  readonly path: string;
  /** Has the file locked, if this process has. */
  readonly fd: number;

  /**
   * Opens and locks it, for as long as this process lives. `isLocked`: by the watchdog, for this process.
   * @throws StartError with exit status 0, as keepalived's, if another process has it locked; with 1 if it cannot be made
   */
  constructor(path: string, isLocked = false) {
    this.path = path;
    this.fd = openLocked(path, isLocked ? () => true : lockFile);
    fs.ftruncateSync(this.fd);
  }

  /** The number of a process and a line end. */
  write(pid: number): void {
    fs.writeSync(this.fd, `${pid}\n`, 0);
  }

  remove(): void {
    try {
      if (isSameFile(this.fd, this.path)) fs.unlinkSync(this.path);
      fs.closeSync(this.fd);
    } catch {
      // Whoever removed it wanted it gone.
    }
  }
}

/** Locked, and still what has this name. A symbolic link is refused: it could point anywhere. */
function openLocked(path: string, lock: (fd: number) => boolean): number {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  try {
    if (dirname(path) === PID_DIRECTORY) fs.mkdirSync(PID_DIRECTORY, { recursive: true, mode: 0o755 });
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const fd = fs.openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644);
      // The mask of the process holds for what it tells nobody; this is to be read by all.
      fs.fchmodSync(fd, 0o644);
      if (!lock(fd)) {
        fs.closeSync(fd);
        throw new StartError(`daemon is already running (it has ${path} locked)`, EXIT_OK);
      }
      if (isSameFile(fd, path)) return fd;
      fs.closeSync(fd);
    }
    throw new Error('somebody replaces it all the time');
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`cannot write pid file ${path}: ${(error as Error).message}`, EXIT_FATAL);
  }
}

function isSameFile(fd: number, path: string): boolean {
  const [open, named] = [fs.fstatSync(fd), fs.statSync(path, { throwIfNoEntry: false })];
  return named !== undefined && named.dev === open.dev && named.ino === open.ino;
}
