/** `relive check`: what must hold of a history, and where it did not. */
import { Command, InvalidArgumentError } from 'commander';
import type { JournalReader } from '../../journal/reader.ts';
import { check, INVARIANTS, type Verdict } from '../check/check.ts';
import type { Violation } from '../check/invariant.ts';
import { EXIT, type JournalOptions, type OutputOptions, print, withJournals, withOutput } from '../cli.ts';
import { withReaders } from '../journals.ts';
import { nodesOf } from '../merge/timeline.ts';
import { coloured, table } from '../output.ts';
import { actorOf, pointOf } from '../range.ts';
import { formatWall, POINT_HELP } from '../time.ts';
import { actorName } from '../words.ts';

interface CheckOptions extends JournalOptions, OutputOptions {
  readonly instance?: string;
  readonly since?: string;
  readonly until?: string;
  readonly only?: readonly string[];
  readonly rules?: true;
}

/** Shown of each invariant. */
const SHOWN = 10;

function parseNames(value: string): readonly string[] {
  return value.split(',').map((name) => {
    if (!(name in INVARIANTS))
      throw new InvalidArgumentError(`one or more of ${Object.keys(INVARIANTS).join(', ')}`);
    return name;
  });
}

export function checkCommand(): Command {
  const command = new Command('check')
    .description('what must hold of a history of one or several nodes, and where it did not; status 5 if so')
    .option('-i, --instance <name>', 'only this VRRP instance')
    .option('--since <time>', POINT_HELP)
    .option('--until <time>', 'the same')
    .option('--only <names>', 'only these, comma-separated (see --rules)', parseNames)
    .option('--rules', 'list what is checked and end');
  return withOutput(withJournals(command)).action(async (options: CheckOptions) => {
    if (options.rules === true) for (const line of table(Object.entries(INVARIANTS))) print(line);
    else await withReaders(options, (readers) => run(options, readers));
  });
}

function run(options: CheckOptions, readers: readonly JournalReader[]): void {
  const range = {
    since: options.since === undefined ? null : pointOf(options.since, readers),
    until: options.until === undefined ? null : pointOf(options.until, readers),
  };
  const actor = options.instance === undefined ? null : actorOf(options.instance, readers);
  const wanted = new Set(options.only ?? Object.keys(INVARIANTS));
  const verdict = check(
    nodesOf(readers, range, false),
    { ...range, actor, runs: false, changedOnly: false },
    wanted,
  );
  const { violations, more, rows } = verdict;
  const shown = violations.map((violation) => ({ ...violation, why: whyCommand(violation, readers) }));
  if (options.output === 'json') print(JSON.stringify({ rows, more, violations: shown }, null, 2));
  else if (options.output === 'jsonl') for (const violation of shown) print(JSON.stringify(violation));
  else showTable(verdict, readers, options.utc === true);
  if (violations.length > 0) process.exitCode = EXIT.violated;
}

/** The command that tells how it came about. */
function whyCommand(
  { node, actor, seq, wallUs, invariant }: Violation,
  readers: readonly JournalReader[],
): string {
  const journals = readers.map(({ directory }) => ` -j ${directory}`).join('');
  const time = formatWall(wallUs, true).replace(' ', 'T');
  const at = seq === null ? time : `${readers.length > 1 ? node : ''}@${seq}`;
  if (invariant === 'two-masters') return `relive merge --kind role --since ${time}${journals}`;
  if (actor.startsWith('vrrp/')) return `relive why ${actorName(actor)} --at ${at}${journals}`;
  return `relive log --until ${at} -n 20${journals}`;
}

function showTable(
  { violations, more, rows }: Verdict,
  readers: readonly JournalReader[],
  utc: boolean,
): void {
  for (const [invariant, meaning] of Object.entries(INVARIANTS)) {
    const found = violations.filter((violation) => violation.invariant === invariant);
    if (found.length === 0) continue;
    print(`${coloured('red', invariant)}: ${meaning}`);
    for (const violation of found.slice(0, SHOWN)) {
      const { node, actor, seq, wallUs, text } = violation;
      const place = seq === null ? '' : `@${seq}  `;
      print(`  ${formatWall(wallUs, utc)}  ${node}  ${place}${actorName(actor)}  ${text}`);
    }
    const left = found.length - Math.min(SHOWN, found.length) + (more[invariant] ?? 0);
    if (left > 0) print(`  ... and ${left} more (-o jsonl)`);
    const [first] = found;
    if (first !== undefined) print(`  ${coloured('gray', whyCommand(first, readers))}`);
  }
  const total = violations.length + Object.values(more).reduce((sum, count) => sum + count, 0);
  print(
    `${rows} rows checked: ${total === 0 ? 'nothing violated' : `${total} violation${total === 1 ? '' : 's'}`}`,
  );
}
