/**
 * A month of many instances, and how long `relive` takes to answer from it.
 *
 *   npm run bench -- month [INSTANCES] [DAYS] [MISFORTUNES] [DIRECTORY]
 *
 * The history is made through the real engine and the real store in virtual time, adverts as the runs that they are
 * stored as. A directory that is named is kept, and used again if it is there. Each answer is that of a whole process.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { median } from './median.ts';
import { live } from './month/live.ts';

const RELIVE = join(import.meta.dirname, '..', '..', 'bin', 'relive');
const RUNS = 7;
const SEED = 20_261_128;

function sizeMb(directory: string): number {
  return readdirSync(directory).reduce((sum, file) => sum + statSync(join(directory, file)).size, 0) / 1e6;
}

function make(directory: string, instances: number, days: number, misfortunes: number): void {
  const began = performance.now();
  const endWallUs = Math.floor(Date.now() / 60_000) * 60_000_000;
  const figures = live({ directory, instances, days, misfortunes, seed: SEED, endWallUs }, (day) => {
    process.stderr.write(`\rday ${day} of ${days}`);
  });
  process.stderr.write('\n');
  const seconds = (performance.now() - began) / 1000;
  const mb = sizeMb(directory);
  console.log(`${instances} instances, ${days} days, seed ${SEED}: ${JSON.stringify(figures)}`);
  console.log(
    `${mb.toFixed(0)} MB, ${(mb / instances / days).toFixed(3)} MB an instance and day; made in ${seconds.toFixed(0)} s`,
  );
}

function ask(directory: string, args: readonly string[]): void {
  const times: number[] = [];
  let lines = 0;
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now();
    const { stdout, stderr, status } = spawnSync(
      RELIVE,
      [...args, ...(args[0]?.startsWith('-') ? [] : ['--journal', directory])],
      { encoding: 'utf8', maxBuffer: 1e9 },
    );
    times.push(performance.now() - began);
    // 3: nothing found, in a short or quiet history.
    if (status !== 0 && status !== 3) throw new Error(`relive ${args.join(' ')}: ${status}: ${stderr}`);
    lines = stdout.split('\n').length - 1;
  }
  const text = times.map((ms) => ms.toFixed(0)).join(', ');
  console.log(
    `relive ${args.join(' ').padEnd(60)} ${median(times).toFixed(0).padStart(5)} ms  (${text}; ${lines} lines)`,
  );
}

const [instances = '200', days = '30', misfortunes = '120000', named] = process.argv.slice(2);
const directory = named ?? join(temporaryDirectory('month'), 'journal');
if (!existsSync(directory)) make(directory, Number(instances), Number(days), Number(misfortunes));
const day = (back: number): string => new Date(Date.now() - back * 86_400_000).toISOString();
ask(directory, ['--version']);
ask(directory, ['log', '--since', day(10), '--until', day(9.96)]);
ask(directory, ['log', '--since', day(10), '--until', day(9), '-i', 'VI_1']);
ask(directory, ['at', day(20)]);
ask(directory, ['at', day(0.01)]);
ask(directory, ['at', day(15), '-i', 'VI_1']);
ask(directory, ['why', 'VI_1', '--at', day(12)]);
ask(directory, ['log', '--kind', 'role', '--since', day(2), '--until', day(1)]);
ask(directory, ['log', '-n', '100']);
ask(directory, ['log', '-i', 'VI_1', '-n', '20']);
ask(directory, ['log', '--kind', 'role', '-n', '20']);
