/** From what a person typed to seqs of a journal. */
import type { JournalReader } from '../journal/reader.ts';
import { CliError, EXIT } from './cli.ts';
import { nodeLabel } from './journals.ts';
import { resolveName } from './short-names.ts';
import { type Mark, POINT_HELP, type Point, parsePoint } from './time.ts';
import { findFocus } from './why/focus.ts';
import { actorName } from './words.ts';

/** Names shown of those that a word may stand for. */
const MOST_LISTED = 12;

/** Unix time in microseconds. */
export function nowUs(): number {
  return Date.now() * 1000;
}

/** @throws CliError 2 if the word is no point in time, 3 if these histories do not have it */
export function pointOf(word: string, readers: readonly JournalReader[]): Point {
  const point = parsePoint(word, nowUs());
  if (point === null) throw new CliError(EXIT.usage, `not a point in time: ${word} (${POINT_HELP})`);
  return point.kind === 'mark' ? placeOf(point, readers) : point;
}

/** The newest of those that the journals have, or that of the journal that is named. */
function placeOf({ mark, node }: Mark, readers: readonly JournalReader[]): Point {
  const asked = readers.filter((reader) => node === null || reader.node === node);
  const places = asked.flatMap((reader) => {
    const seq = mark === 'last-failover' ? lastFailover(reader) : firstRow(reader, mark);
    const row = seq === null ? null : reader.row(seq);
    return row === null ? [] : [{ reader, row }];
  });
  const newest = places.sort((a, b) => b.row.wallUs - a.row.wallUs)[0];
  if (newest === undefined) throw new CliError(EXIT.nothingFound, `no ${node ?? ''}@${mark} in this history`);
  return readers.length === 1
    ? { kind: 'seq', seq: newest.row.seq, node: null }
    : { kind: 'seq', seq: newest.row.seq, node: newest.reader.node };
}

function lastFailover(reader: JournalReader): number | null {
  const change = findFocus([{ name: reader.node, reader }], null, null);
  if (change === null) return null;
  return change.kind === 'row' ? change.row.seq : change.epoch.lastSeq;
}

function firstRow(reader: JournalReader, mark: 'boot' | 'start'): number | null {
  const epochs = reader.epochs();
  const newest = epochs.at(-1);
  const first = mark === 'start' ? newest : epochs.find(({ bootId }) => bootId === newest?.bootId);
  return first?.firstSeq ?? null;
}

/** Does a point speak about this journal? `@12` alone needs to be the only one. @throws CliError 2 */
function concerns(
  point: Point & { kind: 'seq' },
  reader: JournalReader,
  readers: readonly JournalReader[],
): boolean {
  if (point.node !== null) return reader.node === point.node;
  if (readers.length === 1) return true;
  const example = `${readers[0] ? nodeLabel(readers[0], readers) : 'node'}@${point.seq}`;
  throw new CliError(
    EXIT.usage,
    `@${point.seq} is ambiguous with ${readers.length} journals: write ${example}, or give one -j`,
  );
}

/** Unix time of a point, for all journals together. @throws CliError 2 or 3 */
export function wallOf(point: Point, readers: readonly JournalReader[]): number {
  if (point.kind === 'time') return point.wallUs;
  const reader = readers.find((candidate) => concerns(point, candidate, readers));
  const row = reader?.row(point.seq) ?? null;
  if (row === null) throw new CliError(EXIT.nothingFound, `no row ${point.node ?? ''}@${point.seq}`);
  return row.wallUs;
}

/** First row of a journal that is not before the point. */
export function firstSeqFrom(point: Point, reader: JournalReader, readers: readonly JournalReader[]): number {
  if (point.kind === 'seq' && concerns(point, reader, readers)) return point.seq;
  return reader.seqAt(wallOf(point, readers) - 1) + 1;
}

/** Last row of a journal that is not after the point. */
export function lastSeqTo(point: Point, reader: JournalReader, readers: readonly JournalReader[]): number {
  if (point.kind === 'seq' && concerns(point, reader, readers)) return point.seq;
  return reader.seqAt(wallOf(point, readers));
}

/**
 * `VI_1`, `vrrp/VI_1`, or as much of it as no other instance begins with; whole names win. Other actors by their whole id
 * or a beginning of it: `tracker/script/gateway`.
 * @throws CliError 2 if several begin so, 3 naming the instances that there are
 */
export function actorOf(instance: string, readers: readonly JournalReader[]): string {
  for (const reader of readers) {
    const whole = reader.knownOf([`vrrp/${instance}`, instance]);
    if (whole !== null) return whole;
  }
  const actors = [...new Set(readers.flatMap((reader) => reader.actors()))].sort();
  const instances = actors.filter((name) => name.startsWith('vrrp/')).map(actorName);
  const named = resolveName(instance, instances);
  if (named.kind === 'found') return `vrrp/${named.name}`;
  if (named.kind === 'ambiguous') throw ambiguous(instance, named.candidates);
  const other = resolveName(instance, actors);
  if (other.kind === 'found') return other.name;
  if (other.kind === 'ambiguous') throw ambiguous(instance, other.candidates);
  const known = named.near.length > 0 ? named.near : instances;
  throw new CliError(
    EXIT.nothingFound,
    `no instance ${instance}${named.near.length > 0 ? `; did you mean ${listed(known)}?` : `; there is ${listed(known)}`}`,
  );
}

function ambiguous(word: string, candidates: readonly string[]): CliError {
  return new CliError(EXIT.usage, `instance ${word} is ambiguous: ${listed(candidates)}`);
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, MOST_LISTED).join(', ');
  return names.length <= MOST_LISTED ? shown : `${shown} and ${names.length - MOST_LISTED} more`;
}
