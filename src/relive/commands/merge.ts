/** `relive merge`: several nodes on one timeline and one clock. */
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
import { dataOf, KINDS, type Kind, lineOf, parseCount, parseKinds, wanted } from '../entry-lines.ts';
import { withReaders } from '../journals.ts';
import { clockLines, clockSummaries, mastershipLines } from '../merge/report.ts';
import { type Line, nodesOf, Timeline } from '../merge/timeline.ts';
import { coloured } from '../output.ts';
import { actorOf, pointOf } from '../range.ts';
import { POINT_HELP } from '../time.ts';

interface MergeOptions extends JournalOptions, OutputOptions {
  readonly clock: 'raw' | 'corrected';
  readonly instance?: string;
  readonly since?: string;
  readonly until?: string;
  readonly kind?: readonly Kind[];
  readonly lines?: number;
  readonly runs?: boolean;
}

export function mergeCommand(): Command {
  const command = new Command('merge')
    .description(
      "several nodes on one timeline, on the clock of the first journal: what happened, two masters, no master, and how the nodes' clocks stand to each other; ~ marks a line whose order against lines of other nodes above is not known",
    )
    .addOption(
      new Option('--clock <which>', "corrected: on the first journal's clock; raw: each node's own times")
        .choices(['corrected', 'raw'])
        .default('corrected'),
    )
    .option('-i, --instance <name>', 'only this VRRP instance')
    .option('--since <time>', POINT_HELP)
    .option('--until <time>', 'the same')
    .option(
      '--kind <kinds>',
      `comma-separated: ${KINDS.join(', ')}, as in log (default: change and ended)`,
      parseKinds,
    )
    .option('-n, --lines <count>', 'only the last ones', parseCount)
    .option('--runs', 'also runs of identical adverts');
  return withOutput(withJournals(command)).action((options: MergeOptions) =>
    withReaders(options, (readers) => run(options, readers)),
  );
}

const DEFAULT_KINDS: readonly Kind[] = ['change', 'ended', 'gap'];

function run(options: MergeOptions, readers: readonly JournalReader[]): void {
  const since = options.since === undefined ? null : pointOf(options.since, readers);
  const until = options.until === undefined ? null : pointOf(options.until, readers);
  const kinds = options.kind ?? (options.runs === true ? [...DEFAULT_KINDS, 'run'] : DEFAULT_KINDS);
  const nodes = nodesOf(readers, { since, until }, options.clock === 'raw');
  const timeline = new Timeline(nodes, {
    ...{ since, until, runs: kinds.includes('run'), changedOnly: !kinds.includes('step') },
    actor: options.instance === undefined ? null : actorOf(options.instance, readers),
  });
  const writer = new LineWriter(options);
  let [fromUs, toUs, count] = [Number.POSITIVE_INFINITY, 0, 0];
  for (const line of timeline.lines()) {
    [fromUs, toUs] = [Math.min(fromUs, line.wallUs), Math.max(toUs, line.wallUs)];
    if (!wanted(line.entry, kinds)) continue;
    count += 1;
    writer.take(line);
  }
  if (!Number.isFinite(fromUs)) throw new CliError(EXIT.nothingFound, 'nothing found');
  writer.end();
  summary(options, timeline, fromUs, toUs, writer.json);
  if (count === 0 && options.output === 'table') print('nothing of these kinds happened');
}

function summary(
  options: MergeOptions,
  timeline: Timeline,
  fromUs: number,
  toUs: number,
  lines: object[],
): void {
  const { nodes, mastership } = timeline;
  const clocks = clockSummaries(nodes, fromUs, toUs);
  const { splitBrains, vacancies, handovers } = mastership;
  const utc = options.utc === true;
  if (options.output === 'table') {
    print('');
    for (const line of mastershipLines(mastership, utc)) print(line);
    if (options.clock === 'raw') print("clocks: each node's own times, not compared");
    for (const line of clockLines(clocks, utc)) print(line);
    return;
  }
  const data = { splitBrains, vacancies, vacant: mastership.vacant(), handovers, clocks };
  if (options.output === 'json') print(JSON.stringify({ lines, ...data }, null, 2));
  else print(JSON.stringify({ type: 'summary', ...data }));
}

function jsonOf({ entry, node, at, isConcurrent }: Line): object {
  const { us, leastUs, mostUs } = at;
  return { ...dataOf(entry), node: node.label, atUs: us, leastUs, mostUs, concurrent: isConcurrent };
}

/** Writes lines, or keeps the last ones until the end if only those are wanted. */
class LineWriter {
  readonly #options: MergeOptions;
  #kept: Line[] = [];
  readonly json: object[] = [];

  constructor(options: MergeOptions) {
    this.#options = options;
  }

  take(line: Line): void {
    const { lines } = this.#options;
    if (lines === undefined) {
      this.#write(line);
      return;
    }
    this.#kept.push(line);
    if (this.#kept.length > 2 * lines) this.#kept = this.#kept.slice(-lines);
  }

  end(): void {
    for (const line of this.#kept.slice(-(this.#options.lines ?? 0))) this.#write(line);
    this.#kept = [];
  }

  #write(line: Line): void {
    const { output, utc } = this.#options;
    if (output === 'json') this.json.push(jsonOf(line));
    else if (output === 'jsonl') print(JSON.stringify(jsonOf(line)));
    else {
      const mark = line.isConcurrent ? coloured('yellow', '~') : ' ';
      print(`${mark} ${lineOf(line.entry, line.node.label, utc === true, line.wallUs)}`);
    }
  }
}
