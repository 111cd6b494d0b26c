/** `relive verify`: is the journal what its writer left, and do the machines give the same again? */
import { readFileSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { sameJson } from '../../journal/fold.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { Json } from '../../protocol/json.ts';
import {
  CliError,
  EXIT,
  type JournalOptions,
  type OutputOptions,
  print,
  talk,
  withJournals,
  withOutput,
} from '../cli.ts';
import { cliError, nodeLabel, withReaders } from '../journals.ts';
import { coloured } from '../output.ts';
import type { OutputKind } from '../outputs/model.ts';
import type { RecordingReport } from '../outputs/recording.ts';
import { actorOf, firstSeqFrom, lastSeqTo, pointOf } from '../range.ts';
import { type Difference, type ReplayReport, replay } from '../replay.ts';
import { replayEngine } from '../replay-engine.ts';
import { POINT_HELP } from '../time.ts';
import { type Fixture, FixtureError, fixtureHistory, fixtureText, parseFixture } from '../verify/fixture.ts';
import { type Part, WHOLE } from '../verify/history.ts';
import { reproduce } from '../verify/reproduce.ts';
import { exitCodeOf, exitCodeOfUnchecked, type Verdict, verify } from '../verify/verdict.ts';

interface VerifyOptions extends JournalOptions, OutputOptions {
  readonly instance?: string;
  readonly since?: string;
  readonly until?: string;
  readonly head?: string;
  readonly repro?: string;
  readonly fixture?: string;
  readonly recording?: string;
  readonly config?: string;
}

/** Lines shown of a list that may be long. */
const SHOWN = 10;

export function verifyCommand(): Command {
  const command = new Command('verify')
    .description(
      'check digests and hash chain, then re-execute every recorded event and compare state, effects and context',
    )
    .option('-i, --instance <name>', 'only this VRRP instance')
    .option('--since <time>', POINT_HELP)
    .option('--until <time>', 'the same')
    .addOption(
      new Option(
        '--head <hash>',
        'a hash of relive journal head: is what was there then still there?',
      ).argParser(hashOf),
    )
    .option('--repro <file>', 'write the smallest piece of history that shows the first difference')
    .option('--fixture <file>', 'run such a piece instead of a journal')
    .option(
      '--recording <directory>',
      'derive every packet, netlink request and notify line of its journal, and compare them with its captures',
    )
    .option('--config <file>', 'with --recording: the configuration with its secrets, which no journal has');
  return withOutput(withJournals(command)).action((options: VerifyOptions) => {
    if (options.recording !== undefined) return runRecording(options.recording, options);
    if (options.fixture !== undefined) return runFixture(options.fixture, options);
    return withReaders(options, (readers) => run(options, readers));
  });
}

function hashOf(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('64 hexadecimal digits are expected.');
  return text;
}

function run(options: VerifyOptions, readers: readonly JournalReader[]): void {
  const verdicts = readers.map((reader) =>
    verify(reader, nodeLabel(reader, readers), partOf(options, reader, readers), options.head ?? null),
  );
  show(verdicts, options);
  if (options.repro !== undefined) writeReproduction(options.repro, verdicts, readers);
  process.exitCode = Math.max(...verdicts.map(exitCodeOf));
}

function partOf(options: VerifyOptions, reader: JournalReader, readers: readonly JournalReader[]): Part {
  const { since, until, instance } = options;
  return {
    fromSeq: since === undefined ? WHOLE.fromSeq : firstSeqFrom(pointOf(since, readers), reader, readers),
    toSeq: until === undefined ? WHOLE.toSeq : lastSeqTo(pointOf(until, readers), reader, readers),
    actor: instance === undefined ? WHOLE.actor : actorOf(instance, readers),
  };
}

/** @throws CliError if the file cannot be written */
function writeReproduction(
  file: string,
  verdicts: readonly Verdict[],
  readers: readonly JournalReader[],
): void {
  const at = verdicts.findIndex((verdict) => (verdict.replay?.differences.length ?? 0) > 0);
  const [first, reader] = [verdicts[at]?.replay?.differences[0], readers[at]];
  const made = first === undefined || reader === undefined ? null : reproduce(replayEngine, reader, first);
  if (made === null) {
    talk(`relive: no difference, so ${file} was not written`);
    return;
  }
  try {
    writeFileSync(file, [...fixtureText(made.fixture)].join(''), { mode: 0o600 });
  } catch (error) {
    throw new CliError(EXIT.error, error instanceof Error ? error.message : String(error));
  }
  const doubt = made.reproduces ? '' : '; it does not show the difference by itself';
  talk(
    `relive: ${file} has ${made.fixture.rows.length} rows${doubt}; run it: relive verify --fixture ${file}`,
  );
}

/** Loaded for it alone: it reads configurations and computes with secrets. */
async function runRecording(directory: string, options: VerifyOptions): Promise<void> {
  const { verifyRecording } = await import('../outputs/recording.ts');
  let report: RecordingReport;
  try {
    report = verifyRecording(directory, options.config ?? null);
  } catch (error) {
    throw cliError(error);
  }
  if (options.output === 'json') print(JSON.stringify(report, null, 2));
  else if (options.output === 'jsonl') print(JSON.stringify(report));
  else for (const line of recordingLines(directory, report)) print(line);
  if (report.comparisons.some(({ differences }) => differences.length > 0)) process.exitCode = EXIT.diverged;
}

const PLURALS: Readonly<Record<OutputKind, string>> = {
  packet: 'adverts',
  frame: 'gratuitous ARP frames',
  netlink: 'netlink requests',
  line: 'notify lines',
};

function recordingLines(directory: string, { comparisons, unknown, absent }: RecordingReport): string[] {
  const lines = [coloured('bold', directory)];
  for (const { kind, captured, derived, differences } of comparisons) {
    const what = `  ${PLURALS[kind]}: ${captured} captured, ${derived} derived: `;
    const [first] = differences;
    if (first === undefined) {
      lines.push(what + coloured('green', 'no differences'));
      continue;
    }
    lines.push(what + coloured('red', `${differences.length} differences`));
    const place = first.position === null ? '' : `number ${first.position}, `;
    lines.push(`    first: ${place}${first.text}`);
    lines.push(
      `      derived  ${first.derived ?? 'nothing'}`,
      `      captured ${first.captured ?? 'nothing'}`,
    );
  }
  for (const name of absent) lines.push(`  no ${name}: not compared`);
  for (const text of unknown) lines.push(`  not derived: ${text}`);
  return lines;
}

function runFixture(file: string, options: VerifyOptions): void {
  const fixture = readFixture(file);
  const report = replay(replayEngine, fixtureHistory(fixture));
  const data = { fixture: file, about: fixture.about, replay: report };
  if (options.output === 'json') print(JSON.stringify(data, null, 2));
  else if (options.output === 'jsonl') print(JSON.stringify(data));
  else
    for (const line of [`${coloured('bold', file)}  ${fixture.about}`, ...reportLines(report)]) print(line);
  process.exitCode = report.differences.length > 0 ? EXIT.diverged : exitCodeOfUnchecked(report);
}

/** @throws CliError 1 if it cannot be read, 2 if it is no fixture */
function readFixture(file: string): Fixture {
  try {
    return parseFixture(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof FixtureError) throw new CliError(EXIT.usage, `${file}: ${error.message}`);
    throw new CliError(EXIT.error, error instanceof Error ? error.message : String(error));
  }
}

function show(verdicts: readonly Verdict[], { output }: VerifyOptions): void {
  if (output === 'json') print(JSON.stringify(verdicts, null, 2));
  else if (output === 'jsonl') for (const verdict of verdicts) print(JSON.stringify(verdict));
  else for (const verdict of verdicts) for (const line of verdictLines(verdict)) print(line);
}

function verdictLines(verdict: Verdict): string[] {
  const { node, directory, integrity, replay: report } = verdict;
  const { findings, segments, rows, batches, isTruncated } = integrity;
  const lines = [`${coloured('bold', node)}  ${directory}`];
  const counts = `${rows} stored rows in ${segments} segments, ${batches} batches`;
  const good = coloured('green', 'digests and hash chain are right');
  lines.push(`  ${counts}: ${findings.length === 0 ? good : coloured('red', `${findings.length} problems`)}`);
  for (const { segment, text } of findings.slice(0, SHOWN)) lines.push(`    ${segment}: ${text}`);
  if (findings.length > SHOWN) lines.push(`    and ${findings.length - SHOWN} more (-o json)`);
  if (integrity.hasHead !== null) lines.push(headLine(integrity.hasHead));
  if (integrity.droppedRows > 0)
    lines.push(
      `  ${integrity.droppedRows} runs and rows that changed nothing were thinned out: their digests are in the chain`,
    );
  for (const segment of integrity.salvaged)
    lines.push(`  ${segment} was salvaged: its chain was made anew then`);
  if (isTruncated) lines.push('  older segments are gone: the history begins in the middle');
  for (const name of verdict.otherMachines)
    lines.push(`  ${name} was recorded with another chart; this build's was used`);
  if (report === null) return [...lines, '  not re-executed: the journal is damaged'];
  return [...lines, ...reportLines(report)];
}

function headLine(hasHead: boolean): string {
  return hasHead
    ? `  ${coloured('green', 'the hash that was kept is there: no end was cut off since')}`
    : `  ${coloured('red', 'no batch has the hash that was kept')}: the end was cut off, or it is older than what is kept, or another journal's`;
}

function reportLines({ rows, runs, adverts, actors, differences, unchecked }: ReplayReport): string[] {
  const what = `${rows} rows of ${actors} actors re-executed, ${runs} runs of ${adverts} adverts judged`;
  const lines =
    differences.length === 0
      ? [`  ${what}: ${coloured('green', 'no differences')}`]
      : [
          `  ${what}: ${coloured('red', `${differences.length} differences`)}`,
          ...differenceLines(differences[0]),
        ];
  for (const [reason, count] of Object.entries(unchecked)) {
    const [kind = '', why = ''] = reason.split(': ', 2);
    lines.push(`  ${count} ${kind} not ${kind === 'runs' ? 'judged' : 're-executed'}: ${why}`);
  }
  return lines;
}

function differenceLines(first: Difference | undefined): string[] {
  if (first === undefined) return [];
  const { seq, actor, event, part } = first;
  const [expected, found] = narrowed(first);
  const place = part === 'run' ? `a run closed after @${seq}` : `@${seq}`;
  return [
    `    first difference: ${place} ${actor} ${event}, ${part}`,
    `      expected ${JSON.stringify(expected)}`,
    `      found    ${JSON.stringify(found)}`,
  ];
}

/** Only the keys of two objects that differ: a context is long. */
function narrowed({ part, expected, found }: Difference): [Json, Json] {
  const areObjects = [expected, found].every(
    (value) => value !== null && typeof value === 'object' && !Array.isArray(value),
  );
  if (!areObjects || part === 'run' || part === 'timer') return [expected, found];
  const left = expected as Record<string, Json>;
  const right = found as Record<string, Json>;
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
    (key) => !sameJson(left[key], right[key]),
  );
  const pick = (from: Record<string, Json>): Json =>
    Object.fromEntries(keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]])));
  return [pick(left), pick(right)];
}
