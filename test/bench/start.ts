/**
 * How long it takes from the start of a router with many instances until all of their addresses are up, keepalived beside
 * relived in the same namespace, in turn. As owners (priority 255) they are masters at once, so that all of the time is the
 * program's; with another priority Master_Down_Interval passes first, as in most installations.
 *
 *   npm run bench -- start [INSTANCES] [ROUNDS]
 *
 * KEEPALIVED=PATH in the environment: another build of it than the machine's.
 */
import { createInterface } from 'node:readline';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';
import { cpuMs, residentKiB } from './checks/process-cost.ts';
import { median } from './median.ts';

const HOST = 'a';
/** Virtual routers of one interface. */
const MOST_OF_AN_INTERFACE = 255;
const DEADLINE_MS = 120_000;
const SETTLING_MS = 5_000;

interface Start {
  readonly allUpMs: number;
  readonly cpuMs: number;
  readonly residentKiB: number;
}

const interfaceOf = (index: number): string => `eth${Math.floor(index / MOST_OF_AN_INTERFACE)}`;
const addressOf = (index: number): string => `10.100.${Math.floor(index / 250)}.${(index % 250) + 1}`;

function configuration(instances: number, priority: number): string {
  const all = Array.from({ length: instances }, (_, index) => {
    const id = (index % MOST_OF_AN_INTERFACE) + 1;
    return `vrrp_instance VI_${index + 1} {
  state ${priority === 255 ? 'MASTER' : 'BACKUP'}
  interface ${interfaceOf(index)}
  virtual_router_id ${id}
  priority ${priority}
  version 3
  advert_int 1
  virtual_ipaddress {
    ${addressOf(index)}/32
  }
}`;
  });
  return `global_defs {\n  router_id r\n}\n${all.join('\n')}\n`;
}

/** When the kernel said that so many addresses were there, in milliseconds of performance.now(); null: not yet. */
class Arrivals {
  allAtMs: number | null = null;
  readonly #here = new Set<string>();
  readonly #wanted: number;

  constructor(lan: Lan, wanted: number) {
    this.#wanted = wanted;
    const monitor = lan.spawn(HOST, ['ip', '-o', '-4', 'monitor', 'address']);
    createInterface({ input: monitor.stdout ?? process.stdin }).on('line', (line) => this.#take(line));
  }

  get count(): number {
    return this.#here.size;
  }

  forget(): void {
    this.allAtMs = null;
  }

  #take(line: string): void {
    const address = /\sinet (10\.100\.[0-9.]+)/.exec(line)?.[1];
    if (address === undefined) return;
    if (line.startsWith('Deleted')) this.#here.delete(address);
    else this.#here.add(address);
    if (this.#here.size === this.#wanted) this.allAtMs ??= performance.now();
  }
}

const theirs: RouterProgram = (place) => {
  const [program = '', ...rest] = keepalived(place);
  return [process.env.KEEPALIVED ?? program, ...rest];
};

async function startOnce(lan: Lan, arrivals: Arrivals, program: RouterProgram, text: string): Promise<Start> {
  arrivals.forget();
  const beganMs = performance.now();
  const router = await RouterProcess.start(lan, HOST, {
    ...{ program, configuration: text, directory: temporaryDirectory('bench') },
  });
  const wait = { deadlineMs: DEADLINE_MS, intervalMs: 50 };
  await waitFor(() => arrivals.allAtMs !== null, { ...wait, what: 'all addresses' });
  const allUpMs = (arrivals.allAtMs ?? Number.NaN) - beganMs;
  const spentMs = cpuMs(router.family);
  await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
  const memory = residentKiB(router.family);
  await router.stop();
  // One that was too slow to remove them was killed.
  await run(['ip', '-n', lan.namespace(HOST), '-4', 'addr', 'flush', 'to', '10.100.0.0/16']);
  await waitFor(() => arrivals.count === 0, { ...wait, what: 'no address' });
  return { allUpMs, cpuMs: spentMs, residentKiB: memory };
}

async function interfaces(lan: Lan, instances: number): Promise<void> {
  const at = ['ip', '-n', lan.namespace(HOST)];
  for (let index = MOST_OF_AN_INTERFACE; index < instances; index += MOST_OF_AN_INTERFACE) {
    const name = interfaceOf(index);
    await run([...at, 'link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}-far`]);
    await run([...at, 'addr', 'add', `10.78.${name.slice(3)}.1/24`, 'dev', name]);
    for (const end of [name, `${name}-far`]) await run([...at, 'link', 'set', end, 'up']);
  }
}

function line(name: string, { allUpMs, cpuMs: spent, residentKiB: memory }: Start): string {
  return `${name.padEnd(10)}  all up after ${allUpMs.toFixed(0)} ms, ${spent.toFixed(0)} ms of processor time, ${Math.round(memory / 1024)} MiB`;
}

const [instances = 1_020, rounds = 5] = process.argv.slice(2).map(Number);
await withLan({ hosts: [HOST] }, async (lan) => {
  await interfaces(lan, instances);
  const arrivals = new Arrivals(lan, instances);
  for (const priority of [255, 200]) {
    console.log(`${instances} instances, priority ${priority}`);
    const took: { theirs: number[]; ours: number[] } = { theirs: [], ours: [] };
    for (let round = 0; round < rounds; round += 1) {
      const text = configuration(instances, priority);
      const their = await startOnce(lan, arrivals, theirs, text);
      console.log(line('keepalived', their));
      const our = await startOnce(lan, arrivals, relived, text);
      console.log(line('relived', our));
      took.theirs.push(their.allUpMs);
      took.ours.push(our.allUpMs);
    }
    console.log(`relived to keepalived: ${(median(took.ours) / median(took.theirs)).toFixed(2)}`);
  }
});
