/**
 * Runs in a guest, whose kernel has IPVS: keepalived and relived are started in turn, each until its table is whole. Nothing
 * else runs there, so they need no namespace, which would take a part of the time to enter.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepalived, type RouterPlace, type RouterProgram, relived } from '../../../src/lab/routers.ts';
import { run, waitFor } from '../../../src/lab/run.ts';
import { killInTheEnd, temporaryDirectory } from '../../harness/leftovers.ts';
import { loadConfiguration } from './load.ts';

export interface Terms {
  readonly servers: number;
  readonly rounds: number;
}

/**
 * From the start of each until every real server was in the table, in milliseconds: one of each round. `first`: of relived
 * without a start plan, which it leaves for the next one. `prepared`: the first of
 * all, of a configuration that was prepared when it was installed (`--prepare-start`).
 */
export type Times = Readonly<Record<'keepalived' | 'first' | 'relived' | 'prepared', readonly number[]>>;

const DEADLINE_MS = 300_000;
const LOOK_MS = 10;
/** No check is made meanwhile. */
const DELAY_LOOP_S = 600;

export async function fill({ servers, rounds }: Terms): Promise<Times> {
  await run(['modprobe', '-d', '/run/kernel', 'ip_vs_rr']);
  await run(['ip', 'link', 'set', 'lo', 'up']);
  const none = (): number[] => [];
  const times = { keepalived: none(), first: none(), relived: none(), prepared: none() };
  for (let round = 0; round < rounds; round++) {
    const place = placeFor(servers);
    times.keepalived.push(await timeOf(keepalived, place, servers));
    times.first.push(await timeOf(relived, place, servers, true));
    times.relived.push(await timeOf(relived, place, servers));
    const installed = placeFor(servers);
    await run([...relived(installed), '--prepare-start'], { timeoutMs: DEADLINE_MS });
    times.prepared.push(await timeOf(relived, installed, servers));
  }
  return times;
}

async function timeOf(
  program: RouterProgram,
  place: RouterPlace,
  servers: number,
  leavesPlan = false,
): Promise<number> {
  const [file = '', ...args] = program(place);
  const beganMs = performance.now();
  const child = spawn(file, args, { stdio: 'ignore' });
  killInTheEnd(child);
  await waitFor(() => destinations() >= servers, {
    ...{ deadlineMs: DEADLINE_MS, intervalMs: LOOK_MS, what: 'the whole table' },
  });
  const tookMs = performance.now() - beganMs;
  if (leavesPlan) {
    await waitFor(() => existsSync(`${place.journal}.start`), {
      ...{ deadlineMs: DEADLINE_MS, intervalMs: LOOK_MS, what: 'a start plan' },
    });
  }
  // A daemon that has not begun yet would be ended by it, not end.
  child.kill();
  await once(child, 'exit');
  // keepalived's children outlive it for a moment.
  await waitFor(() => destinations() === 0, {
    ...{ deadlineMs: DEADLINE_MS, intervalMs: LOOK_MS, what: 'an empty table' },
  });
  return tookMs;
}

function placeFor(servers: number): RouterPlace {
  const directory = temporaryDirectory('bench');
  mkdirSync(directory, { recursive: true });
  const configuration = join(directory, 'keepalived.conf');
  writeFileSync(configuration, loadConfiguration('tcp', servers, DELAY_LOOP_S));
  return {
    ...{ host: 'a', directory, configuration },
    ...{ journal: join(directory, 'journal'), control: join(directory, 'control') },
  };
}

/** In the table now, by `-> address:port` in hexadecimal; the heading has an arrow, too. */
function destinations(): number {
  return readFileSync('/proc/net/ip_vs', 'utf8').match(/ {2}-> [0-9A-F]{8}:/g)?.length ?? 0;
}
