/** What is executed for a command of the configuration. */
import { access, constants, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

export interface Executable {
  /** What the kernel runs. */
  readonly path: string;
  readonly arguments: readonly string[];
}

/** Variables by which a caller could change what a program of another user loads or how a shell splits words. */
const UNSAFE_VARIABLES = new Set(['IFS', 'LD_PRELOAD', 'LD_LIBRARY_PATH']);

/** The environment of this process without what keepalived takes away, too. */
export function programEnvironment(variables: NodeJS.ProcessEnv): string[] {
  return Object.entries(variables).flatMap(([name, value]) =>
    value === undefined || UNSAFE_VARIABLES.has(name) ? [] : [`${name}=${value}`],
  );
}

/**
 * The program of a command, found in the search path if it has no slash, its symbolic links resolved unless they are
 * wanted (use_symlink_paths). `</PATH` asks a shell whether the file can be read, as keepalived does.
 * @throws with the reason why it cannot be run
 */
export async function executableOf(
  command: readonly string[],
  searchPath: string,
  keepSymlinks: boolean,
): Promise<Executable> {
  const [name = '', ...rest] = command;
  if (/^[<>]/.test(name)) {
    const text = [name, ...rest.map(quoteForShell)].join(' ');
    return { path: '/bin/sh', arguments: ['sh', '-c', text] };
  }
  const found = name.includes('/') ? name : await findIn(searchPath, name);
  const program = keepSymlinks ? path.resolve(found) : await realpath(found);
  // execve would say EACCES, which speaks of permissions.
  if ((await stat(program)).isDirectory()) throw new Error(`EISDIR: ${program} is a directory`);
  return { path: program, arguments: command };
}

async function findIn(searchPath: string, name: string): Promise<string> {
  for (const directory of searchPath.split(':')) {
    if (directory === '') continue;
    const candidate = path.join(directory, name);
    const runs = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return candidate;
  }
  throw new Error(`ENOENT: there is no program ${name}`);
}

function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
