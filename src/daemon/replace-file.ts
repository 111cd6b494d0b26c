/** Files that are there as a whole or not at all, whoever else writes them at the same time. */
import { lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A writer takes milliseconds: what has not changed for so long was left by one that was killed. */
const ABANDONED_MS = 60_000;

let written = 0;

/**
 * A reader, also one after a crash of the machine, sees the former file or this one; of several writers, in whatever
 * processes, the last has its own there. @throws Error of the disk
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  written += 1;
  const unfinished = `${path}.${process.pid}-${written}.new`;
  await removeAbandoned(path);
  // Of a former process with this id.
  await rm(unfinished, { force: true });
  try {
    await write(unfinished, text);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  }
  const directory = await open(dirname(path), 'r');
  await directory.sync().finally(() => directory.close());
}

async function write(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function removeAbandoned(path: string): Promise<void> {
  const prefix = `${basename(path)}.`;
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(prefix) || !/^\d+-\d+\.new$/.test(name.slice(prefix.length))) continue;
    const file = join(dirname(path), name);
    const about = await lstat(file).catch(() => null);
    if (about !== null && Date.now() - about.mtimeMs > ABANDONED_MS) await rm(file, { force: true });
  }
}
