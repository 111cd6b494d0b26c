/** The directory of segments as the writer sees it: names, ends of older histories, sealing and retention. */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  bySegmentAge,
  INDEX,
  NO_HASH,
  parseSegmentFile,
  parseSetAside,
  SET_ASIDE,
  type SegmentName,
} from './format.ts';

/** Where the history in a directory ends. */
export interface HistoryEnd {
  /** Newest segment; null if the directory has none. */
  readonly segment: string | null;
  /** Highest epoch; 0 if there is none. */
  readonly epoch: number;
  /** No row has a higher seq. */
  readonly seq: number;
  readonly hash: Uint8Array;
  /** The segment could not be read: `seq` is an upper bound. */
  readonly estimated: boolean;
  /** The newest segment was set aside, and no other one says yet that the rows from this one on are lost with it. */
  readonly lost: { readonly fromSeq: number; readonly segment: string } | null;
}

const SIDE_FILES = ['', '-wal', '-shm', '-journal'];

/** Segments of this process, oldest first. */
export function listSegments(directory: string, process: string): SegmentName[] {
  return readdirSync(directory)
    .map(parseSegmentFile)
    .filter((name): name is SegmentName => name !== null && name.process === process)
    .sort(bySegmentAge);
}

/** Names that damaged segments of this process had before they were set aside, oldest first. */
export function listSetAside(directory: string, process: string): SegmentName[] {
  return readdirSync(directory)
    .map(parseSetAside)
    .filter((name): name is SegmentName => name !== null && name.process === process)
    .sort(bySegmentAge);
}

/** Makes the directory (0700) if it is missing, and removes drafts that a killed writer left. */
export function prepareDirectory(directory: string, process: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const file of readdirSync(directory)) {
    if (file.startsWith(`.${process}-`) && /\.db\.new(-wal|-shm|-journal)?$/.test(file)) {
      rmSync(join(directory, file), { force: true });
    }
  }
}

/** Brings names to the disk. @throws what the file system says */
export function syncDirectory(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Bytes of a segment with its side files. */
export function segmentBytes(directory: string, file: string): number {
  return SIDE_FILES.reduce((sum, end) => sum + sizeOf(join(directory, file + end)), 0);
}

/**
 * Folds the WAL of a segment that nobody writes any more into the file and makes it read-only.
 * One that is sealed already, in use or damaged stays as it is.
 */
export function sealSegment(directory: string, file: string): void {
  const path = join(directory, file);
  try {
    if ((statSync(path).mode & 0o222) === 0 && sizeOf(`${path}-wal`) === 0) return;
    const db = new Database(path, { fileMustExist: true, timeout: 200 });
    try {
      db.pragma('temp_store = MEMORY');
      // Its writer may have been killed while rows poured in.
      db.exec(INDEX);
      db.pragma('journal_mode = DELETE');
    } finally {
      db.close();
    }
    chmodSync(path, 0o444);
  } catch {
    // Retried at the next roll and the next start; readers cope with an unsealed segment.
  }
}

interface SegmentEnd {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** @throws what SQLite says */
function readEnd(path: string): SegmentEnd {
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 1000 });
  try {
    const seq = db
      .prepare<[], { seq: number }>(
        'SELECT max(coalesce((SELECT max(seq) FROM ev), 0), coalesce((SELECT max(to_seq) FROM gap), 0), ' +
          '(SELECT first_seq - 1 FROM meta)) AS seq',
      )
      .get();
    const chain = db
      .prepare<[], { hash: Buffer }>('SELECT hash FROM chain ORDER BY batch DESC LIMIT 1')
      .get();
    if (seq?.seq === undefined || chain === undefined) throw new Error('no meta or chain row');
    return { seq: seq.seq, hash: chain.hash };
  } finally {
    db.close();
  }
}

function endOf(directory: string, name: SegmentName, file: string): HistoryEnd {
  const { epoch } = name;
  try {
    return { segment: name.file, epoch, ...readEnd(join(directory, file)), estimated: false, lost: null };
  } catch {
    // A row takes more than 32 bytes, so no seq of the unreadable file can be higher than this.
    const seq = name.firstSeq + Math.ceil(segmentBytes(directory, file) / 32);
    return { segment: name.file, epoch, seq, hash: NO_HASH, estimated: true, lost: null };
  }
}

const NOTHING: HistoryEnd = {
  ...{ segment: null, epoch: 0, seq: 0, hash: NO_HASH, estimated: false, lost: null },
};

/** Reads where the newest history ends. A newest segment that cannot be read is stepped over: seq stays monotone. */
export function historyEnd(directory: string, process: string): HistoryEnd {
  const newest = listSegments(directory, process).at(-1);
  const end = newest === undefined ? NOTHING : endOf(directory, newest, newest.file);
  const aside = listSetAside(directory, process).at(-1);
  if (aside === undefined || (newest !== undefined && bySegmentAge(newest, aside) > 0)) return end;
  // What it seems to hold last may not be the last that it held.
  const asideEnd = endOf(directory, aside, aside.file + SET_ASIDE);
  const seq = Math.max(end.seq, asideEnd.seq);
  return { ...asideEnd, seq, estimated: true, lost: { fromSeq: end.seq + 1, segment: aside.file } };
}

/** The quota that really holds: no more than half of the file system, so that the journal alone cannot fill it. */
export function effectiveQuota(directory: string, quotaBytes: number): number {
  const { blocks, bsize } = statfsSync(directory);
  const half = (blocks * bsize) / 2;
  return half > 0 ? Math.min(quotaBytes, half) : quotaBytes;
}

/** @throws what the file system says */
export function removeSegment(directory: string, file: string): void {
  for (const end of SIDE_FILES) rmSync(join(directory, file + end), { force: true });
}

/** Unlinks the oldest segments until all together fit into the quota. Never the one named `keep`. */
export function prune(directory: string, process: string, quota: number, keep: string | null): void {
  const aside = listSetAside(directory, process).map((name) => ({ ...name, file: name.file + SET_ASIDE }));
  const segments = [...listSegments(directory, process), ...aside]
    .sort(bySegmentAge)
    .map(({ file }) => ({ file, bytes: segmentBytes(directory, file) }));
  let total = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { file, bytes } of segments) {
    if (total <= quota) return;
    if (file === keep) continue;
    removeSegment(directory, file);
    total -= bytes;
  }
}
