/** `relive log`: one line for each row. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { JournalReader } from '../../journal/reader.ts';
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
import { type Entry, entriesOf, mergeByTime } from '../entries.ts';
import { dataOf, KINDS, type Kind, lineOf, parseCount, parseKinds, wanted } from '../entry-lines.ts';
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
  const writer = new EntryWriter(options, readers);
  const runs = options.runs === true || options.kind?.includes('run') === true;
  // A step that changed nothing can be wanted as a step only.
  const changedOnly = options.kind?.includes('step') === false;
  const streams = readers.map((reader) => {
    const fromSeq = since === null ? 0 : firstSeqFrom(since, reader, readers);
    const toSeq = until === null ? Number.MAX_SAFE_INTEGER - 1 : lastSeqTo(until, reader, readers);
    return labelled(
      entriesOf(reader, { fromSeq, toSeq, actor, runs, changedOnly }),
      nodeLabel(reader, readers),
    );
  });
  for (const { entry, label } of mergeByTime(streams))
    if (wanted(entry, options.kind)) writer.take(entry, label);
  writer.end();
  if (!changedOnly) {
    const fromUs = since === null ? 0 : wallOf(since, readers);
    const toUs = until === null ? Number.MAX_SAFE_INTEGER : wallOf(until, readers);
    for (const reader of readers) talkOfThinned(reader, fromUs, toUs, options.utc);
  }
  if (options.follow === true && until === null) await follow(readers, actor, options, writer);
  else if (writer.count === 0) throw new CliError(EXIT.nothingFound, 'nothing found');
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

interface Labelled {
  readonly wallUs: number;
  readonly entry: Entry;
  readonly label: string;
}

function* labelled(entries: Generator<Entry>, label: string): Generator<Labelled> {
  for (const entry of entries) yield { wallUs: entry.wallUs, entry, label };
}

/** Prints new rows until the process is interrupted. Gaps and runs show when they are asked for again. */
async function follow(
  readers: readonly JournalReader[],
  actor: string | null,
  options: LogOptions,
  writer: EntryWriter,
): Promise<void> {
  const positions = readers.map((reader) => ({
    reader,
    label: nodeLabel(reader, readers),
    seq: reader.lastSeq(),
  }));
  for (;;) {
    await sleep(FOLLOW_MS);
    const fresh: Labelled[] = [];
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
      if (wanted(entry, options.kind)) writer.write(entry, label);
  }
}

/** Prints entries, or keeps the last ones until the end if only those are wanted. */
class EntryWriter {
  readonly #options: LogOptions;
  readonly #several: boolean;
  #kept: { entry: Entry; label: string }[] = [];
  readonly #json: unknown[] = [];
  count = 0;

  constructor(options: LogOptions, readers: readonly JournalReader[]) {
    this.#options = options;
    this.#several = readers.length > 1;
  }

  take(entry: Entry, label: string): void {
    this.count += 1;
    const { lines } = this.#options;
    if (lines === undefined) {
      this.write(entry, label);
      return;
    }
    this.#kept.push({ entry, label });
    if (this.#kept.length > 2 * lines) this.#kept = this.#kept.slice(-lines);
  }

  write(entry: Entry, label: string): void {
    const { output, follow: isFollowing } = this.#options;
    if (output === 'table') print(lineOf(entry, this.#several ? label : null, this.#options.utc === true));
    else if (output === 'jsonl' || isFollowing === true) print(JSON.stringify(dataOf(entry)));
    else this.#json.push(dataOf(entry));
  }

  end(): void {
    for (const { entry, label } of this.#kept.slice(-(this.#options.lines ?? 0))) this.write(entry, label);
    this.#kept = [];
    if (this.#options.output === 'json' && this.#options.follow !== true)
      print(JSON.stringify(this.#json, null, 2));
  }
}
