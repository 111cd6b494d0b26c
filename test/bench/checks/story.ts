/**
 * Runs in a guest, whose kernel has IPVS: keepalived and relived check the same real servers, one after the other, and are
 * asked what processor time that takes them.
 */
import { fileURLToPath } from 'node:url';
import type { Lan } from '../../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../../src/lab/routers.ts';
import { run, waitFor } from '../../../src/lab/run.ts';
import { withLan } from '../../harness/lan.ts';
import { killInTheEnd, temporaryDirectory } from '../../harness/leftovers.ts';
import { RouterProcess } from '../../harness/router.ts';
import { type CheckKind, loadConfiguration } from './load.ts';
import { cpuMs, residentKiB } from './process-cost.ts';

export interface Terms {
  readonly kind: CheckKind;
  readonly servers: number;
  readonly delayLoopS: number;
  readonly windowMs: number;
}

/** What one program took for the checks of a window of time. */
export interface Cost {
  readonly checks: number;
  readonly cpuMs: number;
  readonly residentKiB: number;
  /** From its start until every real server was in the table; null: it does not fill one. */
  readonly tableMs: number | null;
}

export type Costs = Readonly<Record<'keepalived' | 'relived', Cost>>;

const SERVERS = fileURLToPath(new URL('./servers.ts', import.meta.url));
const HOST = 'a';
const START_DEADLINE_MS = 300_000;

export async function compare(terms: Terms): Promise<Costs> {
  await run(['modprobe', '-d', '/run/kernel', 'ip_vs_rr']);
  return withLan({ hosts: [HOST] }, async (lan) => {
    killInTheEnd(lan.spawn(HOST, [process.execPath, SERVERS, terms.kind], { stdio: 'inherit' }));
    const theirs = await costOf(lan, keepalived, terms);
    const ours = await costOf(lan, relived, terms);
    return { keepalived: theirs, relived: ours };
  });
}

async function costOf(lan: Lan, program: RouterProgram, terms: Terms): Promise<Cost> {
  const { kind, servers, delayLoopS, windowMs } = terms;
  const began = performance.now();
  const router = await RouterProcess.start(lan, HOST, {
    program,
    configuration: loadConfiguration(kind, servers, delayLoopS),
    directory: temporaryDirectory('bench'),
  });
  try {
    const tableMs = await tableFilled(lan, servers, began);
    // Every check has had its first turn by then: a second of grace, and up to a delay_loop of chance.
    const warm = await connections(lan);
    await waitFor(async () => (await connections(lan)) >= warm + 2 * servers, {
      deadlineMs: START_DEADLINE_MS,
      intervalMs: 2_000,
      what: 'two rounds of checks',
    });
    const [cpuBefore, before] = [cpuMs(router.family), await connections(lan)];
    await new Promise((resolve) => setTimeout(resolve, windowMs));
    const [cpuAfter, after] = [cpuMs(router.family), await connections(lan)];
    return {
      checks: after - before,
      cpuMs: cpuAfter - cpuBefore,
      residentKiB: residentKiB(router.family),
      tableMs,
    };
  } finally {
    await router.stop();
  }
}

async function tableFilled(lan: Lan, servers: number, began: number): Promise<number | null> {
  const count = async (): Promise<number> => {
    const { stdout } = await lan.exec(HOST, ['sh', '-c', 'grep -c "  ->" /proc/net/ip_vs || true']);
    return Number(stdout);
  };
  // The heading has an arrow, too.
  const filled = waitFor(async () => (await count()) > servers, {
    deadlineMs: START_DEADLINE_MS,
    intervalMs: 200,
    what: 'the whole table',
  });
  return filled.then(
    () => performance.now() - began,
    () => null,
  );
}

/** That were accepted in the namespace so far. */
async function connections(lan: Lan): Promise<number> {
  const { stdout } = await lan.exec(HOST, ['cat', '/proc/net/snmp']);
  const [names, values] = stdout
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(' '));
  return Number(values?.[names?.indexOf('PassiveOpens') ?? -1]);
}
