/**
 * What a test makes outside its own process: LANs, labs, processes, mounts, directories. Each is named to a reaper, a
 * process of its own, before it is made. When the test process has ended, by itself or by SIGKILL, the reaper removes
 * what the test could not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { identifyChild, type ProcessIdentity } from '../../src/lab/process.ts';

export type Leftover =
  | { readonly kind: 'process'; readonly identity: ProcessIdentity }
  /** With all that it has started. */
  | { readonly kind: 'family'; readonly identity: ProcessIdentity }
  | { readonly kind: 'lab'; readonly base: string; readonly id: string }
  | { readonly kind: 'lan'; readonly id: string; readonly hosts: readonly string[] }
  | { readonly kind: 'mount'; readonly path: string }
  | { readonly kind: 'directory'; readonly path: string };

const REAPER = fileURLToPath(new URL('reaper.ts', import.meta.url));
let reaper: Writable | null = null;

/** Has it removed when this process has ended, if it is still there then. What is in a guest goes with the guest. */
export function removeInTheEnd(leftover: Leftover): void {
  if (process.env.RELIVED_GUEST === '1') return;
  reaper ??= startReaper();
  reaper.write(`${JSON.stringify(leftover)}\n`);
}

/** Has a child killed when this process has ended, if it still runs then. To be called right after its start. */
export function killInTheEnd(child: ChildProcess): void {
  const identity = identifyChild(child.pid ?? 0);
  if (identity !== null) removeInTheEnd({ kind: 'process', identity });
}

/** A new directory, `<temporary directory>/relived-<label>-...`, gone in the end at the latest. */
export function temporaryDirectory(label: string): string {
  const path = mkdtempSync(join(tmpdir(), `relived-${label}-`));
  removeInTheEnd({ kind: 'directory', path });
  return path;
}

function startReaper(): Writable {
  // A session of its own: what ends this process, such as Ctrl-C, must not end the reaper.
  const child = spawn(process.execPath, [REAPER], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  child.unref();
  const input = child.stdin;
  if ('unref' in input && typeof input.unref === 'function') input.unref();
  return input;
}
