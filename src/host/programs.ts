/** Programs that a configuration runs: where they are, and who else could change them. */
import fs from 'node:fs';
import path from 'node:path';
import type { ProgramFacts } from '../config/environment.ts';

/** What decides whether others than root can write something. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

const STICKY = 0o1000;
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const ANYONE_RUNS = 0o111;

const NONE: ProgramFacts = { path: null, executable: false, unsafe: false };

/** @param searchPath as the environment variable PATH; only for names without a slash */
export function programFacts(command: string, searchPath: string): ProgramFacts {
  try {
    const found = find(command, searchPath);
    if (found === null) return NONE;
    const real = fs.realpathSync(found);
    const stats = fs.statSync(real);
    return {
      path: found,
      executable: stats.isFile() && (stats.mode & ANYONE_RUNS) !== 0,
      unsafe: isPathUnsafe(found) || (real !== found && isPathUnsafe(real)),
    };
  } catch {
    // What cannot be looked at cannot be run either.
    return NONE;
  }
}

function find(command: string, searchPath: string): string | null {
  const candidates = command.includes('/')
    ? [command]
    : searchPath
        .split(':')
        .filter((directory) => directory !== '')
        .map((directory) => path.join(directory, command));
  const found = candidates.find((file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true);
  return command === '' || found === undefined ? null : path.resolve(found);
}

/** Every directory on the way is looked at, and the program itself. */
function isPathUnsafe(file: string): boolean {
  return pathsTo(file).some((one) => isEntryUnsafe(fs.lstatSync(one)));
}

/**
 * The same without waiting for the disk, for a program that is about to run: what was safe when the configuration was
 * read may not be any longer. What is not there is not unsafe.
 */
export async function isProgramUnsafe(file: string): Promise<boolean> {
  try {
    const real = await fs.promises.realpath(file);
    const paths = [...new Set([...pathsTo(path.resolve(file)), ...pathsTo(real)])];
    const entries = await Promise.all(paths.map((one) => fs.promises.lstat(one)));
    return entries.some(isEntryUnsafe);
  } catch {
    return false;
  }
}

/** `/`, each directory on the way, and the file. */
function pathsTo(file: string): string[] {
  const parts = file.split('/').filter((part) => part !== '');
  return ['/', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)];
}

function isEntryUnsafe(stats: fs.Stats): boolean {
  if (stats.isSymbolicLink()) return stats.uid !== 0;
  return isWritableByOthers(stats, stats.isDirectory());
}

/** In a sticky directory others can add files, but neither change nor replace those of root. */
export function isWritableByOthers({ uid, gid, mode }: Ownership, directory: boolean): boolean {
  if (uid !== 0) return true;
  if (directory && (mode & STICKY) !== 0) return false;
  return (mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITES) !== 0 && gid !== 0);
}
