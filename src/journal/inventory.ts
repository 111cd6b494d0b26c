/** What a journal directory holds, segment by segment. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { listSegments, listSetAside, segmentBytes } from './directory.ts';
import { bySegmentAge, SET_ASIDE } from './format.ts';
import { journalError } from './journal-error.ts';
import { writerState } from './liveness.ts';
import { JournalError } from './model.ts';
import { SegmentReader } from './segment-reader.ts';

/**
 * - `open`: a daemon writes it. `unclosed`: its daemon was killed; the next start closes it.
 * - `closed`: as its writer left it. `thinned`: without runs and rows that changed nothing. `salvaged`: what could be read.
 * - `damaged`: it cannot be read. `set aside`: a start found it damaged; it is no part of the history.
 */
export type SegmentState = 'open' | 'unclosed' | 'closed' | 'thinned' | 'salvaged' | 'damaged' | 'set aside';

export interface SegmentEntry {
  readonly file: string;
  readonly state: SegmentState;
  readonly bytes: number;
  readonly epoch: number;
  /** What is not known of a damaged one is null. */
  readonly format: number | null;
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  /** Unix times in microseconds of its first and last row or advert. */
  readonly fromWallUs: number | null;
  readonly toWallUs: number | null;
  readonly rows: number | null;
  readonly runs: number | null;
  /** Rows and runs that thinning took out, or that salvage could not read. */
  readonly goneRows: number;
  readonly goneRuns: number;
  /** Why it cannot be read. */
  readonly reason: string | null;
}

const UNKNOWN = {
  ...{
    format: null,
    firstSeq: null,
    lastSeq: null,
    fromWallUs: null,
    toWallUs: null,
    rows: null,
    runs: null,
  },
  ...{ goneRows: 0, goneRuns: 0 },
};

/** Oldest first. @throws JournalError if there is no such directory, or no segment in it */
export function inventory(directory: string, process = 'vrrp'): SegmentEntry[] {
  try {
    readdirSync(directory);
  } catch (error) {
    throw journalError(directory, error);
  }
  const present = listSegments(directory, process).map((name) => ({ ...name, at: name.file }));
  const aside = listSetAside(directory, process).map((name) => ({ ...name, at: name.file + SET_ASIDE }));
  const all = [...present, ...aside].sort(bySegmentAge);
  if (all.length === 0) throw new JournalError('missing', directory, 'no journal in this directory');
  const newest = present.at(-1)?.file;
  return all.map(({ at, epoch, file }) => {
    const known = { file: at, epoch, bytes: segmentBytes(directory, at), reason: null };
    if (at !== file) return { ...known, ...UNKNOWN, state: 'set aside' };
    return entryOf(join(directory, file), known, file === newest);
  });
}

function entryOf(
  path: string,
  known: Pick<SegmentEntry, 'file' | 'epoch' | 'bytes' | 'reason'>,
  isNewest: boolean,
): SegmentEntry {
  let segment: SegmentReader | null = null;
  try {
    segment = SegmentReader.open(path);
    const { rewritten, meta, format } = segment;
    const count = (sql: string): number => Number(segment?.db.prepare(sql).pluck().get() ?? 0);
    const run = segment.lastRun();
    const runEnd = run === null ? 0 : run.firstWallUs + run.lastUs - run.firstUs;
    const lastRow = segment.rowBefore(Number.MAX_SAFE_INTEGER);
    return {
      ...known,
      ...{ state: stateOf(path, segment, isNewest), format: Math.min(format, meta.format) },
      ...{ firstSeq: meta.first_seq, lastSeq: segment.lastSeq() || null },
      fromWallUs: segment.firstWallUs() ?? meta.wall_us,
      toWallUs: Math.max(lastRow?.wallUs ?? 0, runEnd, rewritten?.toWallUs ?? 0) || meta.wall_us,
      ...counts(count, rewritten !== null),
      ...{ goneRows: rewritten?.rows ?? 0, goneRuns: rewritten?.runs ?? 0 },
    };
  } catch (error) {
    const found = journalError(path, error);
    if (!(found instanceof JournalError) || found.kind !== 'damaged') throw found;
    return { ...known, ...UNKNOWN, state: 'damaged', reason: found.message.slice(path.length + 2) };
  } finally {
    segment?.close();
  }
}

/**
 * Rows and runs. The chain counts the rows of all tables, and the other tables number theirs without holes: a segment that is as
 * its writer left it needs not be read through.
 */
function counts(
  count: (sql: string) => number,
  isRewritten: boolean,
): { readonly rows: number; readonly runs: number } {
  if (isRewritten) return { rows: count('SELECT count(*) FROM ev'), runs: count('SELECT count(*) FROM run') };
  const [runs = 0, ...others] = ['run', 'meta', 'actor', 'definition', 'snap', 'gap'].map((table) =>
    count(`SELECT max(id) FROM ${table}`),
  );
  return {
    rows: others.reduce((sum, rows) => sum - rows, count('SELECT sum(rows) FROM chain') - runs),
    runs,
  };
}

function stateOf(path: string, segment: SegmentReader, isNewest: boolean): SegmentState {
  const { rewritten, meta } = segment;
  if (rewritten !== null) return rewritten.kind;
  const isSealed = segment.isSealed || ((statSync(path).mode & 0o222) === 0 && !existsSync(`${path}-wal`));
  if (isSealed) return 'closed';
  const writer = writerState({
    ...{ bootId: meta.boot_id, pid: meta.pid, startMonoUs: meta.mono_us },
    ...{ endedCleanly: false, isSealed },
  });
  return isNewest && (writer === 'running' || writer === 'paused') ? 'open' : 'unclosed';
}
