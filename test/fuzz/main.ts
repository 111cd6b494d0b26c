/**
 * Reads random configurations: every keyword, right and wrong arguments, lines broken in every way. No crash, no hang.
 *
 *   npm run fuzz -- --lines 1000000 --seed 7     until a million lines were broken ones
 *   npm run fuzz -- --case 123456                one configuration again, printed
 */
import { parseArgs } from 'node:util';
import { configurationOf, runCase } from './fuzz-case.ts';
import { fuzz } from './fuzz-run.ts';

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    case: { type: 'string' },
  },
});

if (values.case === undefined) await run(Number(values.seed), Number(values.lines));
else {
  const seed = Number(values.case);
  process.stdout.write(`${configurationOf(seed).text}\n`);
  console.error(runCase(seed));
}

async function run(seed: number, lines: number): Promise<void> {
  console.log(`seed ${seed}`);
  const outcome = await fuzz(seed, lines);
  const { cases, mutated, usable, slowest, cpuMs, wallMs, failure } = outcome;
  const rate = Math.round(outcome.lines / (cpuMs / 1000));
  console.log(`${cases} configurations, ${outcome.lines} lines, ${mutated} of them broken; ${usable} usable`);
  console.log(
    `${(wallMs / 1000).toFixed(1)} s, reading alone ${(cpuMs / 1000).toFixed(1)} s: ${rate} lines a second`,
  );
  console.log(`slowest: ${slowest.cpuMs.toFixed(1)} ms for ${slowest.lines} lines (--case ${slowest.seed})`);
  if (failure === null) return;
  console.error(`the case of seed ${failure.seed} failed (--case ${failure.seed}):\n${failure.stack}`);
  process.exitCode = 1;
}
