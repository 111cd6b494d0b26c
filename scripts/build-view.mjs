// Builds the visualizer's page into build/view/, or into the directory given. Prints its size, which a test bounds.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const page = new URL('../src/view/page/', import.meta.url);
const wanted = process.argv[2];
const output = wanted ? pathToFileURL(`${resolve(wanted)}/`) : new URL('../build/view/', import.meta.url);
mkdirSync(output, { recursive: true });
await build({
  entryPoints: {
    app: fileURLToPath(new URL('main.ts', page)),
    style: fileURLToPath(new URL('style.css', page)),
  },
  outdir: fileURLToPath(output),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'none',
});
for (const file of ['index.html', 'icon.svg']) copyFileSync(new URL(file, page), new URL(file, output));

let total = 0;
for (const file of ['index.html', 'icon.svg', 'style.css', 'app.js']) {
  const bytes = readFileSync(new URL(file, output));
  const compressed = gzipSync(bytes, { level: 9 }).length;
  total += compressed;
  console.log(
    `${file.padEnd(12)} ${String(bytes.length).padStart(7)} bytes ${String(compressed).padStart(7)} compressed`,
  );
}
console.log(`${'all'.padEnd(12)} ${String(total).padStart(27)} compressed`);
