/** Stories of many seeds, one after the other or by several threads: a seed is a history of its own, whoever plays it. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { CANARIES } from './canaries.ts';
import { type Outcome, play } from './play.ts';
import { type GenerateOptions, generateStory } from './story/generate.ts';

export interface SeedOptions extends GenerateOptions {
  /** Name of routers that are broken on purpose. */
  readonly canary?: string;
  readonly digest?: boolean;
}

export interface SeedOutcome {
  readonly seed: number;
  readonly outcome: Outcome;
}

/** @throws Error if there is no such canary */
export function sabotageOf(canary: string | undefined) {
  if (canary === undefined) return {};
  const sabotage = CANARIES[canary];
  if (sabotage === undefined)
    throw new Error(`no canary ${canary}; there are ${Object.keys(CANARIES).join(', ')}`);
  return sabotage;
}

export async function playSeed(seed: number, options: SeedOptions): Promise<SeedOutcome> {
  const { canary, digest = false } = options;
  return {
    seed,
    outcome: await play(generateStory(seed, options), { sabotage: sabotageOf(canary), digest }),
  };
}

/** In the order in which they end. Whoever has seen enough leaves the loop. */
export async function* playSeeds(
  first: number,
  count: number,
  options: SeedOptions,
  threads: number,
): AsyncGenerator<SeedOutcome> {
  if (threads <= 1) {
    for (let seed = first; seed < first + count; seed++) yield await playSeed(seed, options);
    return;
  }
  const workers = Array.from({ length: Math.min(threads, count) }, () => startWorker(options));
  let next = first;
  const ask = async (worker: Worker): Promise<{ worker: Worker; told: SeedOutcome }> => {
    worker.postMessage(next++);
    const [told] = (await once(worker, 'message')) as [SeedOutcome];
    return { worker, told };
  };
  const waiting = new Map(workers.map((worker) => [worker, ask(worker)]));
  try {
    while (waiting.size > 0) {
      const { worker, told } = await Promise.race(waiting.values());
      if (next < first + count) waiting.set(worker, ask(worker));
      else waiting.delete(worker);
      yield told;
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function startWorker(options: SeedOptions): Worker {
  return new Worker(new URL('seed-worker.ts', import.meta.url), { workerData: options });
}
