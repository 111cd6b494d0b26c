/**
 * What adverts cost once nothing changes any more: processor time of all processes of a master and of its backup, and their
 * memory. Two routers on cables of their own, 250 virtual routers on each; keepalived with keepalived and relived with
 * relived, in turn, several rounds.
 *
 *   npm run bench -- adverts [INSTANCES] [ADVERT_INT_S] [WINDOW_S] [ROUNDS] [BUSY]
 *
 * BUSY: so many other processes take all the processor time that they can get in the window. A backup that becomes master then
 * has taken over from one that lives.
 *
 * KEEPALIVED=PATH in the environment: another build of it than the machine's.
 */
import { spawn } from 'node:child_process';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { ip, withLan } from '../harness/lan.ts';
import { killInTheEnd, temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';
import { cpuMs, residentKiB } from './checks/process-cost.ts';
import { median } from './median.ts';

interface Terms {
  readonly instances: number;
  readonly advertIntS: number;
  readonly windowMs: number;
  readonly rounds: number;
  readonly busy: number;
}

/** Of one router in the window. */
interface Cost {
  /** Processor time in parts of a core. */
  readonly load: number;
  readonly perAdvertUs: number;
  readonly residentKiB: number;
}

interface Costs {
  readonly master: Cost;
  readonly backup: Cost;
  /** Roles that changed in the window, by the logs of both. */
  readonly changes: number;
  /** Of the backup, to master. */
  readonly takeOvers: number;
}

const PER_CABLE = 250;
/** After the second burst of gratuitous ARP, and with the just-in-time compiler at rest. */
const SETTLING_MS = 15_000;
const START_DEADLINE_MS = 120_000;

function configuration({ instances, advertIntS }: Terms, host: 'a' | 'b'): string {
  const [state, priority] = host === 'a' ? ['MASTER', 200] : ['BACKUP', 100];
  const one = (index: number): string => `vrrp_instance V${index} {
  state ${state}
  interface cable${Math.floor(index / PER_CABLE)}
  virtual_router_id ${(index % PER_CABLE) + 1}
  version 3
  priority ${priority}
  advert_int ${advertIntS}
  virtual_ipaddress {
    10.${100 + Math.floor(index / PER_CABLE)}.1.${(index % PER_CABLE) + 1}/32
  }
}
`;
  const all = Array.from({ length: instances }, (_, index) => one(index));
  return `global_defs {\n  router_id ${host}\n  vrrp_garp_master_repeat 1\n}\n${all.join('')}`;
}

async function lay(lan: Lan, cables: number): Promise<void> {
  for (let cable = 0; cable < cables; cable++) {
    const name = `cable${cable}`;
    await ip(
      lan,
      'a',
      'link',
      'add',
      name,
      'type',
      'veth',
      'peer',
      'name',
      name,
      'netns',
      lan.namespace('b'),
    );
    for (const [host, last] of [
      ['a', 1],
      ['b', 2],
    ] as const) {
      await ip(lan, host, 'addr', 'add', `10.${100 + cable}.0.${last}/24`, 'dev', name);
      await ip(lan, host, 'link', 'set', name, 'up');
    }
  }
}

async function held(lan: Lan, host: string): Promise<number> {
  const { stdout } = await run(lan.argv(host, ['ip', '-o', '-4', 'addr', 'show']));
  return stdout.split('\n').filter((line) => /inet 10\.\d+\.1\./.test(line)).length;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const changesIn = (log: string): number => (log.match(/Entering (MASTER|BACKUP) STATE/g) ?? []).length;
const takeOversIn = (log: string): number => (log.match(/Entering MASTER STATE/g) ?? []).length;

/** Gives what ends them. */
function keepBusy(processes: number): () => void {
  const children = Array.from({ length: processes }, () => {
    const child = spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' });
    killInTheEnd(child);
    return child;
  });
  return () => {
    for (const child of children) child.kill('SIGKILL');
  };
}

async function costsOf(lan: Lan, terms: Terms, program: RouterProgram): Promise<Costs> {
  const start = (host: 'a' | 'b'): Promise<RouterProcess> =>
    RouterProcess.start(lan, host, {
      ...{ program, directory: temporaryDirectory('bench'), configuration: configuration(terms, host) },
    });
  const master = await start('a');
  const routers = [master];
  let rest: () => void = () => {};
  try {
    await waitFor(async () => (await held(lan, 'a')) === terms.instances, {
      ...{ deadlineMs: START_DEADLINE_MS, intervalMs: 500, what: 'every address' },
    });
    const backup = await start('b');
    routers.push(backup);
    await pause(SETTLING_MS);
    const before = routers.map(({ family }) => cpuMs(family));
    const changesBefore = changesIn(master.log) + changesIn(backup.log);
    const takeOversBefore = takeOversIn(backup.log);
    rest = keepBusy(terms.busy);
    const beganMs = performance.now();
    await pause(terms.windowMs);
    const tookMs = performance.now() - beganMs;
    const adverts = (tookMs / 1_000 / terms.advertIntS) * terms.instances;
    const [masterCost, backupCost] = routers.map(({ family }, index): Cost => {
      const spentMs = cpuMs(family) - (before[index] ?? 0);
      const perAdvertUs = (spentMs * 1_000) / adverts;
      return { load: spentMs / tookMs, perAdvertUs, residentKiB: residentKiB(family) };
    });
    if (masterCost === undefined || backupCost === undefined) throw new Error('a router is missing');
    const changes = changesIn(master.log) + changesIn(backup.log) - changesBefore;
    const takeOvers = takeOversIn(backup.log) - takeOversBefore;
    return { master: masterCost, backup: backupCost, changes, takeOvers };
  } finally {
    rest();
    for (const router of routers) await router.stop();
  }
}

function line(name: string, { master, backup, changes, takeOvers }: Costs): string {
  const one = (role: string, { load, perAdvertUs, residentKiB: size }: Cost): string =>
    `${role} ${(load * 100).toFixed(2)} % of a core (${perAdvertUs.toFixed(1)} us an advert), ${Math.round(size / 1024)} MiB`;
  return `${name.padEnd(10)}  ${one('master', master)}; ${one('backup', backup)}; false take-overs ${takeOvers}, changes of role ${changes}`;
}

async function main(terms: Terms): Promise<boolean> {
  const theirs: RouterProgram = (place) => {
    const [program = '', ...rest] = keepalived(place);
    return [process.env.KEEPALIVED ?? program, ...rest];
  };
  console.log(
    `${terms.instances} instances, advert_int ${terms.advertIntS}, windows of ${terms.windowMs / 1000} s, ${terms.busy} busy processes`,
  );
  return withLan({ hosts: ['a', 'b'] }, async (lan) => {
    await lay(lan, Math.ceil(terms.instances / PER_CABLE));
    const costs: { ours: Costs[]; theirs: Costs[] } = { ours: [], theirs: [] };
    for (let round = 0; round < terms.rounds; round++) {
      const their = await costsOf(lan, terms, theirs);
      console.log(line('keepalived', their));
      const our = await costsOf(lan, terms, relived);
      console.log(line('relived', our));
      costs.theirs.push(their);
      costs.ours.push(our);
    }
    for (const role of ['master', 'backup'] as const) {
      const load = (all: readonly Costs[]): number => median(all.map((each) => each[role].load));
      console.log(
        `CPU as ${role}, relived to keepalived: ${(load(costs.ours) / load(costs.theirs)).toFixed(2)}`,
      );
    }
    return costs.ours.every(({ takeOvers }) => takeOvers === 0);
  });
}

const [instances = '1000', advertIntS = '1', windowS = '20', rounds = '2', busy = '0'] =
  process.argv.slice(2);
const good = await main({
  instances: Number(instances),
  advertIntS: Number(advertIntS),
  windowMs: Number(windowS) * 1_000,
  rounds: Number(rounds),
  busy: Number(busy),
});
process.exitCode = good ? 0 : 1;
