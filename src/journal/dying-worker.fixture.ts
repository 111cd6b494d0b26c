/** The writer's thread, for tests: the first one ends when it has been heard of twice. */
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerSetup } from './messages.ts';
import './writer-worker.ts';

const setup: WorkerSetup = workerData;
let messages = 0;

parentPort?.on('message', () => {
  messages += 1;
  if (setup.resume === null && messages === 2) process.exit(1);
});
