/** `relive journal check`: whether SQLite can read the segments, and what a start of the daemon would do. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { inventory } from '../../journal/inventory.ts';
import { damageOf } from '../../journal/start-check.ts';
import { EXIT, type JournalOptions, type OutputOptions, print } from '../cli.ts';
import { cliError, journalDirectories } from '../journals.ts';
import { coloured, table } from '../output.ts';

interface Checked {
  readonly directory: string;
  readonly file: string;
  readonly state: string;
  /** What SQLite finds wrong; null: nothing. */
  readonly damage: string | null;
  /** What the next start of the daemon does with it; null: nothing. */
  readonly atStart: string | null;
}

export async function check(options: JournalOptions & OutputOptions): Promise<void> {
  const found = (await journalDirectories(options)).flatMap(checkDirectory);
  if (options.output === 'json') print(JSON.stringify(found, null, 2));
  else if (options.output === 'jsonl') for (const one of found) print(JSON.stringify(one));
  else for (const line of table(found.map(cellsOf))) print(line);
  if (found.some(({ damage, state }) => damage !== null && state !== 'set aside'))
    process.exitCode = EXIT.damaged;
}

function checkDirectory(directory: string): Checked[] {
  try {
    return inventory(directory).map(({ file, state }) => {
      // SQLite would need to write beside the file of a set-aside segment to read its WAL.
      const damage = state === 'set aside' ? null : damageOf(join(directory, file));
      return { directory, file, state, damage, atStart: atStart(directory, file, state, damage) };
    });
  } catch (error) {
    throw cliError(error);
  }
}

function atStart(directory: string, file: string, state: string, damage: string | null): string | null {
  if (state === 'unclosed') return damage === null ? 'is closed' : 'is set aside';
  const isUnclosed = state === 'damaged' && existsSync(join(directory, `${file}-wal`));
  return isUnclosed ? 'is set aside' : null;
}

function cellsOf({ directory, file, state, damage, atStart: what }: Checked): string[] {
  const verdict =
    state === 'set aside' ? '' : damage === null ? coloured('green', 'ok') : coloured('red', damage);
  return [join(directory, file), state, verdict, what === null ? '' : `${what} at the next start`];
}
