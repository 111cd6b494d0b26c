/** `relive journal`: the files of a history. */
import { Command } from 'commander';
import { type JournalOptions, type OutputOptions, withJournals, withOutput } from '../cli.ts';

type Options = JournalOptions & OutputOptions;

export function journalCommand(): Command {
  const command = new Command('journal').description(
    'the files of a history: what there is, whether it can be read',
  );
  withOutput(withJournals(command.command('list')))
    .summary('the segments, with their times, rows and sizes')
    .description(
      'the segments with their times, rows, runs and sizes; which were thinned, are damaged or set aside',
    )
    .action(async (options: Options) => (await import('../journal/list.ts')).list(options));
  withOutput(withJournals(command.command('check')))
    .summary('whether the files can be read')
    .description(
      'whether SQLite finds every file whole, and what the next start of relived does; relive verify checks more',
    )
    .action(async (options: Options) => (await import('../journal/check.ts')).check(options));
  withOutput(withJournals(command.command('head')))
    .summary('the newest hash, to be kept elsewhere')
    .description(
      'the newest hash of the chain: kept elsewhere, it shows by relive verify --head that no end was cut off',
    )
    .action(async (options: Options) => (await import('../journal/head.ts')).head(options));
  withOutput(command.command('salvage'))
    .summary('a journal that can be read, of one that is damaged')
    .description(
      'reads around damaged pages, and writes a new directory that opens and verifies; its gaps say what is missing',
    )
    .argument('<directory>', 'journal with damaged or set-aside segments; it is not touched')
    .argument('<into>', 'new directory')
    .action(async (directory: string, into: string, options: OutputOptions) =>
      (await import('../journal/salvage.ts')).runSalvage(directory, into, options),
    );
  return command;
}
