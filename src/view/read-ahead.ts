/**
 * Reads journals into the kernel's memory before anybody asks about them. A history of a month is a gigabyte, of which a seek
 * touches a few pages in many places: from a disk alone that takes several times as long as from memory.
 */
import { readdirSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

/** More than that would drive out what others have in memory. */
const MOST_BYTES = 2_000_000_000;
const CHUNK_BYTES = 1_000_000;

/** Files of the directories, the newest first: the past that is asked about most lies near. */
function newestFirst(directories: readonly string[]): string[] {
  const files = directories.flatMap((directory) => {
    try {
      return readdirSync(directory).map((name) => join(directory, name));
    } catch {
      return [];
    }
  });
  return files
    .flatMap((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat?.isFile() ? [{ file, changedMs: stat.mtimeMs }] : [];
    })
    .sort((a, b) => b.changedMs - a.changedMs)
    .map(({ file }) => file);
}

/** Resolves when all is read, the bound is reached or it was told to stop. What cannot be read is left to whoever asks for it. */
export async function readAhead(directories: readonly string[], stop: AbortSignal): Promise<void> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let left = MOST_BYTES;
  for (const file of newestFirst(directories)) {
    let handle: FileHandle | null = null;
    try {
      handle = await open(file, 'r');
      for (let read = 1; read > 0 && left > 0 && !stop.aborted; left -= read)
        read = (await handle.read(buffer, 0, CHUNK_BYTES)).bytesRead;
    } catch {
      // It went meanwhile, or may not be read.
    } finally {
      await handle?.close();
    }
    if (left <= 0 || stop.aborted) return;
  }
}
