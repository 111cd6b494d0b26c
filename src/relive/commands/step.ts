/** `relive step`: forwards and backwards through a history, row by row. */
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import type { JournalReader } from '../../journal/reader.ts';
import { CliError, EXIT, type JournalOptions, print, withJournals } from '../cli.ts';
import { nodeLabel, withReaders } from '../journals.ts';
import { actorOf, pointOf, wallOf } from '../range.ts';
import { History, type Place } from '../step/history.ts';
import { HELP, Stepper } from '../step/stepper.ts';
import { factLines, microstepLines, rowLine } from '../step/telling.ts';
import { runInTerminal } from '../step/terminal.ts';
import { POINT_HELP } from '../time.ts';
import { findFocus } from '../why/focus.ts';

interface StepOptions extends JournalOptions {
  readonly instance?: string;
  readonly commands?: string;
  readonly utc?: boolean;
}

export function stepCommand(): Command {
  const orders = HELP.map(([order, meaning]) => `  ${order.padEnd(8)}${meaning}`).join('\n');
  const command = new Command('step')
    .description(`forwards and backwards through a history, row by row\n\nOrders:\n${orders}`)
    .argument('[time]', `where to begin (default: @last-failover, else the newest row): ${POINT_HELP}`)
    .option('-i, --instance <name>', 'only rows of this VRRP instance, and of the programs')
    .option('--commands <orders>', "orders instead of keys, for scripts: 'b master; c; m'")
    .option('--utc', 'show times in UTC instead of local time');
  return withJournals(command).action((time: string | undefined, options: StepOptions) =>
    withReaders(options, (readers) => run(time, options, readers)),
  );
}

async function run(
  time: string | undefined,
  options: StepOptions,
  readers: readonly JournalReader[],
): Promise<void> {
  const witnesses = readers.map((reader) => ({ name: nodeLabel(reader, readers), reader }));
  const actor = options.instance === undefined ? null : actorOf(options.instance, readers);
  const history = new History(witnesses, actor);
  const placeAt = (word: string): Place | null => {
    const point = pointOf(word, readers);
    const witness =
      point.kind === 'seq'
        ? witnesses.find(({ reader }) => point.node === null || reader.node === point.node)
        : undefined;
    return point.kind === 'seq' && (readers.length === 1 || point.node !== null) && witness !== undefined
      ? history.seq(witness, point.seq)
      : history.at(wallOf(point, readers));
  };
  const first = time === undefined ? beginning(history, actor) : placeAt(time);
  if (first === null) throw new CliError(EXIT.nothingFound, 'no row to begin with');
  const stepper = new Stepper(history, first, placeAt);
  const utc = options.utc === true;
  if (options.commands !== undefined) carryOut(stepper, options.commands.split(';'), utc);
  else if (process.stdin.isTTY && process.stdout.isTTY) await runInTerminal(stepper, utc);
  else await fromStdin(stepper, utc);
}

function beginning(history: History, actor: string | null): Place | null {
  const change = findFocus(history.witnesses, actor, null);
  return change?.kind === 'row'
    ? history.place(change.witness, change.row)
    : history.at(Number.MAX_SAFE_INTEGER);
}

/** Each place on the way. @throws CliError 3 if an order leads nowhere */
function carryOut(stepper: Stepper, orders: readonly string[], utc: boolean): void {
  show(stepper, utc);
  for (const order of orders.map((one) => one.trim())) if (order !== '' && !obey(stepper, order, utc)) return;
}

async function fromStdin(stepper: Stepper, utc: boolean): Promise<void> {
  show(stepper, utc);
  for await (const line of createInterface({ input: process.stdin })) {
    for (const order of line.split(';').map((one) => one.trim()))
      if (order !== '' && !obey(stepper, order, utc)) return;
  }
}

/** False: no more. */
function obey(stepper: Stepper, order: string, utc: boolean): boolean {
  if (order === 'q') return false;
  const said = stepper.order(order);
  if (said !== null)
    throw new CliError(said.startsWith('no order') ? EXIT.usage : EXIT.nothingFound, `${order}: ${said}`);
  show(stepper, utc);
  return true;
}

function show(stepper: Stepper, utc: boolean): void {
  print(rowLine(stepper.place, utc));
  for (const line of factLines(stepper.place)) print(line);
  if (stepper.isMicro) for (const line of microstepLines(stepper.place)) print(line);
}
