/** `relive at`: every actor's whole state at an instant. */
import { Command } from 'commander';
import { writerState } from '../../journal/liveness.ts';
import type { ActorState, Epoch } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
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
import { type HeardAdvert, keepsAdverts, lastAdverts } from '../last-advert.ts';
import { coloured, colouredRole, table } from '../output.ts';
import { actorOf, lastSeqTo, pointOf, wallOf } from '../range.ts';
import { formatDuration, formatWall, POINT_HELP, type Point } from '../time.ts';
import { actorName, roleOf, stateInWords } from '../words.ts';

interface AtOptions extends JournalOptions, OutputOptions {
  readonly instance?: string;
}

interface ActorAt extends ActorState {
  readonly lastAdvert: HeardAdvert | null;
  readonly held: readonly string[];
}

interface NodeAt {
  readonly node: string;
  readonly wallUs: number;
  /** Newest row at that instant; 0: the history begins later. */
  readonly seq: number;
  readonly epoch: Epoch | null;
  /** The process had ended before; how is known from its last row. */
  readonly processEnded: 'stopped' | 'without a stop' | null;
  readonly actors: readonly ActorAt[];
}

export function atCommand(): Command {
  const command = new Command('at')
    .description('whole state at a point in time')
    .argument('<time>', POINT_HELP)
    .option('-i, --instance <name>', 'only this VRRP instance');
  return withOutput(withJournals(command)).action((time: string, options: AtOptions) =>
    withReaders(options, (readers) => run(time, options, readers)),
  );
}

function run(time: string, options: AtOptions, readers: readonly JournalReader[]): void {
  const point = pointOf(time, readers);
  const actor = options.instance === undefined ? null : actorOf(options.instance, readers);
  const wallUs = wallOf(point, readers);
  const nodes = readers.map((reader) => nodeAt(reader, readers, point, wallUs, actor));
  if (nodes.every(({ actors }) => actors.length === 0)) {
    throw new CliError(
      EXIT.nothingFound,
      `nothing ran at ${formatWall(wallUs, options.utc)}, as far as the history goes`,
    );
  }
  if (options.output === 'json') print(JSON.stringify(nodes, null, 2));
  else if (options.output === 'jsonl') for (const node of nodes) print(JSON.stringify(node));
  else for (const line of nodes.flatMap((node) => nodeLines(node, options.utc === true))) print(line);
}

function nodeAt(
  reader: JournalReader,
  readers: readonly JournalReader[],
  point: Point,
  wallUs: number,
  actor: string | null,
): NodeAt {
  const node = nodeLabel(reader, readers);
  const isOwnSeq = point.kind === 'seq' && (point.node === null || point.node === reader.node);
  const seq = isOwnSeq ? point.seq : lastSeqTo({ kind: 'time', wallUs }, reader, readers);
  if (seq === 0) return { node, wallUs, seq, epoch: null, processEnded: null, actors: [] };
  const epochs = reader.epochs();
  const index = epochs.findLastIndex(({ firstSeq }) => firstSeq <= seq);
  const epoch = epochs[index] ?? null;
  const isOver = epoch !== null && seq >= epoch.lastSeq && wallUs > epoch.lastWallUs;
  const isGone = epoch !== null && (index < epochs.length - 1 || writerState(epoch) === 'ended');
  const processEnded = !isOver || !isGone ? null : epoch.endedCleanly ? 'stopped' : 'without a stop';
  const states = processEnded === 'stopped' ? [] : statesOf(reader, actor, seq);
  const heard = lastAdverts(reader, actor, seq, wallUs);
  if (!keepsAdverts(reader, wallUs))
    talk(`relive: ${node}: adverts of this time are no longer kept (relive journal list)`);
  const actors = states.map((state) => ({
    ...{ ...state, held: held(state), lastAdvert: heard.get(state.actor) ?? null },
  }));
  return { node, wallUs, seq, epoch, processEnded, actors };
}

function statesOf(reader: JournalReader, actor: string | null, seq: number): readonly ActorState[] {
  if (actor === null) return reader.statesAt(seq);
  const state = reader.stateAt(actor, seq);
  return state === null ? [] : [state];
}

/** Addresses that the actor holds, by its own account. */
function held({ state, context }: ActorState): string[] {
  const region = (state as JsonObject | null)?.addresses;
  const addresses = (context.input as JsonObject | undefined)?.addresses;
  if (!['held', 'incomplete', 'untidy'].includes(String(region)) || !Array.isArray(addresses)) return [];
  return addresses.map((entry: Json) => {
    const { address, prefixLength } = entry as JsonObject;
    return `${String(address)}/${String(prefixLength)}`;
  });
}

function nodeLines(at: NodeAt, utc: boolean): string[] {
  const { node, wallUs, seq, epoch, processEnded, actors } = at;
  const where =
    seq === 0
      ? 'before its history begins'
      : `@${seq}, process ${epoch?.pid ?? '?'} (start ${epoch?.epoch ?? '?'})`;
  const lines = [`${coloured('bold', node)}  ${formatWall(wallUs, utc)}  ${where}`];
  if (processEnded === 'stopped') lines.push('  relived had been stopped');
  if (processEnded === 'without a stop')
    lines.push(`  ${coloured('red', 'the process had ended without a stop')}; its last state was:`);
  for (const actor of actors) lines.push(...actorLines(actor, wallUs));
  return lines;
}

function actorLines(actor: ActorAt, wallUs: number): string[] {
  const { state, context, machine, uncertain, held: addresses, lastAdvert: advert } = actor;
  const title = `  ${actorName(actor.actor)}  ${colouredRole(roleOf(state), stateInWords(state))}  ${machine ?? ''}`;
  const { input, ...learned } = context;
  const facts: [string, string][] = [];
  if (addresses.length > 0) facts.push(['holds', addresses.join(' ')]);
  if (advert !== null) {
    const ago = formatDuration(Math.max(0, wallUs - advert.wallUs));
    facts.push(
      actor.actor.startsWith('bfd/')
        ? ['last packet', `${advert.source}, ${ago} before`]
        : ['last advert', `${advert.source}, priority ${advert.priority}, ${ago} before`],
    );
  }
  for (const [key, value] of Object.entries(learned)) facts.push([key, JSON.stringify(value)]);
  if (input !== undefined) facts.push(['input', JSON.stringify(input)]);
  const doubt = uncertain
    ? [`    ${coloured('yellow', 'changes were lost before this: the context may be out of date')}`]
    : [];
  return [title, ...doubt, ...table(facts).map((line) => `    ${line}`)];
}
