/** Routers of a guest's stories, where everything takes its time. */
import type { Lan } from '../../src/lab/namespaces.ts';
import type { RouterProgram } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';

const DEADLINE_MS = 120_000;
/** A look that runs a program takes a third of a second from the one processor, which a router needs more. */
const LOOK_MS = 1_000;
const LOG_LOOK_MS = 100;

/** Resolves when it has started. */
export async function begin(
  lan: Lan,
  host: string,
  program: RouterProgram,
  configuration: string,
): Promise<RouterProcess> {
  const directory = temporaryDirectory('guest');
  const router = await RouterProcess.start(lan, host, { program, configuration, directory });
  await logged(router, `a router on ${host}`, (log) => log.includes('Startup complete'));
  return router;
}

/** Waits for a fact about the router's log. */
export function logged(router: RouterProcess, what: string, look: (log: string) => boolean): Promise<void> {
  return seen(router, what, () => look(router.log), LOG_LOOK_MS);
}

/** Waits for a fact about the guest. */
export async function seen(
  router: RouterProcess,
  what: string,
  look: () => boolean | Promise<boolean>,
  intervalMs: number = LOOK_MS,
): Promise<void> {
  await waitFor(look, { deadlineMs: DEADLINE_MS, intervalMs, what }).catch((error: Error) => {
    throw new Error(`${error.message}\n${router.log}`);
  });
}
