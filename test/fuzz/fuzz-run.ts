/** A fuzz run in a thread of its own, watched from outside: a reader that hangs cannot stop its own clock. */
import { Worker } from 'node:worker_threads';
import type { FuzzOrder, FuzzReport } from './fuzz-worker.ts';

/** No configuration of these sizes takes a hundredth of it on an idle machine. */
const HANG_MS = 30_000;

export interface FuzzOutcome extends FuzzReport {
  readonly wallMs: number;
}

/** Reads random configurations until this many of their lines were broken ones. Throws, naming the seed, at a hang. */
export function fuzz(seed: number, lines: number): Promise<FuzzOutcome> {
  const progress = new Int32Array(new SharedArrayBuffer(8));
  const order: FuzzOrder = { seed, lines, progress };
  const begun = performance.now();
  const worker = new Worker(new URL('fuzz-worker.ts', import.meta.url), { workerData: order });
  return new Promise((resolve, reject) => {
    let last = { case: 0, since: performance.now() };
    const watch = setInterval(() => {
      const current = Atomics.load(progress, 1);
      if (current !== last.case) last = { case: current, since: performance.now() };
      else if (performance.now() - last.since > HANG_MS) {
        end();
        reject(new Error(`the case of seed ${Atomics.load(progress, 0)} took more than ${HANG_MS} ms`));
      }
    }, 500);
    const end = (): void => {
      clearInterval(watch);
      void worker.terminate();
    };
    worker.once('message', (report: FuzzReport) => {
      end();
      resolve({ ...report, wallMs: performance.now() - begun });
    });
    worker.once('error', (error) => {
      end();
      const seedUnderWay = Atomics.load(progress, 0);
      reject(new Error(`the case of seed ${seedUnderWay} ended the thread`, { cause: error }));
    });
  });
}
