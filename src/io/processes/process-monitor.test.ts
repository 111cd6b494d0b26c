/** The monitor and real processes, heard of by the kernel's events or, where there are none, found in /proc. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ProcessSource } from '../../machines/tracker/tracker.input.ts';
import { ProcessMonitor } from './process-monitor.ts';
import type { Count } from './process-table.ts';

let directory: string;
let counts: Count[];
let troubles: string[];
let monitor: ProcessMonitor;
let children: ChildProcess[];
/** A name that no other process on this machine has. */
const name = `rlv${process.pid}x`.slice(0, 15);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'relived-processes-'));
  copyFileSync('/bin/sleep', join(directory, name));
  [counts, troubles, children] = [[], [], []];
  monitor = new ProcessMonitor({
    counted: (count) => counts.push(count),
    troubled: (_, error) => troubles.push(error),
  });
});
afterEach(() => {
  monitor.close();
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

function start(...parameters: readonly string[]): ChildProcess {
  const child = spawn(join(directory, name), [...parameters], { stdio: 'ignore' });
  children.push(child);
  return child;
}

async function until(fact: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!fact()) {
    if (performance.now() > deadline) throw new Error(`counted ${JSON.stringify(counts)}, ${troubles}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function source(changes: Partial<ProcessSource>): ProcessSource {
  return {
    kind: 'process',
    program: name,
    parameters: [],
    match: null,
    fullCommand: false,
    least: 2,
    most: null,
    ...changes,
  };
}

it('counts processes by name as they start and end', async () => {
  start('600');
  await until(() => children[0]?.pid !== undefined);
  monitor.observe('t', source({}));
  expect(counts).toEqual([{ id: 't', count: expect.any(Number), by: 'scan' }]);
  const second = start('600');
  await until(() => counts.at(-1)?.count === 2);
  second.kill('SIGKILL');
  await until(() => counts.at(-1)?.count === 1);
  expect(troubles.length).toBeLessThanOrEqual(1);
});

it('counts by the whole command', async () => {
  const program = join(directory, name);
  monitor.observe('t', source({ program, parameters: ['601'], match: 'exact', fullCommand: true, least: 1 }));
  start('600');
  const right = start('601');
  await until(() => counts.at(-1)?.count === 1);
  right.kill('SIGKILL');
  await until(() => counts.at(-1)?.count === 0);
});
