// npm run check: formatter, linter and type checks; one line each, and what a failing one said.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const typeCheck = (project, sources) => ({
  name: `types (${project})`,
  script: tsc,
  args: ['-p', project],
  skip: sources !== undefined && !existsSync(join(root, sources)),
});

const steps = [
  { name: 'format and lint', script: biome, args: ['check', '--error-on-warnings', '.'] },
  typeCheck('tsconfig.json'),
  typeCheck('tsconfig.pure.json'),
  typeCheck('tsconfig.page.json', 'src/view/page'),
];

let failures = 0;
for (const { name, script, args, skip } of steps) {
  if (skip) {
    console.log(`skip  ${name}: no sources`);
    continue;
  }
  const begun = performance.now();
  const run = spawnSync(process.execPath, [script, ...args], { cwd: root, encoding: 'utf8' });
  const passed = run.status === 0;
  console.log(`${passed ? 'ok   ' : 'FAIL '} ${name} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  if (!passed) {
    failures += 1;
    process.stderr.write(
      `${run.stdout ?? ''}${run.stderr ?? ''}${run.error ? `${run.error.message}\n` : ''}`,
    );
  }
}
process.exit(failures === 0 ? 0 : 1);
