/** A recorded incident: the journals of its routers as one small file, and the moments that its story has names for. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

const FOLDER = join(import.meta.dirname, 'recordings');
const LENGTH_BYTES = 4;
/** Of what a recording is when it is unpacked. */
const MOST_BYTES = 64 * 1024 * 1024;

interface PackedFile {
  /** `a/vrrp-000001-000000000001.db`: the router, and the file of its journal. */
  readonly path: string;
  readonly bytes: number;
}

interface Head {
  /** Unix time in microseconds. */
  readonly moments: Readonly<Record<string, number>>;
  readonly files: readonly PackedFile[];
}

const fileOf = (incident: string): string => join(FOLDER, `${incident}.br`);

/** Those that there are. */
export function recordings(): string[] {
  return readdirSync(FOLDER).flatMap((name) => (name.endsWith('.br') ? [name.slice(0, -3)] : []));
}

/** Keeps the journals below a directory, one folder a router. A socket or a lock is no part of a journal. */
export function keep(incident: string, directory: string, moments: Head['moments']): number {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /^[^/]+\/vrrp-.*\.(db|db-wal|db-shm|alive)$/.test(path),
  );
  const contents = paths.sort().map((path) => readFileSync(join(directory, path)));
  const head: Head = { moments, files: paths.map((path, i) => ({ path, bytes: contents[i]?.length ?? 0 })) };
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(text.length);
  // The definitions of machines are in each journal: a window that reaches from one to the next keeps them once.
  const packed = brotliCompressSync(Buffer.concat([length, text, ...contents]), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(fileOf(incident), packed);
  return packed.length;
}

/** Writes the journals of an incident below a directory; gives its moments. @throws if it was never recorded */
export function unpack(incident: string, directory: string): Head['moments'] {
  const all = brotliDecompressSync(readFileSync(fileOf(incident)), { maxOutputLength: MOST_BYTES });
  const begin = LENGTH_BYTES + all.readUInt32BE(0);
  const { moments, files }: Head = JSON.parse(all.toString('utf8', LENGTH_BYTES, begin));
  let at = begin;
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), all.subarray(at, at + bytes));
    at += bytes;
  }
  return moments;
}
