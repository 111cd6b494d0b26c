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

/** What the first bytes of an SQLite file say (https://www.sqlite.org/fileformat.html section 1.3). */
export interface FileHeader {
  /** In WAL mode: still written, or never closed. What else stands here may be older than what its WAL says. */
  readonly isWal: boolean;
  readonly userVersion: number;
  readonly applicationId: number;
}

const HEADER_BYTES = 100;

/** Null for a file that is too short to be one of SQLite's. */
export function fileHeader(path: string): FileHeader | null {
  const fd = openSync(path, 'r');
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    if (readSync(fd, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return null;
    return {
      isWal: header[18] === 2,
      userVersion: header.readUInt32BE(60),
      applicationId: header.readUInt32BE(68),
    };
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
export function canOpenInPlace(path: string, header: FileHeader | null): boolean {
  if (existsSync(`${path}-journal`)) return false;
  if (header?.isWal !== true) return true;
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
