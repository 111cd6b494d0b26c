/**
 * How many transitions a second the journal takes, and how late the thread that posts them is meanwhile.
 *
 *   npm run bench -- journal [SECONDS] [RATE ...]
 *
 * Rows like those of an instance that goes from backup to master and back are handed over in ticks of 10 ms, as many as the
 * rate asks for. Stored is what storage has confirmed; late is how much later than due a tick of the same thread came. Node has
 * the daemon's options. In the last line both threads only compute, about as long as for 40,000 rows: so late the machine itself
 * makes the ticks.
 */
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { JournalRow } from '../../src/engine/types.ts';
import { type JournalWriter, openJournal } from '../../src/journal/writer.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';

const TICK_MS = 10;
const WARM_UP_S = 3;
const ACTORS = 100;
const STATES = ['listening', 'waiting'].map((backup) => ({
  ...{
    standing: 'good',
    device: 'none',
    protocol: { backup },
    addresses: 'absent',
    garp: 'idle',
    notices: 'backup',
  },
}));

/** A transition as most are: another state, a key of the context, an effect. */
function transition(seq: number): JournalRow {
  const nowUs = Math.round(performance.now() * 1000);
  return {
    ...{ seq, monoUs: nowUs, wallUs: Math.round(performance.timeOrigin * 1000) + nowUs, kind: 'step' },
    ...{ actor: `vrrp/VI_${seq % ACTORS}`, machine: 'vrrp@1', cause: null },
    event: { type: 'advert.received', source: '10.0.0.1', priority: 150, advertIntervalUs: 1_000_000 },
    effects: [{ type: 'watchMaster', params: { allowedUs: 3_609_375 } }],
    state: STATES[Math.floor(seq / ACTORS) % 2] ?? null,
    delta: { lastHeardUs: nowUs },
  };
}

interface Figures {
  readonly posted: number;
  readonly stored: number;
  readonly lost: number;
  /** Before it was counted, while both threads still compiled. */
  readonly lostWarmingUp: number;
  readonly seconds: number;
  readonly lateness: readonly number[];
  /** Rows that were handed over and not stored, at the worst tick. */
  readonly mostWaiting: number;
}

interface Posted {
  readonly seq: number;
  readonly seconds: number;
  readonly lateness: readonly number[];
  readonly mostWaiting: number;
}

/** Posts at a rate for some seconds; gives how late its ticks were. */
async function post(writer: JournalWriter, from: number, rate: number, seconds: number): Promise<Posted> {
  const lateness: number[] = [];
  let [seq, mostWaiting] = [from, 0];
  const began = performance.now();
  for (let tick = 1; performance.now() - began < seconds * 1000; tick += 1) {
    const dueMs = began + tick * TICK_MS;
    await elapse(Math.max(0, dueMs - performance.now()));
    lateness.push(Math.max(0, performance.now() - dueMs));
    mostWaiting = Math.max(mostWaiting, seq - writer.status().storedSeq);
    const due = from + Math.floor(((performance.now() - began) * rate) / 1000);
    while (seq < due) {
      seq += 1;
      writer.row(transition(seq));
    }
  }
  return { seq, seconds: (performance.now() - began) / 1000, lateness, mostWaiting };
}

/** 50 ms of every 60, as a thread that syncs now and then. */
const COMPUTING = `const pause = new Int32Array(new SharedArrayBuffer(4));
for (;;) {
  for (const began = performance.now(); performance.now() - began < 50; );
  Atomics.wait(pause, 0, 0, 10);
}`;
const TICK_COMPUTES_MS = 1.8;

/** How late ticks are where nothing is written. */
async function latenessOfMachine(seconds: number): Promise<number[]> {
  const beside = new Worker(COMPUTING, { eval: true });
  const lateness: number[] = [];
  const began = performance.now();
  for (let dueMs = began + TICK_MS; dueMs < began + seconds * 1000; dueMs += TICK_MS) {
    await elapse(Math.max(0, dueMs - performance.now()));
    const now = performance.now();
    lateness.push(Math.max(0, now - dueMs));
    while (performance.now() - now < TICK_COMPUTES_MS);
  }
  await beside.terminate();
  return lateness;
}

/** What is on its way when counting begins counts as stored, what is when it ends does not. */
async function measure(rate: number, seconds: number): Promise<Figures> {
  const directory = join(temporaryDirectory('rate'), 'journal');
  const writer = openJournal({ directory, node: 'r1', process: 'vrrp' });
  const warm = await post(writer, 0, rate, WARM_UP_S);
  const before = writer.status();
  const counted = await post(writer, warm.seq, rate, seconds);
  const after = writer.status();
  await writer.flush();
  const lost = writer.status().lostRows - before.lostRows;
  await writer.close();
  const { lateness, mostWaiting } = counted;
  return {
    ...{ posted: counted.seq - warm.seq, lost, lostWarmingUp: before.lostRows, seconds: counted.seconds },
    ...{
      stored: after.storedSeq - before.storedSeq - (after.lostRows - before.lostRows),
      lateness,
      mostWaiting,
    },
  };
}

function quantile(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(2);
}

function latenessText(values: readonly number[]): string {
  return [0.5, 0.99, 1].map((share) => quantile(values, share)).join(', ');
}

const [seconds = '10', ...rates] = process.argv.slice(2);
console.log('transitions/s asked, stored, lost; lateness of 10 ms ticks in ms: median, 99 %, most');
for (const rate of rates.length > 0 ? rates.map(Number) : [0, 10_000, 40_000, 80_000]) {
  const figures = await measure(rate, Number(seconds));
  const { posted, stored, lost, lostWarmingUp, lateness, mostWaiting } = figures;
  const perSecond = (stored / figures.seconds).toFixed(0);
  const late = latenessText(lateness);
  console.log(
    `${String(rate).padStart(6)}  ${perSecond.padStart(6)}  ${String(lost).padStart(6)}  ${late}  (${posted} posted in ${figures.seconds.toFixed(1)} s, at most ${mostWaiting} waiting; lost in ${WARM_UP_S} s before: ${lostWarmingUp})`,
  );
}
console.log(`threads that only compute:  ${latenessText(await latenessOfMachine(Number(seconds)))}`);
