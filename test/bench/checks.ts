/**
 * What checks cost, and whether they come in time, where system calls cost what they do: on this machine's own kernel, in a
 * network namespace. That kernel need not have IPVS: relived goes without a table then, and keepalived is told that it has
 * one (checks/ipvs-stand-in.c). In turn with the same real servers, several rounds, each after a while in which the
 * just-in-time compiler has settled.
 *
 *   npm run bench -- checks [tcp|http] [SERVERS] [DELAY_LOOP_S] [WINDOW_S] [ROUNDS]
 *
 * KEEPALIVED=PATH in the environment: another build of it than the machine's.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { JsonLinesChild } from '../harness/json-lines-child.ts';
import { withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';
import { type CheckKind, loadConfiguration } from './checks/load.ts';
import { cpuMs, residentKiB } from './checks/process-cost.ts';
import type { ServersMethods } from './checks/servers.ts';
import { median } from './median.ts';

interface Terms {
  readonly kind: CheckKind;
  readonly servers: number;
  readonly delayLoopS: number;
  readonly windowMs: number;
  readonly rounds: number;
}

interface Cost {
  readonly perCheckUs: number;
  readonly checksPerS: number;
  readonly residentKiB: number;
  /** How much longer than delay_loop a server waited for its next check: half of them, 99 of 100, all. */
  readonly lateMs: readonly [p50: number, p99: number, max: number];
}

type Servers = JsonLinesChild<ServersMethods, never>;

const HOST = 'a';
const SETTLING_MS = 20_000;
const START_DEADLINE_MS = 120_000;
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Compiles the stand-in; gives its path. */
async function standIn(): Promise<string> {
  const directory = here('../../build/bench');
  mkdirSync(directory, { recursive: true });
  const library = `${directory}/ipvs-stand-in.so`;
  await run(['gcc', '-shared', '-fPIC', '-O2', '-o', library, here('checks/ipvs-stand-in.c'), '-ldl']);
  return library;
}

const theirs: RouterProgram = (place) => {
  const [program = '', ...rest] = keepalived(place);
  return [process.env.KEEPALIVED ?? program, '-C', ...rest];
};

async function costOf(
  lan: Lan,
  servers: Servers,
  terms: Terms,
  program: RouterProgram,
  environment: NodeJS.ProcessEnv,
): Promise<Cost> {
  await servers.ask('forget');
  const router = await RouterProcess.start(lan, HOST, {
    ...{ program, environment, directory: temporaryDirectory('bench') },
    configuration: loadConfiguration(terms.kind, terms.servers, terms.delayLoopS),
  });
  try {
    await waitFor(async () => (await servers.ask('report')).servers === terms.servers, {
      ...{ deadlineMs: START_DEADLINE_MS, intervalMs: 500, what: 'a first check of every server' },
    });
    await pause(SETTLING_MS);
    await servers.ask('report');
    const [beganMs, cpuBeforeMs] = [performance.now(), cpuMs(router.family)];
    await pause(terms.windowMs);
    const [tookMs, cpu] = [performance.now() - beganMs, cpuMs(router.family) - cpuBeforeMs];
    const { count, gapsMs } = await servers.ask('report');
    const late = (share: number): number =>
      (gapsMs[Math.min(gapsMs.length - 1, Math.floor(share * gapsMs.length))] ?? Number.NaN) -
      terms.delayLoopS * 1_000;
    return {
      perCheckUs: (cpu * 1_000) / count,
      checksPerS: (count * 1_000) / tookMs,
      residentKiB: residentKiB(router.family),
      lateMs: [late(0.5), late(0.99), late(1)],
    };
  } finally {
    await router.stop();
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function line(name: string, { perCheckUs, checksPerS, residentKiB, lateMs }: Cost): string {
  const [p50, p99, max] = lateMs.map((late) => late.toFixed(0));
  return (
    `${name.padEnd(10)}  ${perCheckUs.toFixed(1)} us of CPU a check, ${checksPerS.toFixed(0)} checks/s, ` +
    `${Math.round(residentKiB / 1024)} MiB, later than delay_loop: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`
  );
}

async function main(terms: Terms): Promise<void> {
  const library = await standIn();
  console.log(`${terms.kind}, ${terms.servers} real servers, delay_loop ${terms.delayLoopS}`);
  await withLan({ hosts: [HOST] }, async (lan) => {
    const servers: Servers = new JsonLinesChild(
      lan.argv(HOST, [process.execPath, here('checks/servers.ts'), terms.kind]),
    );
    const costs: { theirs: Cost[]; ours: Cost[] } = { theirs: [], ours: [] };
    for (let round = 0; round < terms.rounds; round++) {
      const of = (program: RouterProgram, environment: NodeJS.ProcessEnv): Promise<Cost> =>
        costOf(lan, servers, terms, program, environment);
      const their = await of(theirs, { LD_PRELOAD: library });
      console.log(line('keepalived', their));
      const our = await of(relived, {});
      console.log(line('relived', our));
      costs.theirs.push(their);
      costs.ours.push(our);
    }
    const cpu = (all: readonly Cost[]): number => median(all.map(({ perCheckUs }) => perCheckUs));
    console.log(`CPU, relived to keepalived: ${(cpu(costs.ours) / cpu(costs.theirs)).toFixed(2)}`);
    await servers.kill();
  });
}

const [kind = 'tcp', servers = '400', delayLoopS = '0.4', windowS = '10', rounds = '3'] =
  process.argv.slice(2);
await main({
  kind: kind as CheckKind,
  servers: Number(servers),
  delayLoopS: Number(delayLoopS),
  windowMs: Number(windowS) * 1_000,
  rounds: Number(rounds),
});
