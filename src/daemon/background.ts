/** Without -n keepalived leaves the terminal. So does relived: the same program again, detached, until it says ready. */
import { Writable } from 'node:stream';
import { lateChildProcess } from '../io/late-modules.ts';
import { giveConfiguration, HANDOVER_DESCRIPTOR, type Handover } from './handover.ts';
import { BACKGROUND_VARIABLE } from './options.ts';

const READY = 'ready';
/** What the process in the background has behind the words of its command line. */
export const BACKGROUND_OPTION = '--dont-fork';

/**
 * Starts the detached process with this configuration, and waits until it runs or has failed. Returns the exit status
 * for the terminal. `watchdog`: the program that watches over it (native/starter); null: nobody.
 */
export async function goToBackground(configuration: Handover, watchdog: string | null): Promise<number> {
  const { argv, execArgv, execPath } = process;
  const words = [...execArgv, ...argv.slice(1), BACKGROUND_OPTION];
  const [program, ...before] = watchdog === null ? [execPath] : [watchdog, argv[1] ?? '', execPath];
  const child = lateChildProcess().spawn(program ?? '', [...before, ...words], {
    detached: true,
    env: { ...process.env, [BACKGROUND_VARIABLE]: '1' },
    // Errors of the start still belong to the terminal, so they are passed on; afterwards the system log has them. The
    // terminal's own stream would stay open for as long as the router runs, and whoever reads it would wait.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
  });
  child.stderr?.pipe(process.stderr);
  const ended = new Promise<number>((resolve) => {
    child.on('message', (message) => {
      if (message !== READY) return;
      child.disconnect();
      child.unref();
      resolve(0);
    });
    child.on('error', () => resolve(1));
    // Its last words have come by then.
    child.on('close', (code) => resolve(code ?? 1));
  });
  const pipe = child.stdio[HANDOVER_DESCRIPTOR];
  if (pipe instanceof Writable) giveConfiguration(pipe, configuration);
  return ended;
}

/** What is said on standard error after the process in the terminal has gone is lost, and that is no error. */
export function outliveTerminal(): void {
  process.stderr.on('error', () => {});
}

/** Tells the process that waits in the terminal, if there is one, that the router runs. */
export function reportReady(): void {
  if (process.send === undefined) return;
  // The terminal's process may be gone: that is no reason to stop a router.
  process.send(READY, () => {
    if (process.connected) process.disconnect();
  });
}
