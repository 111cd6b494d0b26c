/** The writer's thread, for tests: it blocks before its first batch, as in a system call that does not return. */
import './writer-worker.ts';

Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
