/** Of node:fs what reading a configuration and what it depends on needs. */

import type fs from 'node:fs';
import { doubt } from '../doubts.ts';
import { host } from '../host.ts';
import { Bytes } from './bytes.ts';

/** Linux, generic numbers. */
export const constants = { O_RDONLY: 0, O_NOCTTY: 0o400, O_NONBLOCK: 0o4000 };

const TYPE = 0o170000;
const PIECE_BYTES = 64 * 1024;

class Stats {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly ctimeMs: number;

  constructor([mode = 0, uid = 0, gid = 0, size = 0, ctimeMs = 0]: readonly number[]) {
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
    this.size = size;
    this.ctimeMs = ctimeMs;
  }

  readonly isFIFO = (): boolean => (this.mode & TYPE) === 0o010000;
  readonly isDirectory = (): boolean => (this.mode & TYPE) === 0o040000;
  readonly isFile = (): boolean => (this.mode & TYPE) === 0o100000;
  readonly isSymbolicLink = (): boolean => (this.mode & TYPE) === 0o120000;
}

/** What failed as Node says it. A name that is no UTF-8 Node would have changed. */
function done<T>(result: T | number | undefined, call: string, path: string): T {
  if (result === undefined) {
    doubt(`${path}: a name that is not UTF-8`);
    throw new Error('a name that is not UTF-8');
  }
  if (typeof result !== 'number' || result >= 0) return result as T;
  const [code, words] = host.errorName(-result);
  throw Object.assign(new Error(`${code}: ${words}, ${call} '${path}'`), { code });
}

const statSync = (path: string, { throwIfNoEntry = true } = {}): Stats | undefined => {
  const found = host.stat(path, true);
  if (!throwIfNoEntry && typeof found === 'number' && isMissing(found)) return undefined;
  return new Stats(done(found, 'stat', path));
};
const isMissing = (error: number): boolean => ['ENOENT', 'ENOTDIR'].includes(host.errorName(-error)[0]);
const lstatSync = (path: string): Stats => new Stats(done(host.stat(path, false), 'lstat', path));
const fstatSync = (fd: number): Stats => new Stats(done(host.statOpen(fd), 'fstat', ''));
const existsSync = (path: string): boolean => typeof host.stat(path, true) !== 'number';
const openSync = (path: string, flags: number): number => done<number>(host.open(path, flags), 'open', path);
const closeSync = (fd: number): void => host.close(fd);
const realpathSync = (path: string): string => done(host.realPath(path), 'realpath', path);
const readdirSync = (path: string): readonly string[] => done(host.list(path), 'scandir', path);

const readSync = (fd: number, into: Uint8Array, offset = 0, length = into.length): number => {
  const bytes = new Uint8Array(done<ArrayBuffer>(host.read(fd, length), 'read', ''));
  into.set(bytes, offset);
  return bytes.length;
};

function opendirSync(path: string) {
  const names = readdirSync(path).values();
  const readSync = (): { readonly name: string } | null => {
    const { done, value } = names.next();
    return done === true ? null : { name: value };
  };
  return { readSync, closeSync() {} };
}

function readFileSync(path: string, encoding?: 'utf8'): Bytes | string {
  const fd = openSync(path, constants.O_RDONLY);
  const pieces: Uint8Array[] = [];
  try {
    for (;;) {
      const piece = new Uint8Array(done<ArrayBuffer>(host.read(fd, PIECE_BYTES), 'read', path));
      if (piece.length === 0) break;
      pieces.push(piece);
    }
  } finally {
    closeSync(fd);
  }
  const all = Bytes.concat(pieces);
  return encoding === undefined ? all : all.toString();
}

export default {
  ...{ constants, statSync, lstatSync, fstatSync, existsSync, openSync, closeSync, readSync, readFileSync },
  ...{ realpathSync, readdirSync, opendirSync },
} satisfies { readonly [name in keyof typeof fs]?: unknown };
export { existsSync, readFileSync };
