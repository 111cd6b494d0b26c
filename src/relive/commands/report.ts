/** `relive report`: a change with everything around it as one file of HTML. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import type { JournalReader } from '../../journal/reader.ts';
import { CliError, EXIT, type JournalOptions, talk, withJournals, writeOut } from '../cli.ts';
import { nodeLabel, withReaders } from '../journals.ts';
import { actorOf, nowUs, pointOf, wallOf } from '../range.ts';
import { report, reportOnPage } from '../report/report.ts';
import { type Subject, subjectOf, type Wanted } from '../report/subject.ts';
import { POINT_HELP, parsePoint } from '../time.ts';
import type { Witness } from '../why/model.ts';
import { serversCalled } from '../why/server.ts';

interface ReportOptions extends JournalOptions {
  readonly lastFailover?: boolean;
  readonly at?: string;
  readonly since?: string;
  readonly until?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly utc?: boolean;
  readonly page?: boolean;
}

export function reportCommand(): Command {
  const command = new Command('report')
    .description(
      'a change of mastership, or of a server, with all that is known of it: one file of HTML that needs nothing else',
    )
    .argument('[what...]', 'an instance or a server, a point in time, or both (default: what changed last)')
    .option('--last-failover', 'the newest change, which is the default')
    .option('--at <time>', `the newest change at or before this (${POINT_HELP})`)
    .option('--since <time>', 'show what happened from here on, not only what is near the change')
    .option('--until <time>', 'and up to here')
    .option('-o, --out <file>', 'where it goes (default: stdout)')
    .option('--force', 'write over the file if it is there')
    .option('--page', 'the page of relive view, opened at the change, in place of a document to be read')
    .option('--utc', 'show times in UTC instead of local time');
  return withJournals(command).action((what: string[], options: ReportOptions) =>
    withReaders(options, (readers) => run(what, options, readers)),
  );
}

function run(what: readonly string[], options: ReportOptions, readers: readonly JournalReader[]): void {
  if (options.out === undefined && process.stdout.isTTY)
    throw new CliError(EXIT.usage, 'a page is not for a terminal: -o names a file');
  const witnesses = readers.map((reader) => ({ name: nodeLabel(reader, readers), reader }));
  const subject = subjectOf(wantedOf(what, options, readers), witnesses);
  const command = ['relive report', ...process.argv.slice(3)].join(' ');
  const page =
    options.page === true
      ? onPage(subject, witnesses)
      : report(subject, witnesses, { utc: options.utc === true, command, nowUs: nowUs() });
  if (options.out === undefined) writeOut(page);
  else write(options.out, page, options.force === true);
  if (options.out !== undefined) tell(subject, options.out);
}

/** @throws CliError 1 */
function onPage(subject: Subject, witnesses: readonly Witness[]): string {
  try {
    return reportOnPage(subject, witnesses);
  } catch (error) {
    throw new CliError(EXIT.error, error instanceof Error ? error.message : String(error));
  }
}

function tell({ explanation }: Subject, path: string): void {
  talk(`relive: ${path}: ${explanation.sentence}`);
}

/** Points in time are told from names by what they look like. @throws CliError 2 */
function wantedOf(
  what: readonly string[],
  options: ReportOptions,
  readers: readonly JournalReader[],
): Wanted {
  const isTime = (word: string): boolean => parsePoint(word, nowUs()) !== null;
  const times = [...what.filter(isTime), ...(options.at === undefined ? [] : [options.at])];
  const names = what.filter((word) => !isTime(word));
  const [name, otherName] = names;
  const [time, otherTime] = times;
  if (otherName !== undefined || otherTime !== undefined)
    throw new CliError(EXIT.usage, `one change, please: ${[...names, ...times].join(' and ')} are several`);
  const until = options.until === undefined ? null : wallOf(pointOf(options.until, readers), readers);
  const since = options.since === undefined ? null : wallOf(pointOf(options.since, readers), readers);
  const atUs = time === undefined ? until : wallOf(pointOf(time, readers), readers);
  const isServer = name !== undefined && serversCalled(name, readers).length > 0;
  return {
    name: name ?? null,
    actor: name === undefined || isServer ? null : actorOf(name, readers),
    atUs,
    window: since === null ? null : { fromUs: since, toUs: until ?? nowUs() },
  };
}

/** @throws CliError 1 */
function write(path: string, page: string, isForced: boolean): void {
  try {
    writeFileSync(path, page, { flag: isForced ? 'w' : 'wx', mode: 0o600 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CliError(
      EXIT.error,
      code === 'EEXIST' ? `${path} is there already: --force writes over it` : message,
    );
  }
}
