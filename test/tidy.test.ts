/** The architecture as a test: who may import whom, what pure code may not touch, how large things may grow. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Folder of src -> folders whose values it may import. Its own folder is always allowed. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  machines: ['protocol'],
  config: ['protocol'],
  engine: ['protocol', 'machines'],
  journal: ['protocol', 'engine'],
  io: ['protocol', 'engine', 'native'],
  effects: ['protocol', 'engine', 'native'],
  host: ['protocol', 'native'],
  lab: ['protocol'],
  relive: ['protocol', 'config', 'machines', 'engine', 'journal', 'host', 'lab', 'view'],
  view: ['protocol', 'config', 'machines', 'engine', 'journal', 'host'],
  daemon: ['protocol', 'config', 'machines', 'engine', 'journal', 'host', 'io', 'effects', 'native', 'view'],
  planner: ['config', 'host', 'daemon'],
};

/** Types cost nothing at run time and carry no behaviour: these folders may name them. */
const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = {
  config: ['machines'],
  host: ['config'],
  io: ['machines'],
  effects: ['machines', 'config'],
  journal: ['machines'],
};

/**
 * Single files of other folders: completion of the daemon's command line needs its options, and comparing adverts with a
 * capture what the daemon computes with secrets.
 */
const MAY_IMPORT_FILES: Readonly<Record<string, readonly string[]>> = {
  relive: ['src/daemon/options.ts', 'src/daemon/advert-secrets.ts', 'src/io/heartbeat/digests.ts'],
};

const PURE = ['protocol', 'machines', 'config', 'engine'];

/** Packages that have one owner. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': ['journal'],
  rxjs: ['io', 'daemon'],
  'raw-socket': ['io'],
  xstate: ['machines', 'engine'],
  commander: ['relive', 'view', 'daemon', 'lab'],
  netlink: ['io', 'effects'],
  nodemailer: ['effects'],
};

const FILE_LINES = 450;

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => /\.ts$/.test(name) && !/\.d\.ts$/.test(name));
}

function importsOf(text: string): Import[] {
  const found: Import[] = [];
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s)?([^'"]*?)from\s+['"]([^'"]+)['"]/gm)) {
    const names = (match[2] ?? '').replace(/[{}\s]/g, ' ').split(',');
    const everyNameIsAType = names.every((name) => name.trim() === '' || name.trim().startsWith('type '));
    found.push({ specifier: match[3] ?? '', typeOnly: match[1] !== undefined || everyNameIsAType });
  }
  for (const match of text.matchAll(/import\(\s*['"]([^'"]+)['"]\s*\)|^import\s+['"]([^'"]+)['"]/gm)) {
    found.push({ specifier: match[1] ?? match[2] ?? '', typeOnly: false });
  }
  return found;
}

/** File that a relative import leads to; null for a package. */
function targetFile(file: string, specifier: string): string | null {
  return specifier.startsWith('.') ? relative(ROOT, normalize(join(ROOT, dirname(file), specifier))) : null;
}

/** Folder below src; `native` for the addon. */
function folderOf(file: string): string {
  const [top, folder] = file.split('/');
  return top === 'src' ? (folder ?? '') : (top ?? '');
}

function violation(file: string, { specifier, typeOnly }: Import): string | null {
  const own = file.split('/')[1] ?? '';
  const imported = targetFile(file, specifier);
  if (imported !== null) {
    const target = folderOf(imported);
    if (MAY_IMPORT_FILES[own]?.includes(imported)) return null;
    if (target === own || MAY_IMPORT[own]?.includes(target)) return null;
    if (typeOnly && MAY_IMPORT_TYPES[own]?.includes(target)) return null;
    return `${file} imports ${target} (${specifier})`;
  }
  if (PURE.includes(own) && specifier.startsWith('node:')) return `${file} is pure and imports ${specifier}`;
  const owners = OWNERS[specifier.split('/')[0] ?? ''];
  if (owners === undefined || owners.includes(own)) return null;
  return `${file} imports ${specifier}, which belongs to ${owners.join(' and ')}`;
}

const production = sources('src').filter((file) => !/\.(test|fixture)\.ts$/.test(file));

describe('imports', () => {
  it('point down only', () => {
    const found = production.flatMap((file) =>
      importsOf(readFileSync(join(ROOT, file), 'utf8')).flatMap((entry) => violation(file, entry) ?? []),
    );
    expect(found).toEqual([]);
  });

  it('call XState in machines and in engine/evaluate.ts only', () => {
    const found = production.filter(
      (file) =>
        file.startsWith('src/engine/') &&
        file !== 'src/engine/evaluate.ts' &&
        importsOf(readFileSync(join(ROOT, file), 'utf8')).some(
          ({ specifier, typeOnly }) => specifier === 'xstate' && !typeOnly,
        ),
    );
    expect(found).toEqual([]);
  });

  it('would be caught if they pointed up (the rule itself works)', () => {
    const up = { specifier: '../daemon/main.ts', typeOnly: false };
    expect(violation('src/machines/x.ts', up)).toMatch(/imports daemon/);
    expect(violation('src/io/x.ts', { specifier: '../effects/x.ts', typeOnly: false })).not.toBeNull();
    expect(violation('src/relive/x.ts', { specifier: '../daemon/serve.ts', typeOnly: false })).not.toBeNull();
    expect(violation('src/relive/x.ts', { specifier: '../daemon/options.ts', typeOnly: false })).toBeNull();
    expect(violation('src/relive/x.ts', { specifier: 'better-sqlite3', typeOnly: false })).not.toBeNull();
    expect(violation('src/config/x.ts', { specifier: 'node:fs', typeOnly: false })).not.toBeNull();
  });
});

describe('pure folders', () => {
  it('know no clock and no chance', () => {
    const banned =
      /\bDate\b|\bMath\.random\b|\bperformance\b|\bprocess\.(?!test)|\bconsole\.|\bsetTimeout\b|\bBuffer\b/;
    const found = production
      .filter((file) => PURE.includes(file.split('/')[1] ?? ''))
      .flatMap((file) =>
        readFileSync(join(ROOT, file), 'utf8')
          .split('\n')
          .flatMap((line, index) => {
            const code = line.replace(/\/\*.*?\*\/|\/\/.*$|^\s*\*.*$|^\s*\/\*.*$|'[^']*'|`[^`]*`/g, '');
            return banned.test(code) ? [`${file}:${index + 1}: ${line.trim()}`] : [];
          }),
      );
    expect(found).toEqual([]);
  });
});

it('files stay small enough to read', () => {
  const long = [...sources('src'), ...sources('test')].filter(
    (file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > FILE_LINES,
  );
  expect(long).toEqual([]);
});
