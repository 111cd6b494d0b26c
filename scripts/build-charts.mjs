// Lays every statechart out and writes its coordinates to src/view/layout/. With --check: only says whether they are fresh.
import { readFileSync, writeFileSync } from 'node:fs';
import { machineDefinitions } from '../src/machines/registry.ts';
import { buildLayout, layoutText } from '../src/view/chart/build-layout.ts';

const check = process.argv.includes('--check');
let stale = 0;
for (const definition of machineDefinitions) {
  const name = definition.name.split('@')[0];
  const url = new URL(`../src/view/layout/${name}.json`, import.meta.url);
  const text = layoutText(await buildLayout(definition));
  let committed = '';
  try {
    committed = readFileSync(url, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  if (committed === text) {
    console.log(`fresh    ${name}`);
  } else if (check) {
    console.error(`stale    ${name}: run sh scripts/node.sh scripts/build-charts.mjs`);
    stale += 1;
  } else {
    writeFileSync(url, text);
    console.log(`written  ${name}: ${text.length} bytes`);
  }
}
process.exitCode = stale === 0 ? 0 : 1;
