/** What bin/* run: the bundle of the programs while it is that of the sources, otherwise the sources. What a start loads. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from './harness/leftovers.ts';

const ROOT = join(import.meta.dirname, '..');
const NODE_PACKAGE = readdirSync(join(ROOT, 'node_modules')).find((name) => name.startsWith('node-linux-'));

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Outcome {
  const { RELIVED_PROGRAM: _, ...own } = process.env;
  return spawnSync(program, args, { env: { ...own, ...environment }, encoding: 'utf8', timeout: 30_000 });
}

/** A project whose programs do no more than say what they are. */
function smallCheckout(): string {
  const root = temporaryDirectory('program');
  for (const folder of [
    'src/daemon',
    'src/relive',
    'native',
    'scripts',
    'build/program',
    'node_modules',
    '.git',
  ])
    mkdirSync(join(root, folder), { recursive: true });
  cpSync(join(ROOT, 'bin'), join(root, 'bin'), { recursive: true });
  cpSync(join(ROOT, 'scripts/launch.sh'), join(root, 'scripts/launch.sh'));
  symlinkSync(join(ROOT, 'node_modules', `${NODE_PACKAGE}`), join(root, 'node_modules', `${NODE_PACKAGE}`));
  const say = (words: string): string =>
    `process.stdout.write(${JSON.stringify(words)} + process.argv.slice(2).map((word) => ' ' + word).join(''));`;
  for (const file of ['package.json', 'package-lock.json'])
    writeFileSync(join(root, file), '{"type":"module"}');
  for (const file of ['native/index.ts', 'scripts/build-program.mjs', 'src/daemon/some.test.ts'])
    writeFileSync(join(root, file), '');
  writeFileSync(join(root, 'src/daemon/main.ts'), say('source'));
  writeFileSync(join(root, 'src/daemon/unused.ts'), '');
  writeFileSync(join(root, 'src/relive/main.ts'), say('relive source'));
  writeFileSync(join(root, 'build/program/relived.js'), say('bundle'));
  writeFileSync(join(root, 'build/program/relive.js'), say('relive bundle'));
  seen(root);
  return root;
}

/** Set-up has compared: the bundle is that of the sources. Times are those of a clock that ticks every few milliseconds. */
function seen(root: string): void {
  const built = join(root, 'build/program/built');
  writeFileSync(built, '');
  const soonS = Date.now() / 1000 + 0.02;
  utimesSync(built, soonS, soonS);
  while (Date.now() / 1000 <= soonS + 0.01);
}

const relivedOf = (root: string, environment: NodeJS.ProcessEnv = {}): string =>
  run(join(root, 'bin/relived'), ['--one', 'two words'], environment).stdout;

describe('bin/relived', () => {
  it('runs the bundle with its arguments while no source is newer', () => {
    const root = smallCheckout();
    expect(relivedOf(root)).toBe('bundle --one two words');
    expect(run(join(root, 'bin/relive'), ['log']).stdout).toBe('relive bundle log');
    expect(run(join(root, 'bin/genhash'), ['-s', '::1']).stdout).toBe('bundle --genhash -s ::1');
    const link = join(root, 'link');
    symlinkSync('bin/relived', link);
    expect(run(link, []).stdout).toBe('bundle');
    expect(spawnSync('sh', ['relived'], { cwd: join(root, 'bin'), encoding: 'utf8' }).stdout).toBe('bundle');
    writeFileSync(join(root, 'src/daemon/some.test.ts'), 'a test is in no bundle');
    expect(relivedOf(root)).toBe('bundle --one two words');
  });

  it.each<[string, (root: string) => void]>([
    ['edited', (root) => writeFileSync(join(root, 'src/daemon/unused.ts'), 'x')],
    ['added', (root) => writeFileSync(join(root, 'src/daemon/more.ts'), '')],
    ['removed', (root) => rmSync(join(root, 'src/daemon/unused.ts'))],
    ['renamed', (root) => renameSync(join(root, 'src/daemon/unused.ts'), join(root, 'src/daemon/used.ts'))],
    ['edited in native', (root) => writeFileSync(join(root, 'native/index.ts'), 'x')],
    [
      'copied over with its old time',
      (root) => {
        writeFileSync(join(root, 'src/daemon/unused.ts'), 'x');
        utimesSync(join(root, 'src/daemon/unused.ts'), 1_000_000_000, 1_000_000_000);
      },
    ],
  ])('runs the sources when one is %s, and the bundle when set-up has seen to it', (_, change) => {
    const root = smallCheckout();
    change(root);
    expect(relivedOf(root)).toBe('source --one two words');
    expect(relivedOf(root, { RELIVED_PROGRAM: 'bundle' })).toBe('bundle --one two words');
    seen(root);
    expect(relivedOf(root)).toBe('bundle --one two words');
    expect(relivedOf(root, { RELIVED_PROGRAM: 'sources' })).toBe('source --one two words');
  });

  it('runs the sources without a bundle, and the bundle of an installation without a look', () => {
    const root = smallCheckout();
    writeFileSync(join(root, 'src/daemon/unused.ts'), 'x');
    rmSync(join(root, '.git'), { recursive: true });
    expect(relivedOf(root)).toBe('bundle --one two words');
    rmSync(join(root, 'build'), { recursive: true });
    expect(relivedOf(root)).toBe('source --one two words');
  });

  it('runs the sources when it cannot tell', () => {
    const root = smallCheckout();
    rmSync(join(root, 'package-lock.json'));
    expect(relivedOf(root)).toBe('source --one two words');
  });

  it('leaves the lab to the sources', () => {
    expect(run(join(smallCheckout(), 'bin/relive'), ['lab', 'up']).stdout).toBe('relive source lab up');
  });
});

const CONFIGURATION = 'global_defs {\n  router_id a\n}\n';

describe('the bundle', () => {
  /** What `npm ci --omit=dev` and set-up leave where there is no .git. */
  let installation = '';

  beforeAll(() => {
    installation = temporaryDirectory('installation');
    const { dependencies, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(version).toMatch(/^\d/);
    for (const part of ['bin', 'scripts', 'src', 'native', 'package.json'])
      cpSync(join(ROOT, part), join(installation, part), { recursive: true });
    // Sources of SQLite itself are ten megabytes that nobody runs.
    const filter = (from: string): boolean => !from.endsWith('/better-sqlite3/deps');
    for (const name of [...Object.keys(dependencies), 'tslib'])
      cpSync(join(ROOT, 'node_modules', name), join(installation, 'node_modules', name), {
        recursive: true,
        filter,
      });
    symlinkSync(
      join(ROOT, 'node_modules', `${NODE_PACKAGE}`),
      join(installation, 'node_modules', `${NODE_PACKAGE}`),
    );
    const program = join(installation, 'build/program');
    mkdirSync(join(installation, 'build'));
    const build = run(process.execPath, [join(ROOT, 'scripts/build-program.mjs'), program]);
    expect(build.stderr).toBe('');
    writeFileSync(join(program, 'built'), '');
    writeFileSync(join(installation, 'a.conf'), CONFIGURATION);
  });

  const bin = (name: string): string => join(installation, 'bin', name);

  it('is made of sources and dependencies, without the lab', () => {
    const program = join(installation, 'build/program');
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const inputs = readdirSync(program)
      .filter((file) => file.endsWith('.map'))
      .flatMap((file): string[] => JSON.parse(readFileSync(join(program, file), 'utf8')).sources)
      // Parts of Node's modules stand under the name of the file that takes them.
      .map((source) => relative(ROOT, join(program, source)).replace(/^.*\/parts:[a-z_:/]+\?/, ''));
    const strange = inputs.filter((file) => {
      const [, name = null] = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
      return name === null
        ? !/^(?:src\/(?!lab\/)|native\/).*\.ts$|^src\/view\/layout\/[^/]+\.json$|\/late:node:[a-z_]+$/.test(
            file,
          )
        : !(name in dependencies || name === 'tslib');
    });
    expect(strange).toEqual([]);
    for (const file of ['src/daemon/serve.ts', 'src/relive/commands/log.ts', 'src/journal/store.ts'])
      expect(inputs).toContain(file);
  });

  it('runs from an installation without development dependencies', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(run(bin('relived'), ['--version']).stderr).toContain(`relived v${version} `);
    const test = run(bin('relived'), ['-t', '-f', join(installation, 'a.conf')]);
    expect({ status: test.status, stderr: test.stderr }).toEqual({ status: 0, stderr: '' });
    expect(run(bin('relive'), ['config', 'show', join(installation, 'a.conf')]).stdout).toContain(
      'router_id a',
    );
    expect(run(bin('relive'), ['completion', 'bash']).stdout).toContain('keywords');
    expect(run(bin('relive'), ['lab', '--help']).stdout).toContain('kill');
    expect(run(bin('genhash'), ['-h']).stderr).toContain('Usage:');
  });

  it('names sources in its stacks', () => {
    const failing = [
      'const write = process.stderr.write;',
      'let isFirst = true;',
      'process.stderr.write = function (text) {',
      "  if (isFirst) { isFirst = false; throw new Error('provoked'); }",
      '  return write.call(this, text);',
      '};',
    ];
    const preload = join(installation, 'failing.mjs');
    writeFileSync(preload, failing.join('\n'));
    const { status, stderr } = run(bin('relived'), ['--version'], { NODE_OPTIONS: `--import=${preload}` });
    expect(status).toBe(1);
    expect(stderr).toContain('Error: provoked');
    const main = readFileSync(join(ROOT, 'src/daemon/main.ts'), 'utf8').split('\n');
    const line = main.findIndex((text) => text.includes('as keepalived 2.4.3')) + 1;
    // Its map leads to the sources that it was built of, not to the installation's.
    expect(stderr).toMatch(new RegExp(`at main \\(\\S*src/daemon/main\\.ts:${line}:`));
    expect(stderr).not.toContain('build/program');
  });
});

describe('a start', () => {
  const LATE = ['crypto', 'tls', 'http2', 'http', 'raw.node', 'node-gyp-build'];

  /** Modules of Node and CommonJS that a module brings with it. */
  function loadedBy(module: string): string[] {
    const script = [
      `const loaded = await import(${JSON.stringify(join(ROOT, module))});`,
      'const { createRequire } = process.getBuiltinModule("module");',
      'const files = Object.keys(createRequire(import.meta.url).cache).map((file) => file.split("/").at(-1));',
      'const own = process.moduleLoadList.map((name) => name.replace("NativeModule ", ""));',
      'console.log(JSON.stringify([...own, ...files]));',
    ];
    const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script.join('\n')];
    const { stdout, stderr } = run(process.execPath, args);
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  }

  it('loads nothing that few configurations need', () => {
    const loaded = loadedBy('src/daemon/serve.ts');
    expect(loaded).toContain('worker_threads');
    expect(loaded.filter((name) => LATE.includes(name))).toEqual([]);
    expect(loadedBy('src/relive/commands/log.ts').filter((name) => LATE.includes(name))).toEqual([]);
    expect(loadedBy('src/journal/digests.ts')).toContain('crypto');
  });
});
