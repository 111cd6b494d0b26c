/** Which journals a command reads, and opening them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { JournalError } from '../journal/model.ts';
import { JournalReader } from '../journal/reader.ts';
import { CliError, EXIT, type JournalOptions, talk } from './cli.ts';

const DEFAULT_JOURNAL = '/var/lib/relived/journal';

/** The lab's record is read by the lab's own module, and only if there is one: most machines have none. */
export async function labRecord(): Promise<{
  journals: readonly string[];
  control: Readonly<Record<string, string>>;
} | null> {
  const base = process.env.RELIVED_LAB_DIR || '/run/relived-lab';
  if (!existsSync(join(base, 'current.json'))) return null;
  const { readRecord } = await import('../lab/record.ts');
  return readRecord(base);
}

/** Directories that the command line, the environment or a running lab names. */
export async function journalDirectories(options: JournalOptions): Promise<readonly string[]> {
  if (options.journal.length > 0) return options.journal;
  const fromEnvironment = (process.env.RELIVE_JOURNAL ?? '').split(':').filter((path) => path !== '');
  if (fromEnvironment.length > 0) return fromEnvironment;
  const lab = await labRecord();
  return lab !== null && lab.journals.length > 0 ? lab.journals : [DEFAULT_JOURNAL];
}

/** A journal's error as the end of the command. */
export function cliError(error: unknown): unknown {
  if (!(error instanceof JournalError)) return error;
  return new CliError(error.kind === 'damaged' ? EXIT.damaged : EXIT.error, error.message);
}

/**
 * Opens the journals that the options or the surroundings name, uses them and closes them. One of several that has
 * no history yet (a node that never ran relived) is passed over with a word.
 * @throws CliError 3 if there is no history at all
 */
export async function withReaders<T>(
  options: JournalOptions,
  use: (readers: readonly JournalReader[]) => Promise<T> | T,
): Promise<T> {
  const directories = await journalDirectories(options);
  const readers: JournalReader[] = [];
  try {
    for (const directory of directories) {
      try {
        readers.push(new JournalReader(directory));
      } catch (error) {
        if (!(error instanceof JournalError && error.kind === 'missing')) throw error;
        talk(`relive: ${error.message}`);
      }
    }
    if (readers.length === 0)
      throw new CliError(EXIT.nothingFound, 'no history to read; -j names a journal directory');
    return await use(readers);
  } catch (error) {
    throw cliError(error);
  } finally {
    for (const reader of readers) reader.close();
  }
}

/** Name of a node as people see it: two journals of one name are told apart by their directory. */
export function nodeLabel(reader: JournalReader, readers: readonly JournalReader[]): string {
  const isUnique = readers.filter(({ node }) => node === reader.node).length === 1;
  return isUnique ? reader.node : `${reader.node}(${reader.directory})`;
}
