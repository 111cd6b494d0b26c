/** Configuration files on disk. */
import fs from 'node:fs';
import path from 'node:path';
import type { FileError, FileSource, FileText } from '../config/file-source.ts';

/** A configuration larger than this is a mistake (a device, a log, a core file). */
export const MAX_CONFIG_FILE_BYTES = 16 * 1024 * 1024;
/** Paths that one pattern may stand for, and directory entries looked at to find them. */
const MAX_MATCHES = 1000;
const MAX_ENTRIES = 100_000;

/** Hears what a reading has found in the file system, and so depends on. */
export interface FileWitness {
  read(path: string, bytes: Uint8Array, directory: string): void;
  /** There is nothing of this name. */
  missing(path: string): void;
  /** All names in a directory. */
  listed(directory: string, names: readonly string[]): void;
  /** Something else was found, which is not told. */
  otherwise(path: string): void;
}

const NOBODY: FileWitness = { read() {}, missing() {}, listed() {}, otherwise() {} };

/** Reads the real file system. Relative entry patterns start from the working directory. */
export const configFiles: FileSource = configFilesSeenBy(NOBODY);

export function configFilesSeenBy(witness: FileWitness): FileSource {
  return {
    read: (file) => readConfigFile(file, witness),
    glob: (pattern, relativeTo) => globConfigFiles(pattern, relativeTo, witness),
  };
}

function readConfigFile(file: string, witness: FileWitness): FileText | FileError {
  let descriptor: number | null = null;
  try {
    // Looked at before it is opened: opening a FIFO would wait for a writer, opening a device may do anything.
    const seen = kindOf(fs.statSync(file));
    if (seen !== null) {
      witness.otherwise(file);
      return { error: seen };
    }
    descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY);
    const stats = fs.fstatSync(descriptor);
    const opened = kindOf(stats);
    const bytes = opened === null ? readBounded(descriptor) : null;
    if (bytes === null) {
      witness.otherwise(file);
      return { error: opened ?? tooLarge() };
    }
    const directory = fs.realpathSync(path.dirname(file));
    const isExecutable = (stats.mode & 0o111) !== 0;
    if (isExecutable) witness.otherwise(file);
    else witness.read(file, bytes, directory);
    const text = new TextDecoder().decode(bytes);
    return { text, directory, ...(isExecutable ? { executable: true } : {}) };
  } catch (error) {
    if (isMissing(error)) witness.missing(file);
    else witness.otherwise(file);
    const missing = isMissing(error) ? { missing: true } : {};
    return { error: reason(error), ...missing };
  } finally {
    if (descriptor !== null) fs.closeSync(descriptor);
  }
}

/** What is wrong with reading this, null if it is a regular file of a sensible size. */
function kindOf(stats: fs.Stats): string | null {
  if (stats.isDirectory()) return 'it is a directory';
  if (stats.isFIFO()) return 'it is a FIFO, not a regular file';
  if (!stats.isFile()) return 'it is not a regular file';
  return stats.size > MAX_CONFIG_FILE_BYTES ? tooLarge() : null;
}

/** The content; null if it is too large. The size is checked again: files of /proc have none, and a file may grow. */
function readBounded(descriptor: number): Uint8Array | null {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const chunk = new Uint8Array(64 * 1024);
    const count = fs.readSync(descriptor, chunk);
    if (count === 0) break;
    total += count;
    if (total > MAX_CONFIG_FILE_BYTES) return null;
    chunks.push(chunk.subarray(0, count));
  }
  return Buffer.concat(chunks, total);
}

function tooLarge(): string {
  return `it is larger than ${MAX_CONFIG_FILE_BYTES / (1024 * 1024)} MiB`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES') return 'permission denied';
  if (code === 'ELOOP') return 'too many symbolic links';
  if (code === 'ENAMETOOLONG') return 'the name is too long';
  return error instanceof Error ? error.message : String(error);
}

function globConfigFiles(pattern: string, relativeTo: string, witness: FileWitness): string[] {
  const directory = relativeTo === '' ? '' : path.dirname(relativeTo);
  // Only the pattern has wildcards: the including file's directory may be called `[old]`.
  const start = path.isAbsolute(pattern) ? '/' : directory;
  if (!/[*?[]/.test(pattern)) return [path.join(start, pattern)];
  const steps = pattern.split('/').filter((step) => step !== '');
  let found = [start];
  let budget = MAX_ENTRIES;
  for (const step of steps) {
    const next: string[] = [];
    for (const directory of found) {
      const names = matchingNames(directory, step, budget, witness);
      budget -= names.looked;
      next.push(...names.matches.map((name) => path.join(directory, name)));
      if (budget <= 0 || next.length >= MAX_MATCHES) {
        witness.otherwise(directory);
        break;
      }
    }
    found = next.slice(0, MAX_MATCHES);
  }
  return found.filter((file) => {
    const exists = fs.existsSync(file);
    if (!exists) witness.missing(file);
    return exists;
  });
}

/** Entries of a directory that one step of a pattern matches, in byte order as glob(3) gives them. */
function matchingNames(
  directory: string,
  step: string,
  budget: number,
  witness: FileWitness,
): { matches: string[]; looked: number } {
  if (!/[*?[]/.test(step)) return { matches: [step], looked: 1 };
  const matches: string[] = [];
  const names: string[] = [];
  let looked = 1;
  try {
    const entries = fs.opendirSync(directory === '' ? '.' : directory);
    try {
      for (let entry = entries.readSync(); entry !== null && looked < budget; entry = entries.readSync()) {
        looked++;
        names.push(entry.name);
        if (matchesStep(entry.name, step)) matches.push(entry.name);
      }
    } finally {
      entries.closeSync();
    }
    witness.listed(directory === '' ? '.' : directory, names);
  } catch (error) {
    // A directory that cannot be listed matches nothing, as in glob(3).
    if (isMissing(error)) witness.missing(directory);
    else witness.otherwise(directory);
  }
  return { matches: matches.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)), looked };
}

/**
 * Whether a name matches `*`, `?` and `[...]` (with `!` or `^` for "not"). A leading dot must be written out.
 * Linear in the name for each `*`: no backtracking over earlier ones.
 */
export function matchesStep(name: string, step: string): boolean {
  if (name.startsWith('.') && !step.startsWith('.')) return false;
  let at = 0;
  let position = 0;
  let retry: { at: number; position: number } | null = null;
  while (position < name.length) {
    if (step[at] === '*') {
      retry = { at: ++at, position };
      continue;
    }
    const length = matchOne(name[position] ?? '', step, at);
    if (length > 0) {
      at += length;
      position++;
    } else if (retry !== null) {
      retry.position++;
      at = retry.at;
      position = retry.position;
    } else return false;
  }
  while (step[at] === '*') at++;
  return at === step.length;
}

/** Characters of the pattern that match this one character, 0 if they do not. */
function matchOne(character: string, step: string, at: number): number {
  if (step[at] === '?') return 1;
  const end = step[at] === '[' ? step.indexOf(']', at + 2) : -1;
  if (end < 0) return step[at] === character ? 1 : 0;
  let set = step.slice(at + 1, end);
  const negated = set.startsWith('!') || set.startsWith('^');
  if (negated) set = set.slice(1);
  let inside = false;
  for (let index = 0; index < set.length; index++) {
    const from = set[index] ?? '';
    const to = set[index + 1] === '-' ? set[index + 2] : undefined;
    if (to !== undefined) index += 2;
    if (character >= from && character <= (to ?? from)) inside = true;
  }
  return inside === negated ? 0 : end + 1 - at;
}
