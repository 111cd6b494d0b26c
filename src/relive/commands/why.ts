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
import type { Explanation, Witness } from '../why/model.ts';
import { explainServer, findServerChange, serversCalled } from '../why/server.ts';

interface WhyOptions extends JournalOptions, OutputOptions {
  readonly at?: string;
}

export function whyCommand(): Command {
  const command = new Command('why')
    .description('why mastership, or a server, changed last: verdict, causes, what would have prevented it')
    .argument('[instance]', 'VRRP instance, virtual or real server (default: the instance that changed last)')
    .option('--at <time>', `the newest change at or before this (${POINT_HELP})`);
  return withOutput(withJournals(command)).action((instance: string | undefined, options: WhyOptions) =>
    withReaders(options, (readers) => run(instance, options, readers)),
  );
}

function run(word: string | undefined, options: WhyOptions, readers: readonly JournalReader[]): void {
  const wallUs = options.at === undefined ? null : wallOf(pointOf(options.at, readers), readers);
  const witnesses = readers.map((reader) => ({ name: nodeLabel(reader, readers), reader }));
  const explanation = explanationOf(word, witnesses, wallUs);
  if (options.output === 'table')
    for (const line of explanationLines(explanation, options.utc === true)) print(line);
  else print(JSON.stringify(explanation, null, options.output === 'json' ? 2 : 0));
}

/** Without a word: of an instance, and of a server only where no instance has changed. @throws CliError 3 */
function explanationOf(
  word: string | undefined,
  witnesses: readonly Witness[],
  wallUs: number | null,
): Explanation {
  const readers = witnesses.map(({ reader }) => reader);
  const servers = word === undefined ? [] : serversCalled(word, readers);
  if (servers.length === 0) {
    const change = findFocus(witnesses, word === undefined ? null : actorOf(word, readers), wallUs);
    if (change !== null) return explain(change, witnesses);
  }
  const isAny = word === undefined;
  const change =
    isAny || servers.length > 0 ? findServerChange(witnesses, isAny ? null : servers, wallUs) : null;
  if (change !== null) return explainServer(change, witnesses);
  throw new CliError(EXIT.nothingFound, 'no change of mastership found, nor of a server');
}
