/** Long-running processes of a lab: each has NAME.pid and NAME.log in the lab's directory, so that any process can act on it. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identifyChild, isRunning, type ProcessIdentity } from './process.ts';
import { LabError } from './run.ts';

export function logPath(directory: string, name: string): string {
  return join(directory, `${name}.log`);
}

function pidPath(directory: string, name: string): string {
  return join(directory, `${name}.pid`);
}

/**
 * Starts `argv` in a session of its own: it outlives the caller and hears no Ctrl-C of the caller's terminal.
 * A process that ends at once is no error here: see runningService and lastWords. Throws LabError if there is no such command.
 */
export async function startService(
  directory: string,
  name: string,
  argv: readonly string[],
): Promise<ProcessIdentity> {
  const [file = '', ...args] = argv;
  const log = openSync(logPath(directory, name), 'a', 0o600);
  try {
    const child = spawn(file, args, { detached: true, stdio: ['ignore', log, log] });
    const failed = new Promise<string>((resolve) => child.once('error', (error) => resolve(error.message)));
    // Read before the event loop turns and reaps a child that has already ended.
    const identity = child.pid === undefined ? null : identifyChild(child.pid);
    if (identity === null) throw new LabError(`${name}: cannot start ${file}: ${await failed}`);
    child.unref();
    const path = pidPath(directory, name);
    writeFileSync(`${path}.new`, `${identity.pid} ${identity.startTicks}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return identity;
  } finally {
    closeSync(log);
  }
}

/** The service's process if it runs; null if it never started or has ended. */
export function runningService(directory: string, name: string): ProcessIdentity | null {
  let text: string;
  try {
    text = readFileSync(pidPath(directory, name), 'utf8');
  } catch {
    return null;
  }
  const [pid, startTicks] = text.trim().split(' ').map(Number);
  if (pid === undefined || startTicks === undefined || !Number.isInteger(pid)) return null;
  const identity = { pid, startTicks };
  return isRunning(identity) ? identity : null;
}

/** What the service's log says of its end, on one line, for an error message. */
export function lastWords(directory: string, name: string): string {
  let text = '';
  try {
    text = readFileSync(logPath(directory, name), 'utf8');
  } catch {
    // No log says as much as an empty one.
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  // A stack trace follows its error: the error is what helps.
  const error = lines.findLast((line) => /error/i.test(line));
  const words = error === undefined ? lines.slice(-3).join(' | ') : error.trim();
  return words === '' ? 'it said nothing' : `it said: ${words}`;
}
