/** `relive stats`: how often, how long, how well. */
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
import { actorOf, firstSeqFrom, lastSeqTo, pointOf, wallOf } from '../range.ts';
import { dataOfStats, jitterLines, statsLines } from '../stats/report.ts';
import { gatherJitter, gatherStats } from '../stats/stats.ts';
import type { By } from '../stats/tally.ts';
import { POINT_HELP } from '../time.ts';

interface StatsOptions extends JournalOptions, OutputOptions {
  readonly by: By;
  readonly instance?: string;
  readonly since?: string;
  readonly until?: string;
  readonly jitter?: true;
}

export function statsCommand(): Command {
  const command = new Command('stats')
    .description(
      'how often it failed over and why, how long that took, how long each role lasted, stalls, checks',
    )
    .addOption(
      new Option(
        '--by <what>',
        'what the table has a line for; cause: verdicts of why, of at most 300 changes',
      )
        .choices(['instance', 'day', 'node', 'cause'])
        .default('instance'),
    )
    .option('-i, --instance <name>', 'only this VRRP instance')
    .option('--since <time>', POINT_HELP)
    .option('--until <time>', 'the same')
    .option(
      '--jitter',
      'also the largest gaps between adverts: reads every run, which takes its time on a month',
    );
  return withOutput(withJournals(command)).action((options: StatsOptions) =>
    withReaders(options, (readers) => run(options, readers)),
  );
}

function run(options: StatsOptions, readers: readonly JournalReader[]): void {
  const actor = options.instance === undefined ? null : actorOf(options.instance, readers);
  const since = options.since === undefined ? null : pointOf(options.since, readers);
  const until = options.until === undefined ? null : pointOf(options.until, readers);
  const stats = gatherStats(readers, {
    by: options.by,
    actor,
    rangeOf: (reader) => [
      since === null ? 0 : firstSeqFrom(since, reader, readers),
      until === null ? Number.MAX_SAFE_INTEGER - 1 : lastSeqTo(until, reader, readers),
    ],
  });
  if (stats.groups.total.observedUs === 0 && stats.groups.total.checks.size === 0)
    throw new CliError(EXIT.nothingFound, 'nothing found');
  const range = {
    ...(since === null ? {} : { fromWallUs: wallOf(since, readers) }),
    ...(until === null ? {} : { toWallUs: wallOf(until, readers) }),
    ...(actor === null ? {} : { actor }),
  };
  const jitter = options.jitter === true ? gatherJitter(readers, range) : null;
  if (options.output === 'table') {
    for (const line of statsLines(stats, options.by)) print(line);
    if (jitter !== null) for (const line of jitterLines(jitter)) print(line);
    return;
  }
  const data = dataOfStats(stats, jitter);
  if (options.output === 'json') print(JSON.stringify(data, null, 2));
  else for (const group of data.groups) print(JSON.stringify(group));
}
