/** Where dumps are written, and how: whole or not at all. */
import fs from 'node:fs';
import { basename, dirname, extname, isAbsolute, join } from 'node:path';
import type { ConfigTree } from '../../config/model.ts';
import { lateCrypto } from '../../io/late-modules.ts';
import type { Identity } from '../places.ts';

/** `check`, `bfd` and `parent`: what keepalived's other processes write on the same signal as `data`. */
export type DumpKind = 'data' | 'check' | 'bfd' | 'parent' | 'stats' | 'json';

const NAMES: Readonly<Record<DumpKind, string>> = {
  data: 'keepalived.data',
  check: 'keepalived.data',
  bfd: 'keepalived.data',
  parent: 'keepalived.data',
  stats: 'keepalived.stats',
  json: 'keepalived.json',
};

/** keepalived: TMPDIR, if it is a directory with an absolute path, else /tmp. */
export function temporaryDirectory(given = process.env.TMPDIR): string {
  if (given === undefined || !isAbsolute(given)) return '/tmp';
  return fs.statSync(given, { throwIfNoEntry: false })?.isDirectory() === true ? given : '/tmp';
}

/**
 * keepalived 2.4.3 (open_dump_file): state_dump_file is a file, or a directory if it ends in a slash; with
 * data_use_instance the namespace and the instance stand before its extension, and before them the process where it is not
 * that of VRRP. That rule is for the data files alone: the other two keywords it reads and does not use, which here name their
 * file.
 */
export function dumpPlace(
  kind: DumpKind,
  { global_defs: [globals] }: ConfigTree,
  identity: Identity,
): string {
  const given = {
    data: globals?.state_dump_file,
    check: globals?.state_dump_file,
    bfd: globals?.state_dump_file,
    parent: globals?.state_dump_file,
    stats: globals?.stats_dump_file,
    json: globals?.json_dump_file,
  }[kind];
  const path = given ?? NAMES[kind];
  const isDirectory = path.endsWith('/');
  const name = isDirectory ? NAMES[kind] : basename(path);
  const directory = isAbsolute(path) ? (isDirectory ? path : dirname(path)) : temporaryDirectory();
  if (kind === 'stats' || kind === 'json') return join(directory, name);
  const own = globals?.data_use_instance === true ? [identity.namespace, identity.instance] : [];
  const suffix = own.filter((part) => part !== null).join('_');
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length) + (kind === 'data' ? '' : `_${kind}`);
  return join(directory, `${stem}${suffix === '' ? '' : `.${suffix}`}${extension}`);
}

/** A reader sees the former file or this one. A symbolic link in its place is replaced, not followed. @throws Error */
export function writeDump(path: string, text: string, umask: number): void {
  const unfinished = `${path}${lateCrypto().randomBytes(3).toString('hex')}`;
  try {
    fs.writeFileSync(unfinished, text, { flag: 'wx', mode: 0o600 });
    fs.chmodSync(unfinished, 0o666 & ~umask);
    fs.renameSync(unfinished, path);
  } catch (error) {
    fs.rmSync(unfinished, { force: true });
    throw error;
  }
}
