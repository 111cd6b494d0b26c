/** A thread that plays the seeds it is told, one at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import { playSeed, type SeedOptions } from './seeds.ts';

parentPort?.on('message', (seed: number) => {
  void playSeed(seed, workerData as SeedOptions).then((told) => parentPort?.postMessage(told));
});
