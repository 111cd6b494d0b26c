/** `relive diff`: what differs between two times, two nodes, two configurations. */
import { Command } from 'commander';
import type { JournalReader } from '../../journal/reader.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import {
  CliError,
  EXIT,
  type JournalOptions,
  type OutputOptions,
  print,
  withJournals,
  withOutput,
} from '../cli.ts';
import { showTable } from '../config/diff.ts';
import { documentAt } from '../diff/document.ts';
import { diffGenerations } from '../diff/generations.ts';
import { differenceLines } from '../diff/lines.ts';
import { changes } from '../diff/patch.ts';
import { nodeLabel, withReaders } from '../journals.ts';
import { actorOf, lastSeqTo, pointOf, wallOf } from '../range.ts';
import { formatWall, POINT_HELP, type Point } from '../time.ts';

interface DiffOptions extends JournalOptions, OutputOptions {
  readonly at?: string;
  readonly config?: true;
  readonly instance?: string;
}

export function diffCommand(): Command {
  const command = new Command('diff')
    .description(
      'what differs: between two times of a node (diff 03:12 03:13), between two nodes at a time (diff r1 r2 --at 03:12), between two configurations of a node (diff --config 1 2); -o json is a JSON patch (RFC 6902)',
    )
    .argument('<from>', 'time, node, or number of a configuration')
    .argument('<to>', 'the same')
    .option('--at <time>', `compare two nodes at this time (${POINT_HELP})`)
    .option('--config', 'compare two configurations')
    .option('-i, --instance <name>', 'only this VRRP instance');
  return withOutput(withJournals(command)).action((from: string, to: string, options: DiffOptions) =>
    withReaders(options, (readers) => run([from, to], options, readers)),
  );
}

function run(
  words: readonly [string, string],
  options: DiffOptions,
  readers: readonly JournalReader[],
): void {
  if (options.config === true) configurations(words, options, readers);
  else documents(words, options, readers);
}

/** A place of a history: a node and a row. */
interface Place {
  readonly reader: JournalReader;
  readonly seq: number;
  readonly wallUs: number;
}

function documents(
  words: readonly [string, string],
  options: DiffOptions,
  readers: readonly JournalReader[],
): void {
  const places = options.at === undefined ? twoTimes(words, readers) : twoNodes(words, options.at, readers);
  const actor = options.instance === undefined ? null : actorOf(options.instance, readers);
  const [from, to] = places.map(({ reader, seq, wallUs }) => documentAt(reader, seq, wallUs, actor)) as [
    JsonObject,
    JsonObject,
  ];
  const operations = [...changes(from, to)].map(({ operation }) => operation);
  if (options.output === 'json') print(JSON.stringify(operations, null, 2));
  else if (options.output === 'jsonl') for (const operation of operations) print(JSON.stringify(operation));
  else {
    const [before, after] = places.map(
      ({ reader, seq, wallUs }) => `${nodeLabel(reader, readers)} ${formatWall(wallUs, options.utc)} @${seq}`,
    );
    print(`from ${before}`);
    print(`to   ${after}`);
    const lines = differenceLines(from, to);
    for (const line of lines.length === 0 ? ['no difference'] : lines) print(line);
  }
}

function placeOf(point: Point, reader: JournalReader, readers: readonly JournalReader[]): Place {
  const isSeq = point.kind === 'seq';
  const wallUs = isSeq ? (reader.row(point.seq)?.wallUs ?? null) : point.wallUs;
  const seq = isSeq ? point.seq : lastSeqTo(point, reader, readers);
  if (seq === 0 || wallUs === null)
    throw new CliError(EXIT.nothingFound, `${nodeLabel(reader, readers)} has no history at that time`);
  return { reader, seq, wallUs };
}

/** Of one node: the only one, or that which a word names. */
function twoTimes(
  words: readonly [string, string],
  readers: readonly JournalReader[],
): readonly [Place, Place] {
  const points = words.map((word) => pointOf(word, readers));
  const named = points.flatMap((point) => (point.kind === 'seq' && point.node !== null ? [point.node] : []));
  const candidates = named.length === 0 ? readers : readers.filter(({ node }) => node === named[0]);
  const [reader] = candidates;
  if (reader === undefined || candidates.length > 1 || new Set(named).size > 1)
    throw new CliError(
      EXIT.usage,
      'two times are of one node: give one -j, or name it (r1@12); two nodes: diff r1 r2 --at TIME',
    );
  const [from, to] = points.map((point) => placeOf(point, reader, readers));
  if (from === undefined || to === undefined) throw new CliError(EXIT.usage, 'two times are needed');
  return [from, to];
}

function twoNodes(
  words: readonly [string, string],
  at: string,
  readers: readonly JournalReader[],
): readonly [Place, Place] {
  const wallUs = wallOf(pointOf(at, readers), readers);
  const [from, to] = words.map((word) => {
    const reader = readers.find((one) => one.node === word || nodeLabel(one, readers) === word);
    if (reader === undefined)
      throw new CliError(
        EXIT.nothingFound,
        `no journal of ${word}; there is ${readers.map((one) => nodeLabel(one, readers)).join(', ')}`,
      );
    return placeOf({ kind: 'time', wallUs }, reader, readers);
  });
  if (from === undefined || to === undefined) throw new CliError(EXIT.usage, 'two nodes are needed');
  return [from, to];
}

function configurations(
  words: readonly [string, string],
  options: DiffOptions,
  readers: readonly JournalReader[],
): void {
  const [reader, another] = readers;
  if (reader === undefined || another !== undefined)
    throw new CliError(EXIT.usage, '--config compares configurations of one node: give one -j');
  const [from, to] = words.map((word) => {
    if (!/^(config@)?[1-9]\d{0,5}$/.test(word))
      throw new CliError(EXIT.usage, `not the number of a configuration: ${word}`);
    return Number(word.replace('config@', ''));
  });
  const found = diffGenerations(reader, from ?? 0, to ?? 0);
  if (options.output === 'table') showTable(found.diff, false);
  else {
    const operations = [...changes(byPath(found.from), byPath(found.to))].map(({ operation }) => operation);
    if (options.output === 'json') print(JSON.stringify(operations, null, 2));
    else for (const operation of operations) print(JSON.stringify(operation));
  }
}

/** Files as lines, so that a patch names those that differ. */
function byPath(files: readonly { readonly path: string; readonly text: string }[]): Json {
  return Object.fromEntries(files.map(({ path, text }) => [path, text.split('\n')]));
}
