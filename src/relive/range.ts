/** From what a person typed to seqs of a journal. */
import type { JournalReader } from '../journal/reader.ts';
import { CliError, EXIT } from './cli.ts';
import { nodeLabel } from './journals.ts';
import { POINT_HELP, type Point, parsePoint } from './time.ts';

/** Unix time in microseconds. */
export function nowUs(): number {
  return Date.now() * 1000;
}

/** @throws CliError 2 if the word is no point in time */
export function pointOf(word: string): Point {
  const point = parsePoint(word, nowUs());
  if (point === null) throw new CliError(EXIT.usage, `not a point in time: ${word} (${POINT_HELP})`);
  return point;
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

/** `VI_1` or `vrrp/VI_1`. @throws CliError 3 naming the instances that there are */
export function actorOf(instance: string, readers: readonly JournalReader[]): string {
  const candidates = [instance, `vrrp/${instance}`];
  const found = candidates.find((name) => readers.some((reader) => reader.knows(name)));
  if (found !== undefined) return found;
  const names = [...new Set(readers.flatMap((reader) => reader.actors()))]
    .filter((name) => name.startsWith('vrrp/'))
    .map((name) => name.slice('vrrp/'.length));
  throw new CliError(
    EXIT.nothingFound,
    `no instance ${instance}; there is ${names.sort().join(', ') || 'none'}`,
  );
}
