/** The writer's thread, for tests: the first one ends at its fourth batch. */
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerSetup } from './messages.ts';
import './writer-worker.ts';

const setup: WorkerSetup = workerData;
let messages = 0;

parentPort?.on('message', () => {
  messages += 1;
  if (setup.resume === null && messages === 4) process.exit(1);
});
