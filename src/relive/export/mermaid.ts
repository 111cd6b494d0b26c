/**
 * `relive export mermaid`: Markdown with diagrams as many viewers of Markdown draw them: the chart of an instance with the
 * path that it took, one for each node, and who told whom what. Without a range: around the last failover.
 */
import type { StoredRow } from '../../journal/model.ts';
import type { Json } from '../../protocol/json.ts';
import { CliError, EXIT, talk } from '../cli.ts';
import { type Entry, entriesOf, mergeByTime } from '../entries.ts';
import { formatClock, formatWall } from '../time.ts';
import { explain } from '../why/explain.ts';
import { findFocus } from '../why/focus.ts';
import { knownContext, type Witness } from '../why/model.ts';
import { findPeer } from '../why/peers.ts';
import { actorName, effectsInWords, eventInWords, protocolPath } from '../words.ts';
import type { ExportRequest, ExportSource } from './formats.ts';
import { escaped, PathTaken } from './mermaid-chart.ts';

/** Shown before the first and after the last link of the chain of causes. */
const AROUND_US = 1_000_000;
/** Shown before a change at least. */
const BEFORE_US = 10_000_000;
/** A diagram with more is no picture any more. */
const MOST_MESSAGES = 80;
const OUTWARD = new Set(['announce', 'sendAdvert', 'addVips', 'removeVips', 'sendGratuitousArps']);

export function* exportMermaid(request: ExportRequest): Generator<string> {
  const { actor, sources, end } = focused(request);
  const sequence = new Sequence(sources, actor);
  const paths = sources.map(({ label }) => ({ label, path: new PathTaken() }));
  const streams = sources.map((source, index) => taggedEntries(source, actor, index));
  let count = 0;
  let [firstUs, lastUs] = [0, 0];
  for (const { entry, index, wallUs } of mergeByTime(streams)) {
    if (count === request.limit) {
      talk(`relive: ends after ${count} rows (--limit)`);
      break;
    }
    count += 1;
    if (firstUs === 0) firstUs = wallUs;
    lastUs = wallUs;
    sequence.take(entry, index);
    if (entry.type === 'row' && entry.row.actor === actor) paths[index]?.path.take(entry.row, entry.before);
  }
  if (end !== null) sequence.end(end.wallUs, end.index);
  if (count === 0) return;
  const range = `${formatWall(firstUs, request.utc)} to ${formatWall(lastUs, request.utc)}`;
  yield `# ${actorName(actor)}, ${range}\n\n## Who told whom what\n\n${fenced(sequence.lines(request.utc))}`;
  for (const { label, path } of paths) {
    const lines = path.lines();
    if (lines === null) continue;
    yield `\n## The path of ${label}\n\nNumbers say in which order transitions were taken.\n\n${fenced(lines)}`;
  }
}

const fenced = (lines: readonly string[]): string => `\`\`\`mermaid\n${lines.join('\n')}\n\`\`\`\n`;

interface Focused {
  readonly actor: string;
  readonly sources: readonly ExportSource[];
  /** The newest process of one of them, whose history just ends. */
  readonly end: { readonly wallUs: number; readonly index: number } | null;
}

/** One instance, and a part of each history. @throws CliError 2 or 3 */
function focused({ sources, actor }: ExportRequest): Focused {
  const isWhole = sources.every(
    ({ fromSeq, toSeq }) => fromSeq === 0 && toSeq >= Number.MAX_SAFE_INTEGER - 1,
  );
  if (!isWhole) {
    if (actor !== null) return { actor, sources, end: null };
    throw new CliError(EXIT.usage, 'a part of a history needs an instance to draw: -i');
  }
  const witnesses: readonly Witness[] = sources.map(({ label, reader }) => ({ name: label, reader }));
  const change = findFocus(witnesses, actor, null);
  if (change === null) throw new CliError(EXIT.nothingFound, 'no change of mastership found');
  const times = explain(change, witnesses).chain.flatMap(({ wallUs }) => wallUs ?? []);
  const fromUs = Math.min(change.wallUs - BEFORE_US, ...times) - AROUND_US;
  const toUs = Math.max(change.wallUs, ...times) + AROUND_US;
  const parts = sources.map((source) => ({
    ...source,
    fromSeq: source.reader.seqAt(fromUs - 1) + 1,
    toSeq: source.reader.seqAt(toUs),
  }));
  const isNewest =
    change.kind === 'end' && change.witness.reader.epochs().at(-1)?.epoch === change.epoch.epoch;
  const end = isNewest ? { wallUs: change.wallUs, index: witnesses.indexOf(change.witness) } : null;
  return { actor: change.actor, sources: parts, end };
}

interface Tagged {
  readonly wallUs: number;
  readonly entry: Entry;
  readonly index: number;
}

function* taggedEntries(source: ExportSource, actor: string, index: number): Generator<Tagged> {
  const { reader, fromSeq, toSeq } = source;
  for (const entry of entriesOf(reader, { fromSeq, toSeq, actor: null, runs: false, changedOnly: true })) {
    const isOther = entry.type === 'row' && entry.row.kind !== 'note' && entry.row.actor !== actor;
    if (!isOther) yield { wallUs: entry.wallUs, entry, index };
  }
}

interface Message {
  readonly wallUs: number;
  readonly text: (clock: string) => string;
}

/** Who told whom what, as far as the rows of one instance and of the programs tell. */
class Sequence {
  readonly #witnesses: readonly Witness[];
  readonly #actor: string;
  readonly #peers = new Map<string, string | null>();
  readonly #messages: Message[] = [];
  #left = 0;

  constructor(sources: readonly ExportSource[], actor: string) {
    this.#witnesses = sources.map(({ label, reader }) => ({ name: label, reader }));
    this.#actor = actor;
  }

  take(entry: Entry, index: number): void {
    const self = this.#witnesses[index];
    if (self === undefined) return;
    if (entry.type === 'ended') this.end(entry.wallUs, index);
    if (entry.type === 'row') this.#row(entry.row, entry.before, index, self);
  }

  end(wallUs: number, index: number): void {
    this.#add(wallUs, (clock) => `n${index}--x outside: ${clock} ended without a stop`);
  }

  lines(utc: boolean): string[] {
    const participants = this.#witnesses.map(
      ({ name }, index) => `  participant n${index} as ${escaped(name)}`,
    );
    const messages = this.#messages.map(({ wallUs, text }) => `  ${text(formatClock(wallUs, utc))}`);
    const rest = this.#left > 0 ? [`  Note over outside: ${this.#left} more`] : [];
    return ['sequenceDiagram', '  participant outside', ...participants, ...messages, ...rest];
  }

  #row(row: StoredRow, before: Json | null, index: number, self: Witness): void {
    const { wallUs, event, effects, state, kind, cause } = row;
    const said = escaped(eventInWords(event));
    if (kind === 'note' || cause === null) {
      const from = this.#sender(row, self);
      this.#add(wallUs, (clock) => `${from}->>n${index}: ${clock} ${said}`);
    }
    if (kind === 'note') return;
    const [old, now] = [before === null ? '' : protocolPath(before), protocolPath(state)];
    if (old !== now && kind !== 'crash')
      this.#add(wallUs, () => `Note over n${index}: ${escaped(old === '' ? now : `${old} to ${now}`)}`);
    const outward = effects.filter(({ type }) => OUTWARD.has(type));
    if (outward.length > 0)
      this.#add(wallUs, () => `n${index}->>outside: ${escaped(effectsInWords(outward))}`);
  }

  /** Whose advert it was, if one of the journals is that router's. */
  #sender({ event, wallUs, actor, seq }: StoredRow, self: Witness): string {
    if (event.type !== 'advert.received' || typeof event.source !== 'string') return 'outside';
    const key = `${self.name} ${event.source}`;
    const known = this.#peers.get(key);
    if (known !== undefined) return known ?? 'outside';
    const context = self.reader.stateAt(actor, seq)?.context ?? {};
    const own = knownContext(this.#actor, context);
    const peer = findPeer(this.#witnesses, self, own, event.source, wallUs);
    const index = peer === null ? -1 : this.#witnesses.indexOf(peer.witness);
    this.#peers.set(key, index < 0 ? null : `n${index}`);
    return index < 0 ? 'outside' : `n${index}`;
  }

  #add(wallUs: number, text: Message['text']): void {
    if (this.#messages.length < MOST_MESSAGES) this.#messages.push({ wallUs, text });
    else this.#left += 1;
  }
}
