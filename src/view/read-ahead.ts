/**
 * Has journals read into the kernel's memory before anybody asks about them. A history of a month is a gigabyte, of which a seek
 * touches a few pages in many places: from a disk alone that takes several times as long as from memory.
 */
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** More than that would drive out what others have in memory. */
const MOST_BYTES = 2_000_000_000;
const MOST_FILES = 1_000;

interface Found {
  readonly file: string;
  readonly bytes: number;
  readonly changedMs: number;
}

/** None: it is not there, went meanwhile, or may not be looked at. */
function found(file: string): readonly Found[] {
  try {
    const stat = statSync(file);
    return stat.isFile() ? [{ file, bytes: stat.size, changedMs: stat.mtimeMs }] : [];
  } catch {
    return [];
  }
}

function filesOf(directory: string): readonly Found[] {
  try {
    return readdirSync(directory).flatMap((name) => found(join(directory, name)));
  } catch {
    return [];
  }
}

/** The newest first, as far as the bounds go: the past that is asked about most lies near. */
function worthReading(directories: readonly string[]): string[] {
  const files = directories.flatMap(filesOf).sort((a, b) => b.changedMs - a.changedMs);
  let left = MOST_BYTES;
  const read: string[] = [];
  for (const { file, bytes } of files) {
    if (bytes > left || read.length === MOST_FILES) continue;
    left -= bytes;
    read.push(file);
  }
  return read;
}

/**
 * Begins to read, and returns what ends it. What cannot be read is left to whoever asks for it.
 *
 * Another process has to do it: a process that closes a file loses every lock that it has on it (fcntl(2)), also those of SQLite,
 * and then a daemon that writes the journal believes that nobody reads it.
 */
export function readAhead(directories: readonly string[], done: () => void = () => {}): () => void {
  const files = worthReading(directories);
  if (files.length === 0) {
    done();
    return () => {};
  }
  const reader = spawn('cat', ['--', ...files], { stdio: 'ignore' });
  reader.once('error', done).once('close', done);
  return () => void reader.kill();
}
