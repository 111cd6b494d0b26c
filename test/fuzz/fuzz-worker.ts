/** Runs the cases of a fuzz run one after the other, and tells the watching thread which one is under way. */
import { parentPort, workerData } from 'node:worker_threads';
import { caseSeed } from './case-seed.ts';
import { runCase } from './fuzz-case.ts';

export interface FuzzOrder {
  readonly seed: number;
  /** Broken lines to be read altogether. */
  readonly lines: number;
  /** Two integers: the case under way, and how many were begun; the watching thread looks at them. */
  readonly progress: Int32Array;
}

export interface FuzzReport {
  readonly cases: number;
  readonly lines: number;
  readonly mutated: number;
  /** Configurations that had no errors. */
  readonly usable: number;
  readonly slowest: { readonly seed: number; readonly cpuMs: number; readonly lines: number };
  readonly cpuMs: number;
  /** Of the case that threw; null: none did. */
  readonly failure: { readonly seed: number; readonly stack: string } | null;
}

function run({ seed, lines: wanted, progress }: FuzzOrder): FuzzReport {
  const total = { cases: 0, lines: 0, mutated: 0, usable: 0, cpuMs: 0 };
  let slowest = { seed: 0, cpuMs: 0, lines: 0 };
  while (total.mutated < wanted) {
    const own = caseSeed(seed, total.cases++);
    progress[0] = own;
    progress[1] = total.cases;
    try {
      const { lines, mutated, cpuMs, usable } = runCase(own);
      total.lines += lines;
      total.mutated += mutated;
      total.cpuMs += cpuMs;
      if (usable) total.usable++;
      if (cpuMs > slowest.cpuMs) slowest = { seed: own, cpuMs, lines };
    } catch (error) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { ...total, slowest, failure: { seed: own, stack } };
    }
  }
  return { ...total, slowest, failure: null };
}

parentPort?.postMessage(run(workerData as FuzzOrder));
