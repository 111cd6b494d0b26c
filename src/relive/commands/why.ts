/** `relive why`: verdict, causes, what was missing, what would have prevented it. */
import { Command } from 'commander';
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
import { nodeLabel, withReaders } from '../journals.ts';
import { actorOf, pointOf, wallOf } from '../range.ts';
import { POINT_HELP } from '../time.ts';
import { explain, explanationLines } from '../why/explain.ts';
import { findFocus } from '../why/focus.ts';

interface WhyOptions extends JournalOptions, OutputOptions {
  readonly at?: string;
}

export function whyCommand(): Command {
  const command = new Command('why')
    .description('why mastership changed last: verdict, causes, what would have prevented it')
    .argument('[instance]', 'VRRP instance (default: the one that changed last)')
    .option('--at <time>', `the newest change at or before this (${POINT_HELP})`);
  return withOutput(withJournals(command)).action((instance: string | undefined, options: WhyOptions) =>
    withReaders(options, (readers) => run(instance, options, readers)),
  );
}

function run(instance: string | undefined, options: WhyOptions, readers: readonly JournalReader[]): void {
  const actor = instance === undefined ? null : actorOf(instance, readers);
  const wallUs = options.at === undefined ? null : wallOf(pointOf(options.at), readers);
  const witnesses = readers.map((reader) => ({ name: nodeLabel(reader, readers), reader }));
  const change = findFocus(witnesses, actor, wallUs);
  if (change === null) throw new CliError(EXIT.nothingFound, 'no change of mastership found');
  const explanation = explain(change, witnesses);
  if (options.output === 'table')
    for (const line of explanationLines(explanation, options.utc === true)) print(line);
  else print(JSON.stringify(explanation, null, options.output === 'json' ? 2 : 0));
}
