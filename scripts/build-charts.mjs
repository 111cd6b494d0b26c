// Lays every statechart out: coordinates to src/view/layout/, drawings to docs/images/charts/, and the
// watchdog's to native/starter as a table. With --check: only says whether they are fresh.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { watchdogTable } from '../src/daemon/watchdog/table.ts';
import { machineDefinitions } from '../src/machines/registry.ts';
import { buildLayout, layoutText } from '../src/view/chart/build-layout.ts';
import { svgFile } from '../src/view/chart/svg-file.ts';

const check = process.argv.includes('--check');
const root = new URL('../', import.meta.url);
const style = ['colours.css', 'chart.css']
  .map((file) => readFileSync(new URL(`src/view/page/${file}`, root), 'utf8'))
  .join('');
let stale = 0;

function readCommitted(url) {
  try {
    return readFileSync(url, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return '';
  }
}

function keep(path, text) {
  const url = new URL(path, root);
  if (readCommitted(url) === text) {
    console.log(`fresh    ${path}`);
  } else if (check) {
    console.error(`stale    ${path}: run sh scripts/node.sh scripts/build-charts.mjs`);
    stale += 1;
  } else {
    mkdirSync(new URL('.', url), { recursive: true });
    writeFileSync(url, text);
    console.log(`written  ${path}: ${text.length} bytes`);
  }
}

for (const definition of machineDefinitions) {
  const name = definition.name.split('@')[0];
  const layout = await buildLayout(definition);
  keep(`src/view/layout/${name}.json`, layoutText(layout));
  keep(`docs/images/charts/${name}.svg`, svgFile(layout, style));
}
keep('native/starter/watchdog-table.h', watchdogTable());
process.exitCode = stale === 0 ? 0 : 1;
