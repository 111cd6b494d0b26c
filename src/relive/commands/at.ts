/** `relive at`: every actor's whole state at an instant. */
import { Command } from 'commander';
import type { JournalReader } from '../../journal/reader.ts';
import { keepsAdverts } from '../at/adverts.ts';
import { type NodeAt, nodeAt } from '../at/gather.ts';
import { nodeLines } from '../at/lines.ts';
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
import { nodeLabel, withReaders } from '../journals.ts';
import { actorOf, lastSeqTo, pointOf, wallOf } from '../range.ts';
import { formatWall, POINT_HELP, type Point } from '../time.ts';

interface AtOptions extends JournalOptions, OutputOptions {
  readonly instance?: string;
  readonly raw?: boolean;
}

export function atCommand(): Command {
  const command = new Command('at')
    .description('whole state at a point in time: roles, timers, adverts, addresses, trackers, servers')
    .argument('<time>', POINT_HELP)
    .option('-i, --instance <name>', 'only this instance, tracker, server or other actor')
    .option('--raw', 'everything that each actor knew, as it is recorded');
  return withOutput(withJournals(command)).action((time: string, options: AtOptions) =>
    withReaders(options, (readers) => run(time, options, readers)),
  );
}

function run(time: string, options: AtOptions, readers: readonly JournalReader[]): void {
  const point = pointOf(time, readers);
  const actor = options.instance === undefined ? null : actorOf(options.instance, readers);
  const wallUs = wallOf(point, readers);
  const nodes = readers.map((reader) => {
    const seq = seqOf(reader, readers, point, wallUs);
    const node = nodeLabel(reader, readers);
    if (!keepsAdverts(reader, wallUs))
      talk(`relive: ${node}: adverts of this time are no longer kept (relive journal list)`);
    return nodeAt(reader, node, seq, wallUs, actor);
  });
  if (nodes.every(({ actors }) => actors.length === 0)) {
    throw new CliError(
      EXIT.nothingFound,
      `nothing ran at ${formatWall(wallUs, options.utc)}, as far as the history goes`,
    );
  }
  show(nodes, options);
}

/** A seq speaks of one journal; of the others its time does. */
function seqOf(
  reader: JournalReader,
  readers: readonly JournalReader[],
  point: Point,
  wallUs: number,
): number {
  const isOwnSeq = point.kind === 'seq' && (point.node === null || point.node === reader.node);
  return isOwnSeq ? point.seq : lastSeqTo({ kind: 'time', wallUs }, reader, readers);
}

function show(nodes: readonly NodeAt[], { output, utc, raw }: AtOptions): void {
  if (output === 'json') print(JSON.stringify(nodes, null, 2));
  else if (output === 'jsonl') for (const node of nodes) print(JSON.stringify(node));
  else for (const line of nodes.flatMap((node) => nodeLines(node, utc === true, raw === true))) print(line);
}
