/** LANs of network namespaces for tests: names of their own, and removal even if the test or its runner fails. */
import { spawnSync } from 'node:child_process';
import { threadId } from 'node:worker_threads';
import { Lan, type LanOptions } from '../../src/lab/namespaces.ts';

export { waitFor } from '../../src/lab/run.ts';

const live = new Set<Lan>();
let count = 0;
let watching = false;

/** An id that no other LAN on this machine has: the namespaces are called `relived-<pid>-<thread>-<n>-<host>`. */
export function uniqueLanId(): string {
  count += 1;
  return `${process.pid}-${threadId}-${count}`;
}

/** Builds a LAN; the caller destroys it with destroyLan. For beforeAll and afterAll. */
export async function createLan(options: Omit<LanOptions, 'id'>): Promise<Lan> {
  if (!watching) {
    watching = true;
    process.once('exit', removeLeftovers);
  }
  const lan = await Lan.create({ id: uniqueLanId(), ...options });
  live.add(lan);
  return lan;
}

export async function destroyLan(lan: Lan): Promise<void> {
  await lan.destroy();
  live.delete(lan);
}

/** Runs `body` on a LAN that is gone afterwards, whatever `body` does. */
export async function withLan<T>(
  options: Omit<LanOptions, 'id'>,
  body: (lan: Lan) => Promise<T>,
): Promise<T> {
  const lan = await createLan(options);
  try {
    return await body(lan);
  } finally {
    await destroyLan(lan);
  }
}

/** The runner ends before the tests could clean up (a hook that timed out): only synchronous calls work now. */
function removeLeftovers(): void {
  for (const name of [...live].flatMap((lan) => lan.namespaces)) {
    const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
    for (const pid of (stdout ?? '').split('\n').map(Number)) {
      if (pid > 1 && pid !== process.pid) spawnSync('kill', ['-KILL', String(pid)]);
    }
    spawnSync('ip', ['netns', 'del', name]);
  }
}
