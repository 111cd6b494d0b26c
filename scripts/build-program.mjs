/**
 * Bundles the programs into build/program/, or into the directory given: relived, relive, the journal's thread and the
 * one that explains rows to pages, which need files of their own. What runs when is in scripts/launch.sh, why in docs/adr/0016-bundled-programs.md.
 *
 * All files lie in one directory that is as deep as the folders of src, so that what is found by import.meta (package.json,
 * build/view) is found from here, too.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const output = resolve(process.argv[2] ?? `${root}build/program`);
const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

/** They load files of their own: addons, or parts of themselves at run time. */
const NOT_BUNDLED = ['better-sqlite3', 'netlink', 'nodemailer', 'raw-socket'];

/** Commands that are asked for under pressure, and whose answers are short. */
const ONE_FILE = ['at', 'log', 'why'];

/** The lab is for checkouts: what asks for it gets the sources. */
const LAB = /\/lab\/[^/]+\.ts$|\/lab-command\.ts$/;
const leaveOutLab = {
  name: 'leave out the lab',
  setup(bundler) {
    bundler.onResolve({ filter: LAB }, ({ resolveDir, path }) => {
      const file = resolve(resolveDir, path).slice(root.length);
      return { path: `../../${file}`, external: true };
    });
  },
};

/**
 * The module of the process as an import has all of its parts loaded, and child processes bring the network with them:
 * a tenth of a start. commander needs the one as it is and the other for subcommands that are programs: there are none.
 */
const LATE = {
  'node:process': 'export default globalThis.process;',
  'node:child_process': `export default new Proxy({}, {
    get: (_, name) => globalThis.process.getBuiltinModule('node:child_process')[name],
  });`,
};
const commanderAsksLate = {
  name: 'commander asks Node late',
  setup(bundler) {
    bundler.onResolve({ filter: /^node:(process|child_process)$/ }, ({ importer, path }) =>
      /\/node_modules\/commander\//.test(importer) ? { path, namespace: 'late' } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({ contents: LATE[path] }));
  },
};

/**
 * An import of a module of Node has all of its exports looked at, and some are loaded when they are looked at: node:fs brings
 * streams and lines of text with it, node:util threads, together more than half of what a short answer loads. These files
 * take out of a module what they name. A way of importing that is not known here is an error of the build.
 */
const namedImports = (source, path) =>
  [...source.matchAll(/^import (?:(\w+)(?:, )?)?(?:\{([^}]*)\} )?from '(node:[\w/]+)';$/gm)]
    .filter(([, , , from]) => from === path)
    .flatMap(([, , names = '']) => names.split(','))
    .map((name) => name.trim().split(' as ')[0])
    .filter((name) => name !== '' && !name.startsWith('type '));
const nodeInParts = {
  name: "no more of Node's modules than is named",
  setup(bundler) {
    bundler.onResolve({ filter: /^(node:[\w/]+|fs|path|util)$/ }, ({ path, importer, kind }) => ({
      ...{
        path,
        namespace: 'parts',
        suffix: `?${importer.slice(root.length)}`,
        pluginData: { importer, kind },
      },
    }));
    bundler.onLoad({ filter: /.*/, namespace: 'parts' }, ({ path, pluginData: { importer, kind } }) => {
      const whole = `process.getBuiltinModule('${path}')`;
      if (kind === 'require-call') return { contents: `module.exports = ${whole};` };
      const names = new Set(namedImports(readFileSync(importer, 'utf8'), path));
      return { contents: `export default ${whole};\nexport const { ${[...names].join(', ')} } = ${whole};` };
    });
  },
};

/**
 * Its fifteen files are read here. Where its addon is it knows itself, and where it is knows launch.sh, too: a search for the
 * package costs as much as loading it.
 */
const FINDS_ADDON = `
  const load = process.getBuiltinModule('node:module').createRequire(import.meta.filename);
  export const getBinding = (named) =>
    load(import.meta.dirname + '/../../node_modules/better-sqlite3/lib/binding.js').getBinding(named);`;
const sqliteInside = {
  name: 'better-sqlite3 but for its addon',
  setup(bundler) {
    bundler.onLoad({ filter: /\/better-sqlite3\/lib\/binding\.js$/ }, () => ({ contents: FINDS_ADDON }));
  },
};

function refuseStrangers(inputs) {
  const strangers = Object.keys(inputs).filter((file) => {
    if (/^(late|parts):/.test(file)) return false;
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
    // rxjs's own helpers.
    return name === undefined ? LAB.test(file) : !(name in dependencies || name === 'tslib');
  });
  if (strangers.length > 0) throw new Error(`not part of an installation: ${strangers.join(', ')}`);
}

// A program that starts meanwhile finds the old files or the new ones.
const fresh = `${output}.new`;
rmSync(fresh, { recursive: true, force: true });
/** What all bundles have in common. */
const BUNDLE = {
  absWorkingDir: root,
  outdir: fresh,
  bundle: true,
  // What is not read need not be kept in memory: a tenth of the page faults of a start. Names are worth more than theirs.
  minifyWhitespace: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  metafile: true,
  legalComments: 'none',
  sourcemap: 'external',
  sourcesContent: false,
  external: NOT_BUNDLED,
  // Its modules for Node are CommonJS, of which all are kept: eight times as much.
  alias: { rxjs: `${root}node_modules/rxjs/dist/esm/index.js` },
};

const programs = await build({
  ...BUNDLE,
  entryPoints: {
    relived: 'src/daemon/main.ts',
    relive: 'src/relive/main.ts',
    'writer-worker': 'src/journal/writer-worker.ts',
    'explain-worker': 'src/relive/page/explain-worker.ts',
  },
  splitting: true,
  plugins: [leaveOutLab, commanderAsksLate],
});
refuseStrangers(programs.metafile.inputs);

/**
 * relive for one command, in one file: thirty files that are found and read one after the other are a seventh of a short
 * answer. The launcher takes it if the command's name comes first, so the other commands are never asked for.
 */
const withoutCommandsBut = (command) => ({
  name: `only ${command}`,
  setup(bundler) {
    bundler.onResolve({ filter: /^\.\/commands\/[a-z]+\.ts$/ }, ({ path }) =>
      path === `./commands/${command}.ts` ? undefined : { path, external: true },
    );
  },
});
for (const command of ONE_FILE) {
  const { metafile } = await build({
    ...BUNDLE,
    entryPoints: { [`relive-${command}`]: 'src/relive/main.ts' },
    plugins: [withoutCommandsBut(command), leaveOutLab, commanderAsksLate, nodeInParts, sqliteInside],
    external: NOT_BUNDLED.filter((name) => name !== 'better-sqlite3'),
    // Of a module of Node something was used that namedImports did not see.
    logOverride: { 'import-is-undefined': 'error' },
  });
  refuseStrangers(metafile.inputs);
}
/**
 * The daemon's reading of a configuration for the engine of native/planner, which has nothing of Node but what src/planner/node
 * is: a module that is not there is an error of the build, as is what the engine cannot compile.
 */
const OF_NODE = {
  ...{ fs: 'fs', os: 'os', path: 'path', process: 'process', buffer: 'bytes', child_process: 'process' },
  ...{ events: 'others', module: 'others', util: 'others' },
};
const nodeOfPlanner = {
  name: 'Node as the planner has it',
  setup(bundler) {
    bundler.onResolve({ filter: /^node:/ }, ({ path }) => {
      const file = OF_NODE[path.slice('node:'.length)];
      return file === undefined ? undefined : { path: `${root}src/planner/node/${file}.ts` };
    });
  },
};
const planner = await build({
  ...BUNDLE,
  entryPoints: { planner: 'src/planner/main.ts' },
  plugins: [nodeOfPlanner],
  // No functions within a function, whose variables each of them would carry along: a fifth less processor time.
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  define: { 'import.meta': '{}' },
  conditions: ['import'],
  // QuickJS of 2021: what it lacks of the library is in src/planner/node/language.ts.
  target: 'es2022',
  supported: { 'class-static-blocks': false, 'class-private-brand-check': false },
  sourcemap: false,
  external: [],
});
refuseStrangers(planner.metafile.inputs);
const compiled = spawnSync(
  `${root}native/build/Release/relived-planner`,
  ['--compile', `${fresh}/planner.js`, `${fresh}/planner.code`],
  { encoding: 'utf8' },
);
if (compiled.status !== 0) throw new Error(`the planner: ${compiled.error ?? compiled.stderr}`);

rmSync(output, { recursive: true, force: true });
renameSync(fresh, output);
