/** The file of a segment on the way to being read: in place, or from a copy where SQLite could not. */
import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** Bytes 18 and 19 of an SQLite file are 2 while it is in WAL mode. */
export function isWal(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const header = Buffer.alloc(20);
    return readSync(fd, header, 0, 20, 0) === 20 && header[18] === 2;
  } finally {
    closeSync(fd);
  }
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** SQLite reads a WAL only with a shared-memory file it may write: without one, the segment is read from a copy. */
export function canOpenInPlace(path: string): boolean {
  if (existsSync(`${path}-journal`)) return false;
  if (!isWal(path)) return true;
  return writable(`${path}-shm`) && writable(path);
}

const stamp = (path: string): string => {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '-' : `${stat.size} ${stat.mtimeMs}`;
};

/** Copies a segment with its side files; again if it was written meanwhile. */
export function copyAside(path: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'relived-journal-'));
  const parts = ['', '-wal', '-journal'];
  const copy = join(directory, basename(path));
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const before = parts.map((end) => stamp(path + end)).join();
    for (const end of parts) {
      rmSync(copy + end, { force: true });
      if (existsSync(path + end)) copyFileSync(path + end, copy + end);
    }
    if (parts.map((end) => stamp(path + end)).join() === before) break;
  }
  return copy;
}
