/**
 * Runs inside a network namespace and does there what JSON lines on stdin ask for: `{id, op, ...}` is answered by
 * `{id, result}` or `{id, error}`; what happens by itself is pushed as `{push, ...}`. Ends with its stdin.
 */
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createExecutor } from '../../src/effects/executor.ts';
import { createGarpExecutor } from '../../src/effects/garp.ts';
import { createVipExecutor } from '../../src/effects/vips.ts';
import { createKernelStreams, type KernelStreams } from '../../src/io/kernel-streams.ts';
import { type AtReturn, createHeartbeatRecorder, type Step } from '../compliance/effects.ts';

export type ChildRequest =
  | { readonly op: 'perform'; readonly steps: readonly Step[] }
  | { readonly op: 'listen' }
  | { readonly op: 'snapshot' }
  /** Blocks the whole process until the file exists. */
  | { readonly op: 'blockUntil'; readonly file: string };

export type ChildPush =
  | {
      readonly push: 'outcome';
      readonly actor: string;
      readonly event: { readonly type: string };
      readonly cause: number | null;
    }
  | { readonly push: 'link'; readonly interface: string; readonly index: number; readonly up: boolean }
  | {
      readonly push: 'address';
      readonly interface: string;
      readonly address: string;
      readonly prefixLength: number;
      readonly change: string;
    }
  | { readonly push: 'trouble'; readonly message: string };

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const heartbeats = createHeartbeatRecorder();
const vips = createVipExecutor();
const garp = createGarpExecutor();
const executor = createExecutor({ heartbeats: heartbeats.port, vips, garp });
let streams: KernelStreams | undefined;

function listen(): KernelStreams {
  const started = createKernelStreams();
  started.links$.subscribe((link) => say({ push: 'link', ...link }));
  started.addresses$.subscribe((address) => say({ push: 'address', ...address }));
  started.troubles$.subscribe((error) => say({ push: 'trouble', message: error.message }));
  return started;
}

function perform(steps: readonly Step[]): AtReturn {
  let outcomes = 0;
  heartbeats.calls.length = 0;
  for (const { actor, effect, cause } of steps) {
    executor.perform(actor, effect, cause, (to, event, from) => {
      outcomes++;
      say({ push: 'outcome', actor: to, event, cause: from });
    });
  }
  return { heartbeatCalls: [...heartbeats.calls], outcomes };
}

async function answer(request: ChildRequest): Promise<unknown> {
  switch (request.op) {
    case 'perform':
      return perform(request.steps);
    case 'listen':
      streams ??= listen();
      await streams.snapshot();
      return null;
    case 'snapshot':
      streams ??= listen();
      return streams.snapshot();
    case 'blockUntil': {
      const cell = new Int32Array(new SharedArrayBuffer(4));
      say({ push: 'trouble', message: 'blocked' });
      while (!existsSync(request.file)) Atomics.wait(cell, 0, 0, 5);
      return null;
    }
  }
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const request = JSON.parse(line) as ChildRequest & { readonly id: number };
  answer(request).then(
    (result) => say({ id: request.id, result }),
    (error: unknown) => say({ id: request.id, error: String(error) }),
  );
});
lines.on('close', () => {
  streams?.close();
  vips.close();
  garp.close();
});
