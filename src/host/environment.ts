/** What the reader of configurations asks of this machine. Nothing is looked at before it is asked for. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Environment, Identity, NameTable } from '../config/environment.ts';
import { readKeyFile } from './key-files.ts';
import { programFacts } from './programs.ts';
import { regexFault } from './regex-fault.ts';
import { vrfTables } from './vrf-tables.ts';

export interface EnvironmentOptions {
  /** Option `--config-id`; null: the host name up to the first dot. */
  readonly configId: string | null;
  /** Option `--all-config`. */
  readonly allConfig?: boolean;
  /** The directory that stands for `/`. */
  readonly root?: string;
}

/** Later ones count more: the distribution's names, then the administrator's. */
const NAME_DIRECTORIES = ['usr/share/iproute2', 'usr/lib/iproute2', 'etc/iproute2'];
/** Files of names and lines in them that are looked at. */
const MOST_FILES = 256;
const MOST_NAMES = 100_000;
const LOOK_UP_MS = 2_000;

export function machineEnvironment({
  configId,
  allConfig = false,
  root = '/',
}: EnvironmentOptions): Environment {
  const at = (file: string): string => path.join(root, file);
  const names = memo((table: NameTable) => readNames(root, table));
  const interfaces = memo((_: null) => readInterfaces(at('proc/self/net/dev')));
  const vrfs = memo((_: null) => vrfTables());
  return {
    configId: configId ?? (os.hostname().split('.')[0] || 'localhost'),
    allConfig,
    variable: (name) => (Object.hasOwn(process.env, name) ? (process.env[name] ?? null) : null),
    randomSeed: Math.floor(Date.now() / 1000) % 2 ** 32,
    get interfaces() {
      return interfaces(null);
    },
    vrf(name) {
      const tables = vrfs(null);
      return tables === null ? null : { table: tables.get(name) ?? null };
    },
    get cpuCount() {
      return os.cpus().length || null;
    },
    names,
    user: memo((name) => userOf(name, at('etc/passwd'))),
    group: memo((name) => idsOf(name, at('etc/group'), 'group')?.[0] ?? null),
    keyFile: memo((file) => readKeyFile(file)),
    regexFault,
    program: memo((command) => programFacts(command, process.env.PATH ?? '')),
  };
}

/** Each question is answered once. */
function memo<K, V>(answer: (key: K) => V): (key: K) => V {
  const answers = new Map<K, V>();
  return (key) => {
    const known = answers.get(key);
    if (known !== undefined || answers.has(key)) return known as V;
    const value = answer(key);
    answers.set(key, value);
    return value;
  };
}

/** '' if it cannot be read. */
function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Interfaces of the process's network namespace, which /sys may not show; null if they cannot be read. */
function readInterfaces(file: string): ReadonlySet<string> | null {
  const lines = textOf(file).split('\n').slice(2);
  const names = lines.map((line) => line.slice(0, Math.max(0, line.lastIndexOf(':'))).trim());
  const known = new Set(names.filter((name) => name !== ''));
  return known.size === 0 ? null : known;
}

function readNames(root: string, table: NameTable): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  for (const directory of NAME_DIRECTORIES) {
    const file = path.join(root, directory, table);
    for (const one of [file, ...confFiles(`${file}.d`)]) addNames(names, textOf(one));
  }
  return names;
}

function confFiles(directory: string): string[] {
  try {
    const files = fs.readdirSync(directory).filter((name) => name.endsWith('.conf'));
    return files
      .sort()
      .slice(0, MOST_FILES)
      .map((name) => path.join(directory, name));
  } catch {
    return [];
  }
}

/** `NUMBER NAME` lines; the number may be hexadecimal. */
function addNames(names: Map<string, number>, text: string): void {
  for (const line of text.split('\n')) {
    if (names.size >= MOST_NAMES) return;
    const [number = '', name = ''] = line.trim().split(/\s+/, 2);
    if (name !== '' && /^(0x[0-9a-fA-F]{1,8}|[0-9]{1,10})$/.test(number)) names.set(name, Number(number));
  }
}

function userOf(name: string, file: string): Identity | null {
  const [uid, gid] = idsOf(name, file, 'passwd') ?? [];
  return uid === undefined || gid === undefined ? null : { uid, gid };
}

/** The numbers of an entry: of the file, else of whatever else the system looks names up in. */
function idsOf(name: string, file: string, database: 'passwd' | 'group'): number[] | null {
  if (!/^[A-Za-z0-9_][-A-Za-z0-9_.@\\]{0,255}\$?$/.test(name)) return null;
  const own = (text: string): string | undefined =>
    text.split('\n').find((line) => line.startsWith(`${name}:`));
  const entry = own(textOf(file)) ?? own(getent(database, name));
  const fields = entry?.split(':').slice(2, 4) ?? [];
  const numbers = fields.filter((field) => /^[0-9]{1,10}$/.test(field)).map(Number);
  return numbers.length === 0 ? null : numbers;
}

function getent(database: string, name: string): string {
  const { stdout } = process
    .getBuiltinModule('node:child_process')
    .spawnSync('getent', [database, '--', name], { encoding: 'utf8', timeout: LOOK_UP_MS });
  return stdout ?? '';
}
