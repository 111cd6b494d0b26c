/** Without -n keepalived leaves the terminal. So does relived: the same program again, detached, until it says ready. */
import { spawn } from 'node:child_process';
import { argv, execArgv, execPath } from 'node:process';
import type { DaemonOptions } from './options.ts';

const READY = 'ready';

/** Starts the detached process and waits until it runs or has failed. Returns the exit status for the terminal. */
export async function goToBackground(_options: DaemonOptions): Promise<number> {
  const child = spawn(execPath, [...execArgv, ...argv.slice(1), '--dont-fork'], {
    detached: true,
    env: { ...process.env, RELIVED_BACKGROUND: '1' },
    // Errors of the start still belong to the terminal; afterwards the system log has them.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (message !== READY) return;
      child.disconnect();
      child.unref();
      resolve(0);
    });
    child.on('error', () => resolve(1));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Tells the process that waits in the terminal, if there is one, that the router runs. */
export function reportReady(): void {
  if (process.send === undefined) return;
  process.send(READY, () => process.disconnect?.());
}
