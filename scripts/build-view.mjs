// Builds the visualizer's page into build/view/ (and the one of reports into build/recorded/), or into the directory given, each file also compressed, as the server sends it.
// Prints its size, which a test bounds. With `quickly` behind the directory it is not made as small as can be, which takes two seconds.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import zopfli from '@gfx/zopfli';
import { build } from 'esbuild';
import { packLayout } from '../src/view/chart/packed-layout.ts';

const page = new URL('../src/view/page/', import.meta.url);
const [wanted, how] = process.argv.slice(2);
const output = wanted ? pathToFileURL(`${resolve(wanted)}/`) : new URL('../build/view/', import.meta.url);
mkdirSync(output, { recursive: true });

/** Charts stand in the sources as they can be read and compared; the page gets them packed. */
const packedLayouts = {
  name: 'packed-layouts',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]layout[\\/][a-z-]+\.json$/ }, ({ path }) => {
      const packed = JSON.stringify(packLayout(JSON.parse(readFileSync(path, 'utf8'))));
      const contents = `import { unpackLayout } from '../chart/packed-layout.ts';\nexport default unpackLayout(${packed});`;
      return { contents, loader: 'ts', resolveDir: dirname(path) };
    });
  },
};

const bundle = (script, style, into) =>
  build({
    plugins: [packedLayouts],
    entryPoints: {
      app: fileURLToPath(new URL(script, page)),
      style: fileURLToPath(new URL(style, page)),
    },
    outdir: fileURLToPath(into),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
  });
await bundle('main.ts', 'all.css', output);
// The same page as one that carries its history with it: relive report puts it into its file.
if (!wanted)
  await bundle('recorded/main.ts', 'recorded/recorded.css', new URL('../build/recorded/', import.meta.url));
// White space at the beginning of a line says nothing in either.
for (const file of ['index.html', 'icon.svg'])
  writeFileSync(new URL(file, output), readFileSync(new URL(file, page), 'utf8').replace(/\n\s+/g, '\n'));

const small = async (bytes) => [
  await zopfli.gzipAsync(bytes, { numiterations: 5 }),
  brotliCompressSync(bytes),
];
const quick = (bytes) => [
  gzipSync(bytes, { level: 1 }),
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
];

let total = 0;
for (const file of ['index.html', 'icon.svg', 'style.css', 'app.js']) {
  const bytes = readFileSync(new URL(file, output));
  const [gzip, br] = how === 'quickly' ? quick(bytes) : await small(bytes);
  writeFileSync(new URL(`${file}.gz`, output), gzip);
  writeFileSync(new URL(`${file}.br`, output), br);
  total += gzip.length;
  const sizes = [bytes.length, gzip.length, br.length].map((length) => String(length).padStart(7));
  console.log(`${file.padEnd(12)} ${sizes[0]} bytes ${sizes[1]} gzip ${sizes[2]} brotli`);
}
console.log(`${'all'.padEnd(12)} ${String(total).padStart(21)} gzip`);
