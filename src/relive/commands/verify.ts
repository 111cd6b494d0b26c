/** `relive verify`: is the journal what its writer left, and do the machines give the same again? */
import { Command, InvalidArgumentError, Option } from 'commander';
import { sameJson } from '../../journal/fold.ts';
import { checkIntegrity, type Integrity } from '../../journal/integrity.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { Json } from '../../protocol/json.ts';
import { EXIT, type JournalOptions, type OutputOptions, print, withJournals, withOutput } from '../cli.ts';
import { nodeLabel, withReaders } from '../journals.ts';
import { coloured } from '../output.ts';
import { type Difference, type ReplayReport, replay } from '../replay.ts';
import { machineBody, replayEngine } from '../replay-engine.ts';

interface VerifyOptions extends JournalOptions, OutputOptions {
  readonly head?: string;
}

interface Verdict {
  readonly node: string;
  readonly directory: string;
  readonly integrity: Integrity;
  /** Null if the journal is too damaged to be read through. */
  readonly replay: ReplayReport | null;
  /** Machines whose recorded chart is not this build's. */
  readonly otherMachines: readonly string[];
}

/** Lines shown of a list that may be long. */
const SHOWN = 10;

export function verifyCommand(): Command {
  const command = new Command('verify').description(
    'check digests and hash chain, then re-execute every recorded event and compare state, effects and context',
  );
  command.addOption(
    new Option(
      '--head <hash>',
      'a hash that relive journal head gave: is what was there then still there?',
    ).argParser(headOf),
  );
  return withOutput(withJournals(command)).action((options: VerifyOptions) =>
    withReaders(options, (readers) => {
      const head = options.head ?? null;
      const verdicts = readers.map((reader) => verify(reader, nodeLabel(reader, readers), head));
      show(verdicts, options);
      process.exitCode = Math.max(...verdicts.map(exitCodeOf));
    }),
  );
}

function headOf(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('64 hexadecimal digits are expected.');
  return text;
}

function verify(reader: JournalReader, node: string, head: string | null): Verdict {
  const integrity = checkIntegrity(reader.segmentFiles(), head);
  const isReadable = integrity.findings.every(({ problem }) => problem !== 'damaged');
  return {
    node,
    directory: reader.directory,
    integrity,
    replay: isReadable ? replay(replayEngine, reader) : null,
    otherMachines: isReadable ? otherMachines(reader) : [],
  };
}

function otherMachines(reader: JournalReader): string[] {
  const recorded = reader.definitions().filter(({ kind }) => kind === 'machine');
  const others = recorded.filter(({ name, body }) => {
    const own = machineBody(name);
    return own !== null && !sameJson(own, body);
  });
  return [...new Set(others.map(({ name }) => name))];
}

/** Tampering outweighs damage: a row that was changed on purpose is named either way. */
function exitCodeOf({ integrity, replay: report }: Verdict): number {
  const isTampered =
    integrity.hasHead === false || integrity.findings.some(({ problem }) => problem !== 'damaged');
  if (isTampered || (report?.differences.length ?? 0) > 0) return EXIT.diverged;
  if (integrity.findings.length > 0) return EXIT.damaged;
  return Object.keys(report?.unchecked ?? {}).some((reason) => reason.startsWith('machine')) ? EXIT.error : 0;
}

function show(verdicts: readonly Verdict[], { output }: VerifyOptions): void {
  if (output === 'json') print(JSON.stringify(verdicts, null, 2));
  else if (output === 'jsonl') for (const verdict of verdicts) print(JSON.stringify(verdict));
  else for (const verdict of verdicts) for (const line of verdictLines(verdict)) print(line);
}

function verdictLines(verdict: Verdict): string[] {
  const { node, directory, integrity } = verdict;
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
      `  ${integrity.droppedRows} rows that changed nothing were thinned out: their digests are in the chain`,
    );
  for (const segment of integrity.salvaged)
    lines.push(`  ${segment} was salvaged: its chain was made anew then`);
  if (isTruncated) lines.push('  older segments are gone: the history begins in the middle');
  return [...lines, ...replayLines(verdict)];
}

function headLine(hasHead: boolean): string {
  return hasHead
    ? `  ${coloured('green', 'the hash that was kept is there: no end was cut off since')}`
    : `  ${coloured('red', 'no batch has the hash that was kept')}: the end was cut off, or it is older than what is kept, or another journal's`;
}

function replayLines({ replay: report, otherMachines: others }: Verdict): string[] {
  if (report === null) return ['  not re-executed: the journal is damaged'];
  const { rows, actors, differences, unchecked } = report;
  const lines = others.map((name) => `  ${name} was recorded with another chart; this build's was used`);
  const summary = `  ${rows} rows of ${actors} actors re-executed`;
  if (differences.length === 0) lines.push(`${summary}: ${coloured('green', 'no differences')}`);
  else
    lines.push(
      `${summary}: ${coloured('red', `${differences.length} differences`)}`,
      ...differenceLines(differences[0]),
    );
  for (const [reason, count] of Object.entries(unchecked))
    lines.push(`  ${count} rows not re-executed: ${reason}`);
  return lines;
}

function differenceLines(first: Difference | undefined): string[] {
  if (first === undefined) return [];
  const { seq, actor, event, part } = first;
  const [expected, found] = narrowed(first.expected, first.found);
  return [
    `    first difference: @${seq} ${actor} ${event}, ${part}`,
    `      expected ${JSON.stringify(expected)}`,
    `      found    ${JSON.stringify(found)}`,
  ];
}

/** Only the keys of two objects that differ: a context is long. */
function narrowed(expected: Json, found: Json): [Json, Json] {
  const areObjects = [expected, found].every(
    (value) => value !== null && typeof value === 'object' && !Array.isArray(value),
  );
  if (!areObjects) return [expected, found];
  const left = expected as Record<string, Json>;
  const right = found as Record<string, Json>;
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
    (key) => !sameJson(left[key], right[key]),
  );
  const pick = (from: Record<string, Json>): Json =>
    Object.fromEntries(keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]])));
  return [pick(left), pick(right)];
}
