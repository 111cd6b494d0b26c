/**
 * What a start does with what an earlier process left. Only the segment that was not closed is looked at: a closed one was
 * whole when it was closed, and is never written again. In the writer's thread, so that a start waits for nothing.
 */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type HistoryEnd, listSegments, listSetAside, syncDirectory } from './directory.ts';
import { SET_ASIDE } from './format.ts';
import type { GapNote } from './messages.ts';
import type { SetAside } from './model.ts';

/** SQLite looks through so much within a second or two; no writer makes a segment that is larger. */
const CHECKED_BYTES = 256 * 1024 * 1024;

/** What SQLite finds wrong with a segment; null: nothing, or nothing can be said of it. */
export function damageOf(path: string): string | null {
  let db: Database.Database | null = null;
  try {
    if (statSync(path).size > CHECKED_BYTES) return null;
    db = new Database(path, { readonly: true, fileMustExist: true, timeout: 1000 });
    const found = db.pragma('quick_check(1)', { simple: true });
    if (found !== 'ok') return String(found).replaceAll('\n', ' ');
    const holds = (table: string): boolean =>
      db?.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined;
    return holds('meta') && holds('chain') ? null : 'it says nothing about itself';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const isDamage = /^SQLITE_(CORRUPT|NOTADB|ERROR$|IOERR_SHORT_READ)/.test(code);
    return isDamage && error instanceof Error ? error.message : null;
  } finally {
    db?.close();
  }
}

/** Closed segments are read-only and have no WAL. */
function isUnclosed(path: string): boolean {
  return (statSync(path).mode & 0o222) !== 0 || existsSync(`${path}-wal`);
}

/**
 * Gives the newest segment another name if it was not closed and is damaged.
 * @throws what the file system says
 */
export function setDamagedAside(directory: string, process: string): SetAside | null {
  for (const { file } of listSetAside(directory, process)) moveSideFiles(join(directory, file));
  const newest = listSegments(directory, process).at(-1);
  if (newest === undefined) return null;
  const path = join(directory, newest.file);
  if (!isUnclosed(path)) return null;
  const reason = damageOf(path);
  if (reason === null) return null;
  renameSync(path, path + SET_ASIDE);
  moveSideFiles(path);
  syncDirectory(directory);
  return { segment: newest.file, path: path + SET_ASIDE, reason };
}

/** After the file itself: a kill between the two leaves what the next start still knows as set aside. */
function moveSideFiles(path: string): void {
  if (existsSync(path)) return;
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${path}${SET_ASIDE}-wal`);
  rmSync(`${path}-shm`, { force: true });
}

/** What the first segment after one that was set aside says of it: every row that it may have held counts as lost. */
export function gapOfSetAside(
  directory: string,
  { lost }: HistoryEnd,
  nextSeq: number,
  found: SetAside | null,
): GapNote[] {
  if (lost === null) return [];
  const { fromSeq, segment } = lost;
  const { birthtimeMs, mtimeMs } = statSync(join(directory, segment + SET_ASIDE));
  const rows = Math.max(0, nextSeq - fromSeq);
  const what = found === null ? 'damaged' : `damaged (${found.reason})`;
  return [
    {
      ...{ fromSeq, toSeq: fromSeq + rows - 1 },
      fromWallUs: Math.round(Math.min(birthtimeMs || mtimeMs, mtimeMs) * 1000),
      toWallUs: Math.round(mtimeMs * 1000),
      reason: `segment ${segment} was ${what} and set aside: at most so many rows are lost with it`,
      ...{ lostRows: rows, lostChanges: rows, lostRuns: 0, writtenLate: 0, actors: [], segment },
    },
  ];
}
