/** `relive whatif`: a stretch of history lived again with something changed. */
import { Command } from 'commander';
import type { JournalReader } from '../../journal/reader.ts';
import {
  EXIT,
  type JournalOptions,
  type OutputOptions,
  print,
  talk,
  withJournals,
  withOutput,
} from '../cli.ts';
import { withReaders } from '../journals.ts';
import { actorOf, nowUs, pointOf, wallOf } from '../range.ts';
import { POINT_HELP } from '../time.ts';
import { aroundLastFailover, ask, withinHistory } from '../whatif/ask.ts';
import type { ChangeOptions } from '../whatif/changes.ts';
import { sourcesIn } from '../whatif/sources.ts';
import { mismatchLines, reportLines } from '../whatif/telling.ts';

interface WhatifOptions extends JournalOptions, OutputOptions, ChangeOptions {
  readonly instance?: string;
  readonly since?: string;
  readonly until?: string;
  readonly sweep?: string;
  readonly write?: string;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function whatifCommand(): Command {
  const command = new Command('whatif')
    .description(
      'live a stretch of history again with something changed: where it differs, and what that means',
    )
    .option('-i, --instance <name>', 'only about this VRRP instance')
    .option('--since <time>', `from here on (default: a minute before the last failover); ${POINT_HELP}`)
    .option('--until <time>', 'up to here (default: a minute after it)');
  withChanges(command)
    .option(
      '--write <directory>',
      'write it down, a journal for each router: relive view -j ... --against shows it beside the recorded ones',
    )
    .option(
      '--sweep <keyword=values>',
      'a table, one line a value: advert_int=0.05..2, priority=90..110/5, advert_int=0.1,0.3,1 (all of the history without --since)',
    );
  return withOutput(withJournals(command)).action((options: WhatifOptions) =>
    withReaders(options, (readers) => run(options, readers)),
  );
}

/** What can be changed. */
export function withChanges(command: Command): Command {
  return command
    .option(
      '--set <[router:][name.]keyword=value>',
      'another configuration: VI_1.priority=90, advert_int=0.1',
      collect,
      [],
    )
    .option(
      '--config <file>',
      'a whole other keepalived.conf, one for each journal in their order',
      collect,
      [],
    )
    .option('--drop <terms>', 'adverts that get lost: from=10.0.0.1,02:59..03:00', collect, [])
    .option('--delay <terms>', 'adverts that are late: 150ms[,from=...][,FROM..TO]', collect, [])
    .option('--add <terms>', 'an advert that nobody sent: from=10.0.0.9,priority=200,03:00', collect, [])
    .option('--ignore-event <type>', 'events that do not happen: link.down', collect, [])
    .option('--without <@seq>', 'one row that does not happen', collect, [])
    .option('--code <directory>', 'the machines of another checkout');
}

export function rangeOf(
  { since, until }: { readonly since?: string; readonly until?: string },
  readers: readonly JournalReader[],
  actor: string | null,
) {
  const around = since === undefined && until === undefined ? aroundLastFailover(readers, actor) : null;
  const fromUs = since === undefined ? 0 : wallOf(pointOf(since, readers), readers) - 1;
  const toUs = until === undefined ? nowUs() : wallOf(pointOf(until, readers), readers);
  return withinHistory(around ?? { fromUs, toUs }, readers);
}

async function run(options: WhatifOptions, readers: readonly JournalReader[]): Promise<void> {
  const actor = options.instance === undefined ? null : actorOf(options.instance, readers);
  if (options.sweep !== undefined) return runSweep(options, options.sweep, readers);
  const range = rangeOf(options, readers, actor);
  const { write = null } = options;
  const report = await ask({ sources: sourcesIn(readers, range), range, changes: options, actor, write });
  const utc = options.utc === true;
  if (write !== null && report.mismatches.length === 0)
    talk(
      `relive: written to ${write}: relive view ${readers.map(({ directory }) => directory).join(' ')} --against ${write}`,
    );
  if (report.mismatches.length > 0) {
    talk(
      'relive: without any change this stretch does not come out as it is recorded, so there is no verdict:',
    );
    for (const line of mismatchLines(report.mismatches, utc)) talk(line);
    process.exitCode = EXIT.diverged;
    if (options.output !== 'table')
      print(JSON.stringify({ ...report, answers: [] }, null, options.output === 'json' ? 2 : 0));
    return;
  }
  if (options.output === 'table') for (const line of reportLines(report, utc)) print(line);
  else print(JSON.stringify(report, null, options.output === 'json' ? 2 : 0));
}

/** Seconds between two words of progress. */
const PROGRESS_MS = 5_000;

async function runSweep(
  options: WhatifOptions,
  text: string,
  readers: readonly JournalReader[],
): Promise<void> {
  const { sweep } = await import('../whatif/sweep.ts');
  const { sweepData, sweepLines } = await import('../whatif/sweep-telling.ts');
  const isAll = options.since === undefined && options.until === undefined;
  const range = isAll
    ? withinHistory({ fromUs: 0, toUs: nowUs() }, readers)
    : rangeOf(options, readers, null);
  let toldMs = performance.now();
  const progress = (share: number): void => {
    if (performance.now() - toldMs < PROGRESS_MS) return;
    toldMs = performance.now();
    talk(`relive: ${Math.round(share * 100)} % lived through`);
  };
  const report = await sweep({
    sources: sourcesIn(readers, range),
    range,
    changes: options,
    sweep: text,
    progress,
  });
  if (options.output === 'table')
    for (const line of sweepLines(report, readers.length, options.utc === true)) print(line);
  else print(JSON.stringify(sweepData(report), null, options.output === 'json' ? 2 : 0));
  if (report.leftOut.length > 0 && report.leftOut.length >= report.instances)
    process.exitCode = EXIT.diverged;
}
