/** What `relive verify` finds out about one journal. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { sameJson } from '../../journal/fold.ts';
import { checkIntegrity, type Integrity } from '../../journal/integrity.ts';
import type { JournalReader } from '../../journal/reader.ts';
import { EXIT } from '../cli.ts';
import { type ReplayReport, replay } from '../replay.ts';
import { machineBody, replayEngine } from '../replay-engine.ts';
import { journalHistory, type Part, WHOLE } from './history.ts';

export interface Verdict {
  readonly node: string;
  readonly directory: string;
  readonly integrity: Integrity;
  /** Null if the journal is too damaged to be read through. */
  readonly replay: ReplayReport | null;
  /** Machines whose recorded chart is not this build's. */
  readonly otherMachines: readonly string[];
}

/** A writer removes or thins a segment at a time, and seldom. */
const LOOKS = 3;

/**
 * Digests and chain of the segments that the part touches, of all if a hash is looked for; then its rows and runs. Looks again
 * if the writer removed or thinned a segment meanwhile: a link that it took away is not one that somebody broke.
 * @throws JournalError
 */
export function verify(reader: JournalReader, node: string, part: Part, head: string | null): Verdict {
  for (let look = 1; ; look += 1) {
    const before = reader.segmentFiles().map(identityOf);
    try {
      const verdict = verifyOnce(reader, node, part, head);
      if (look === LOOKS || verdict.integrity.findings.length === 0 || areInPlace(before)) return verdict;
    } catch (error) {
      if (look === LOOKS || areInPlace(before)) throw error;
    }
    reader.refresh();
  }
}

interface Identity {
  readonly path: string;
  readonly inode: number | null;
}

function identityOf(path: string): Identity {
  return { path, inode: statSync(path, { throwIfNoEntry: false })?.ino ?? null };
}

function areInPlace(files: readonly Identity[]): boolean {
  return files.every(({ path, inode }) => inode !== null && identityOf(path).inode === inode);
}

function verifyOnce(reader: JournalReader, node: string, part: Part, head: string | null): Verdict {
  const integrity = checkIntegrity(head === null ? pathsOf(reader, part) : reader.segmentFiles(), head);
  const isReadable = integrity.findings.every(({ problem }) => problem !== 'damaged');
  return {
    node,
    directory: reader.directory,
    integrity,
    replay: isReadable ? replay(replayEngine, journalHistory(reader, part)) : null,
    otherMachines: isReadable ? otherMachines(reader) : [],
  };
}

function pathsOf(reader: JournalReader, { fromSeq, toSeq }: Part): string[] {
  const paths = reader.segmentFiles();
  if (fromSeq <= WHOLE.fromSeq && toSeq >= WHOLE.toSeq) return paths;
  // A name's number is the segment's first seq, or a little more.
  const firstSeqOf = (path: string): number => Number(/(\d+)\.db$/.exec(basename(path))?.[1] ?? 0);
  return paths.filter((path, index) => {
    const next = paths[index + 1];
    return firstSeqOf(path) <= toSeq + 1 && (next === undefined || firstSeqOf(next) > fromSeq);
  });
}

function otherMachines(reader: JournalReader): string[] {
  const recorded = reader.definitions().filter(({ kind }) => kind === 'machine');
  const others = recorded.filter(({ name, body }) => {
    const own = machineBody(name);
    return own !== null && !sameJson(own, body);
  });
  return [...new Set(others.map(({ name }) => name))];
}

/** Tampering outweighs damage: a row that was changed on purpose is named either way. */
export function exitCodeOf({ integrity, replay: report }: Verdict): number {
  const isTampered =
    integrity.hasHead === false || integrity.findings.some(({ problem }) => problem !== 'damaged');
  if (isTampered || (report?.differences.length ?? 0) > 0) return EXIT.diverged;
  if (integrity.findings.length > 0) return EXIT.damaged;
  return exitCodeOfUnchecked(report);
}

/** A machine that this build does not have leaves the question open. */
export function exitCodeOfUnchecked(report: ReplayReport | null): number {
  return Object.keys(report?.unchecked ?? {}).some((reason) => reason.includes('machine')) ? EXIT.error : 0;
}
