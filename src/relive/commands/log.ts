/** `relive log`: one line for each row. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { StoredRow } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { IsWanted, ToldRow } from '../../journal/told-rows.ts';
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
import { type Entry, type EntryRange, entriesOf, mergeByTime, toldEntriesOf } from '../entries.ts';
import {
  dataOf,
  KINDS,
  type Kind,
  type KindedRow,
  lineOf,
  parseCount,
  parseKinds,
  wanted,
  wantedRow,
} from '../entry-lines.ts';
import { cliError, nodeLabel, withReaders } from '../journals.ts';
import { actorOf, firstSeqFrom, lastSeqTo, pointOf, wallOf } from '../range.ts';
import { formatWall, POINT_HELP } from '../time.ts';

interface LogOptions extends JournalOptions, OutputOptions {
  readonly instance?: string;
  readonly since?: string;
  readonly until?: string;
  readonly kind?: readonly Kind[];
  readonly lines?: number;
  readonly runs?: boolean;
  readonly follow?: boolean;
}

const FOLLOW_MS = 200;

export function logCommand(): Command {
  const command = new Command('log')
    .description('what happened, one line for each event')
    .option('-i, --instance <name>', 'only this VRRP instance')
    .option('--since <time>', POINT_HELP)
    .option('--until <time>', 'the same')
    .option(
      '--kind <kinds>',
      `comma-separated: ${KINDS.join(', ')} (change: rows that changed something; role: changes of role)`,
      parseKinds,
    )
    .option('-n, --lines <count>', 'only the last ones', parseCount)
    .option('--runs', 'also runs of identical adverts')
    .option('-f, --follow', 'go on with what comes');
  return withOutput(withJournals(command)).action((options: LogOptions) =>
    withReaders(options, (readers) => run(options, readers)),
  );
}

async function run(options: LogOptions, readers: readonly JournalReader[]): Promise<void> {
  const actor = options.instance === undefined ? null : actorOf(options.instance, readers);
  const since = options.since === undefined ? null : pointOf(options.since, readers);
  const until = options.until === undefined ? null : pointOf(options.until, readers);
  const { kind } = options;
  const runs = options.runs === true || kind?.includes('run') === true;
  // A step that changed nothing can be wanted as a step only.
  const changedOnly = kind?.includes('step') === false;
  const rangeOf = (reader: JournalReader): EntryRange => ({
    fromSeq: since === null ? 0 : firstSeqFrom(since, reader, readers),
    toSeq: until === null ? Number.MAX_SAFE_INTEGER - 1 : lastSeqTo(until, reader, readers),
    ...{ actor, runs, changedOnly },
  });
  const isWanted: IsWanted = (row, before) => kind === undefined || wantedRow(row, before, kind);
  const lines = new Lines(options, readers);
  const data = new Data(options);
  const count =
    options.output === 'table'
      ? list(readers, options, lines, (reader) => toldEntriesOf(reader, rangeOf(reader), isWanted))
      : list(readers, options, data, (reader) => entriesOf(reader, rangeOf(reader)));
  if (!changedOnly) {
    const fromUs = since === null ? 0 : wallOf(since, readers);
    const toUs = until === null ? Number.MAX_SAFE_INTEGER : wallOf(until, readers);
    for (const reader of readers) talkOfThinned(reader, fromUs, toUs, options.utc);
  }
  if (options.follow === true && until === null)
    await follow(readers, actor, options, options.output === 'table' ? lines : data);
  else if (count === 0) throw new CliError(EXIT.nothingFound, 'nothing found');
}

/** Writes what is wanted, or the last of it if only that is. How many were wanted. */
function list<Row extends KindedRow>(
  readers: readonly JournalReader[],
  { kind, lines }: LogOptions,
  output: Output<Row>,
  entriesOfReader: (reader: JournalReader) => Generator<Entry<Row>>,
): number {
  const streams = readers.map((reader) => labelled(entriesOfReader(reader), nodeLabel(reader, readers)));
  let count = 0;
  let kept: Labelled<Row>[] = [];
  for (const found of mergeByTime(streams)) {
    if (!wanted(found.entry, kind)) continue;
    count += 1;
    if (lines === undefined) output.write(found.entry, found.label);
    else {
      kept.push(found);
      if (kept.length > 2 * lines) kept = kept.slice(-lines);
    }
  }
  for (const { entry, label } of kept.slice(-(lines ?? 0))) output.write(entry, label);
  output.end();
  return count;
}

/** That a line is not there says nothing of such a time. */
function talkOfThinned(reader: JournalReader, fromUs: number, toUs: number, utc = false): void {
  const times = reader.thinned(fromUs, toUs);
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return;
  const span = `${formatWall(first.fromWallUs, utc)} to ${formatWall(last.toWallUs, utc)}`;
  talk(
    `relive: ${reader.node}: adverts and rows that changed nothing are not kept of all of ${span} (relive journal list)`,
  );
}

interface Labelled<Row> {
  readonly wallUs: number;
  readonly entry: Entry<Row>;
  readonly label: string;
}

function* labelled<Row>(entries: Generator<Entry<Row>>, label: string): Generator<Labelled<Row>> {
  for (const entry of entries) yield { wallUs: entry.wallUs, entry, label };
}

/** Prints new rows until the process is interrupted. Gaps and runs show when they are asked for again. */
async function follow(
  readers: readonly JournalReader[],
  actor: string | null,
  options: LogOptions,
  output: Output<StoredRow>,
): Promise<void> {
  const positions = readers.map((reader) => ({
    reader,
    label: nodeLabel(reader, readers),
    seq: reader.lastSeq(),
  }));
  for (;;) {
    await sleep(FOLLOW_MS);
    const fresh: Labelled<StoredRow>[] = [];
    for (const position of positions) {
      const { reader, label } = position;
      try {
        for (const row of reader.tail(position.seq)) {
          position.seq = row.seq;
          if (actor !== null && row.actor !== actor) continue;
          const before = row.kind === 'note' ? null : reader.stateBefore(row.actor, row.seq);
          fresh.push({ wallUs: row.wallUs, label, entry: { type: 'row', wallUs: row.wallUs, row, before } });
        }
      } catch (error) {
        throw cliError(error);
      }
    }
    for (const { entry, label } of fresh.sort((a, b) => a.wallUs - b.wallUs))
      if (wanted(entry, options.kind)) output.write(entry, label);
  }
}

interface Output<Row> {
  write(entry: Entry<Row>, label: string): void;
  /** Nothing comes any more but what is followed. */
  end(): void;
}

class Lines implements Output<ToldRow> {
  readonly #several: boolean;
  readonly #utc: boolean;

  constructor({ utc }: LogOptions, readers: readonly JournalReader[]) {
    this.#several = readers.length > 1;
    this.#utc = utc === true;
  }

  write(entry: Entry<ToldRow>, label: string): void {
    print(lineOf(entry, this.#several ? label : null, this.#utc));
  }

  end(): void {}
}

class Data implements Output<StoredRow> {
  /** Of one value; null: each entry is one, on its own line. */
  readonly #all: object[] | null;

  constructor({ output, follow: isFollowing }: LogOptions) {
    this.#all = output === 'json' && isFollowing !== true ? [] : null;
  }

  write(entry: Entry): void {
    if (this.#all === null) print(JSON.stringify(dataOf(entry)));
    else this.#all.push(dataOf(entry));
  }

  end(): void {
    if (this.#all !== null) print(JSON.stringify(this.#all, null, 2));
  }
}
