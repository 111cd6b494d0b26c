/** `relive why`: verdict, causes, what was missing, what would have prevented it. */
import { Command, Option } from 'commander';
import type { JournalReader } from '../../journal/reader.ts';
import {
  CliError,
  EXIT,
  type JournalOptions,
  type OutputOptions,
  print,
  withJournals,
  withOutput,
} from '../cli.ts';
import { withReaders } from '../journals.ts';
import { pointOf, wallOf } from '../range.ts';
import { POINT_HELP } from '../time.ts';
import { explanationLines } from '../why/explain.ts';
import { answer } from '../why/question.ts';

interface WhyOptions extends JournalOptions, OutputOptions {
  readonly at?: string;
  readonly not?: 'master';
  readonly prove?: boolean;
}

export function whyCommand(): Command {
  const command = new Command('why')
    .description('why mastership, or a server, changed last: verdict, causes, what would have prevented it')
    .argument('[instance]', 'VRRP instance, virtual or real server (default: the instance that changed last)')
    .option('--at <time>', `the newest change at or before this (${POINT_HELP})`)
    .addOption(
      new Option('--not <role>', 'why the instance was not this then, instead of what changed').choices([
        'master',
      ]),
    )
    .option('--prove', 'live the change again with other settings, and tell which of them prevent it');
  return withOutput(withJournals(command)).action((instance: string | undefined, options: WhyOptions) =>
    withReaders(options, (readers) => run(instance, options, readers)),
  );
}

async function run(
  word: string | undefined,
  options: WhyOptions,
  readers: readonly JournalReader[],
): Promise<void> {
  const wallUs = options.at === undefined ? null : wallOf(pointOf(options.at, readers), readers);
  const notMaster = options.not === 'master';
  if (notMaster && word === undefined)
    throw new CliError(EXIT.usage, '--not master asks about an instance: name it');
  const explanation = answer(readers, { instance: word ?? null, atUs: wallUs, notMaster });
  if (explanation === null)
    throw new CliError(EXIT.nothingFound, 'no change of mastership found, nor of a server');
  const isTable = options.output === 'table';
  if (isTable) for (const line of explanationLines(explanation, options.utc === true)) print(line);
  if (options.prove !== true) {
    if (!isTable) print(JSON.stringify(explanation, null, options.output === 'json' ? 2 : 0));
    return;
  }
  const { prove, provedLines } = await import('../whatif/prove.ts');
  const proved = await prove(readers, explanation);
  if (isTable) for (const line of ['Lived again with something changed', ...provedLines(proved)]) print(line);
  else print(JSON.stringify({ ...explanation, proved }, null, options.output === 'json' ? 2 : 0));
}
