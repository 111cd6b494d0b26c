/**
 * How fast `relive verify` is on one core: digests and hash chain, rows that are re-executed, runs that are judged, each
 * by itself. CPU time of this process, which takes no second core for any of it.
 *
 *   npm run bench -- verify [DIRECTORY] [SEGMENTS]
 *
 * Without a directory a history of 200 instances and two days is made, in virtual time through the real engine and store.
 * `events` are rows and the adverts in runs: a run is one record of up to a minute of them.
 */
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkIntegrity } from '../../src/journal/integrity.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { replay } from '../../src/relive/replay.ts';
import { replayEngine } from '../../src/relive/replay-engine.ts';
import { type History, journalHistory } from '../../src/relive/verify/history.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { median } from './median.ts';
import { live } from './month/live.ts';

const ROUNDS = 5;
const SEED = 20_261_128;

function made(): string {
  const directory = temporaryDirectory('bench-verify');
  const endWallUs = Math.floor(Date.now() / 60_000) * 60_000_000;
  live({ directory, instances: 200, days: 2, misfortunes: 20, seed: SEED, endWallUs }, () => {});
  return directory;
}

/** The first segments of a journal, on their own. */
function firstSegments(directory: string, count: number): string {
  const copy = temporaryDirectory('bench-verify');
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.db'))
    .sort();
  for (const name of names.slice(0, count)) copyFileSync(join(directory, name), join(copy, name));
  return copy;
}

/** Seconds of CPU time, the median of some rounds. */
function cpuSeconds(work: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  });
  return median(times);
}

const perSecond = (count: number, seconds: number): string =>
  `${Math.round(count / seconds).toLocaleString('en')}/s`;

function told(what: string, seconds: number, counts: Readonly<Record<string, number>>): void {
  const rates = Object.entries(counts).map(
    ([name, count]) => `${count.toLocaleString('en')} ${name}: ${perSecond(count, seconds)}`,
  );
  console.log(`${what.padEnd(24)} ${seconds.toFixed(2)} s  ${rates.join('  ')}`);
}

const [directory, segments] = process.argv.slice(2);
const journal =
  directory === undefined
    ? made()
    : segments === undefined
      ? directory
      : firstSegments(directory, Number(segments));
const reader = new JournalReader(journal);
const history = journalHistory(reader);
const withoutRuns: History = { ...history, runs: () => [] };

const integrity = checkIntegrity(reader.segmentFiles());
const report = replay(replayEngine, history);
const found = integrity.findings.length + report.differences.length;
console.log(
  `${integrity.segments} segments; ${found} findings and differences; ${report.evaluated} of ${report.rows} steps were evaluated, the others equal ones`,
);

const checkedS = cpuSeconds(() => checkIntegrity(reader.segmentFiles()));
told('digests and chain', checkedS, { 'stored rows': integrity.rows });
const rowsS = cpuSeconds(() => replay(replayEngine, withoutRuns));
told('rows re-executed', rowsS, { rows: report.rows });
const replayS = cpuSeconds(() => replay(replayEngine, history));
told('rows and runs', replayS, {
  'rows and runs': report.rows + report.runs,
  events: report.rows + report.adverts,
});
told('verify as a whole', checkedS + replayS, {
  'stored rows': integrity.rows,
  events: report.rows + report.adverts,
});
reader.close();
