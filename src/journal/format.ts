/** The stored form, version 2 (docs/journal-format.md is the contract): schema, names of segments. */
import type { Json } from '../protocol/json.ts';

/** What is written. Older ones are read, too (upcast.ts). */
export const FORMAT_VERSION = 2;
/** PRAGMA application_id of every segment: "RLVJ". */
export const APPLICATION_ID = 0x524c564a;

export type Column = number | string | null | Uint8Array;

/** Columns of each table in canonical order, without the digest. The first one is the primary key. */
export const TABLES = {
  meta: [
    'id',
    'format',
    'node',
    'process',
    'pid',
    'boot_id',
    'epoch',
    'first_seq',
    'wall_us',
    'mono_us',
    'previous',
    'batch',
  ],
  actor: ['id', 'name', 'batch'],
  definition: ['id', 'kind', 'name', 'sha256', 'body', 'batch'],
  snap: ['id', 'seq', 'actor', 'machine', 'state', 'context', 'batch'],
  ev: [
    'seq',
    'mono_us',
    'wall_us',
    'kind',
    'actor',
    'machine',
    'cause',
    'changed',
    'event',
    'effects',
    'state',
    'delta',
  ],
  run: [
    'id',
    'actor',
    'direction',
    'source',
    'priority',
    'count',
    'first_us',
    'last_us',
    'largest_gap_us',
    'first_wall_us',
    'after_seq',
    'batch',
  ],
  gap: [
    'id',
    'from_seq',
    'to_seq',
    'from_wall_us',
    'to_wall_us',
    'reason',
    'lost_rows',
    'lost_changes',
    'lost_runs',
    'written_late',
    'actors',
    'segment',
    'batch',
  ],
  chain: ['batch', 'first', 'last', 'rows', 'prev', 'hash'],
  dropped: ['id', 'batch', 'batches', 'digests'],
  rewritten: ['id', 'kind', 'at_wall_us', 'from_wall_us', 'to_wall_us', 'rows', 'runs', 'hash'],
} as const;

export type TableName = keyof typeof TABLES;

/** Columns that came after the first version: by column, the version that brought it. */
const SINCE: Partial<Record<TableName, Readonly<Record<string, number>>>> = { gap: { segment: 2 } };

/** Columns over which a row's digest was made: those of the format that its segment was written in (`meta.format`). */
export function digestedColumns(table: TableName, format: number): readonly string[] {
  const since = SINCE[table];
  return since === undefined
    ? TABLES[table]
    : TABLES[table].filter((column) => (since[column] ?? 1) <= format);
}

/** Tables whose digests a batch covers, in the order in which the chain hash takes them. */
export const CHAINED = ['meta', 'actor', 'definition', 'snap', 'ev', 'run', 'gap'] as const;
export type ChainedTable = (typeof CHAINED)[number];

export const SCHEMA = `
CREATE TABLE meta(
  id INTEGER PRIMARY KEY, format INTEGER NOT NULL, node TEXT NOT NULL, process TEXT NOT NULL, pid INTEGER NOT NULL,
  boot_id TEXT NOT NULL, epoch INTEGER NOT NULL, first_seq INTEGER NOT NULL, wall_us INTEGER NOT NULL,
  mono_us INTEGER NOT NULL, previous TEXT, batch INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
CREATE TABLE actor(id INTEGER PRIMARY KEY, name TEXT NOT NULL, batch INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
CREATE TABLE definition(
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, sha256 BLOB NOT NULL, body TEXT NOT NULL,
  batch INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
CREATE TABLE snap(
  id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, actor INTEGER NOT NULL, machine TEXT, state TEXT NOT NULL,
  context TEXT NOT NULL, batch INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
CREATE TABLE ev(
  seq INTEGER PRIMARY KEY, mono_us INTEGER NOT NULL, wall_us INTEGER NOT NULL, kind TEXT NOT NULL,
  actor INTEGER NOT NULL, machine TEXT, cause INTEGER, changed INTEGER NOT NULL, event TEXT NOT NULL,
  effects TEXT, state TEXT NOT NULL, delta TEXT, digest BLOB NOT NULL) STRICT;
CREATE TABLE run(
  id INTEGER PRIMARY KEY, actor INTEGER NOT NULL, direction TEXT NOT NULL, source TEXT NOT NULL,
  priority INTEGER NOT NULL, count INTEGER NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL,
  largest_gap_us INTEGER NOT NULL, first_wall_us INTEGER NOT NULL, after_seq INTEGER NOT NULL,
  batch INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
CREATE TABLE gap(
  id INTEGER PRIMARY KEY, from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL, from_wall_us INTEGER NOT NULL,
  to_wall_us INTEGER NOT NULL, reason TEXT NOT NULL, lost_rows INTEGER NOT NULL, lost_changes INTEGER NOT NULL,
  lost_runs INTEGER NOT NULL, written_late INTEGER NOT NULL, actors TEXT NOT NULL, segment TEXT,
  batch INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
CREATE TABLE chain(
  batch INTEGER PRIMARY KEY, first INTEGER, last INTEGER, rows INTEGER NOT NULL, prev BLOB NOT NULL,
  hash BLOB NOT NULL, digest BLOB NOT NULL) STRICT;
CREATE TABLE dropped(
  id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, batches TEXT NOT NULL, digests BLOB NOT NULL,
  digest BLOB NOT NULL) STRICT;
CREATE TABLE rewritten(
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, at_wall_us INTEGER NOT NULL, from_wall_us INTEGER NOT NULL,
  to_wall_us INTEGER NOT NULL, rows INTEGER NOT NULL, runs INTEGER NOT NULL, hash BLOB,
  digest BLOB NOT NULL) STRICT;
`;

/**
 * Finds an actor's changes, and holds what a picture of a long time shows of them (marks.ts): rows of one actor lie spread over
 * the whole file, and a month is a gigabyte that a disk takes seconds for. Older segments have `(actor, seq)` alone.
 * A segment that rows pour into has none until they cease or it is closed.
 */
export const INDEX = `CREATE INDEX IF NOT EXISTS ev_changed ON ev(actor, seq, wall_us, cause, kind, state)
  WHERE changed = 1`;
export const NO_INDEX = 'DROP INDEX IF EXISTS ev_changed';

/** The hash before the first one: no older segment was there, or its end could not be read. */
export const NO_HASH: Uint8Array = new Uint8Array(32);

/** JSON with the keys of every object sorted: equal content gives equal text. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}

export interface SegmentName {
  readonly file: string;
  readonly process: string;
  readonly epoch: number;
  readonly firstSeq: number;
}

/** `vrrp-000003-000000041200.db`: sorts by age as text. */
export function segmentFile(process: string, epoch: number, firstSeq: number): string {
  return `${process}-${String(epoch).padStart(6, '0')}-${String(firstSeq).padStart(12, '0')}.db`;
}

/** Parts of a segment's name; null if the file is not one. */
export function parseSegmentFile(file: string): SegmentName | null {
  const match = /^([a-z]+)-(\d{6,})-(\d{12,})\.db$/.exec(file);
  if (match === null) return null;
  const [, process, epoch, firstSeq] = match;
  if (process === undefined) return null;
  return { file, process, epoch: Number(epoch), firstSeq: Number(firstSeq) };
}

/** What follows the name of a segment that a start found damaged and set aside. */
export const SET_ASIDE = '.damaged';

/** Parts of the name of a segment that was set aside: `file` is the one that it had; null if the file is not one. */
export function parseSetAside(file: string): SegmentName | null {
  return file.endsWith(SET_ASIDE) ? parseSegmentFile(file.slice(0, -SET_ASIDE.length)) : null;
}

/** Oldest first. */
export function bySegmentAge(a: SegmentName, b: SegmentName): number {
  return a.epoch - b.epoch || a.firstSeq - b.firstSeq;
}
