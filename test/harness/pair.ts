/** Two routers on a LAN of namespaces, relived or keepalived each, told what to do and asked who holds the address. */
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lan } from '../../src/lab/namespaces.ts';
import {
  crash,
  identify,
  type ProcessIdentity,
  signalProcess,
  terminate,
  withDescendants,
} from '../../src/lab/process.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { createLan, destroyLan } from './lan.ts';

export type Program = 'relived' | 'keepalived';

const PROGRAMS: Readonly<Record<Program, RouterProgram>> = { relived, keepalived };

export const VIRTUAL_ADDRESS = '10.77.0.100';

/** Long enough for a start, a whole Master_Down_Interval at 1 s adverts, and a loaded machine. */
const HOLDER_DEADLINE_MS = 15_000;

export interface PairOptions {
  readonly programs: Readonly<Record<'a' | 'b', Program>>;
  readonly version: 2 | 3;
  readonly unicast: boolean;
  readonly priorities?: Readonly<Record<'a' | 'b', number>>;
  /** Seconds, as advert_int takes them. */
  readonly advertInt?: string;
  /** `state` of each; BACKUP. */
  readonly states?: Readonly<Partial<Record<'a' | 'b', 'MASTER' | 'BACKUP'>>>;
  /** Further lines of the vrrp_instance. */
  readonly extra?: Readonly<Partial<Record<'a' | 'b', string>>>;
}

export type Host = 'a' | 'b';

export class Pair {
  readonly lan: Lan;
  readonly directory: string;
  readonly #options: PairOptions;
  readonly #running = new Map<Host, { child: ChildProcess; identity: ProcessIdentity }>();
  readonly #logs = new Map<Host, string[]>();

  private constructor(lan: Lan, directory: string, options: PairOptions) {
    this.lan = lan;
    this.directory = directory;
    this.#options = options;
  }

  static async create(options: PairOptions): Promise<Pair> {
    const lan = await createLan({ hosts: ['a', 'b', 'host'] });
    return new Pair(lan, await mkdtemp(join(tmpdir(), 'relived-pair-')), options);
  }

  journal(host: Host): string {
    return join(this.directory, `journal-${host}`);
  }

  control(host: Host): string {
    return join(this.directory, `${host}.sock`);
  }

  log(host: Host): string {
    return (this.#logs.get(host) ?? []).join('');
  }

  async start(host: Host, environment: NodeJS.ProcessEnv = {}): Promise<void> {
    // Pid files of its own for each life: a killed keepalived may still hold the lock on its last ones.
    const directory = await mkdtemp(join(this.directory, `${host}-`));
    const configuration = join(this.directory, `${host}.conf`);
    await writeFile(configuration, this.#configuration(host));
    const argv = PROGRAMS[this.#options.programs[host]]({
      host,
      configuration,
      journal: this.journal(host),
      control: this.control(host),
      directory,
    });
    const child = this.lan.spawn(host, argv, { env: { ...process.env, ...environment } });
    const log = this.#logs.get(host) ?? [];
    this.#logs.set(host, log);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => log.push(text));
    }
    const identity = await waitFor(() => identify(child.pid ?? 0), {
      deadlineMs: 2_000,
      what: `start of ${host}`,
    });
    this.#running.set(host, { child, identity });
  }

  /** Sends a signal that ends the router; resolves to its exit status. */
  signal(host: Host, signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#running.get(host)?.child;
    if (child === undefined) throw new Error(`${host} does not run`);
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    child.kill(signal);
    return ended;
  }

  /** SIGTERM and its orderly end. */
  async stop(host: Host): Promise<void> {
    const router = this.#take(host);
    await terminate([router], 5_000);
  }

  /** SIGKILL to everything the router started. Its address stays on its interface, as after any crash. */
  async kill(host: Host): Promise<void> {
    await crash(this.#take(host));
  }

  /** The router does not run, but lives: SIGSTOP to everything it started. */
  pause(host: Host): void {
    for (const each of withDescendants(this.#router(host))) signalProcess(each, 'SIGSTOP');
  }

  resume(host: Host): void {
    for (const each of withDescendants(this.#router(host))) signalProcess(each, 'SIGCONT');
  }

  runs(host: Host): boolean {
    return this.#running.has(host);
  }

  async holds(host: Host): Promise<boolean> {
    return (await this.lan.addresses(host)).includes(VIRTUAL_ADDRESS);
  }

  /** Waits until the host has the address, whoever else has it. */
  async waitUntilHeld(host: Host): Promise<void> {
    await waitFor(() => this.holds(host), {
      deadlineMs: HOLDER_DEADLINE_MS,
      what: `${host} holding the address`,
    });
  }

  /** Waits until `holder` has the address and, unless it is dead, the other one has not. */
  async waitForHolder(holder: Host, deadlineMs = HOLDER_DEADLINE_MS): Promise<void> {
    const other: Host = holder === 'a' ? 'b' : 'a';
    const settled = async () =>
      (await this.holds(holder)) && (!this.#running.has(other) || !(await this.holds(other)));
    const what = `${holder} becoming the only holder (${JSON.stringify(this.#options)})`;
    await waitFor(settled, { deadlineMs, what }).catch((error: Error) => {
      throw new Error(`${error.message}\n--- a\n${this.log('a')}\n--- b\n${this.log('b')}`);
    });
  }

  /** Watches for this long that the address stays where it is. */
  async keepsHolder(holder: Host, durationMs: number): Promise<void> {
    const other: Host = holder === 'a' ? 'b' : 'a';
    const end = performance.now() + durationMs;
    while (performance.now() < end) {
      if (!(await this.holds(holder)) || (await this.holds(other))) {
        throw new Error(`${holder} lost the address\n--- a\n${this.log('a')}\n--- b\n${this.log('b')}`);
      }
    }
  }

  async waitForLog(host: Host, text: string): Promise<void> {
    await waitFor(() => this.log(host).includes(text), {
      deadlineMs: 10_000,
      what: `"${text}" in the log of ${host}`,
    });
  }

  async destroy(): Promise<void> {
    await destroyLan(this.lan);
    await rm(this.directory, { recursive: true, force: true });
  }

  #router(host: Host): ProcessIdentity {
    const router = this.#running.get(host);
    if (router === undefined) throw new Error(`${host} does not run`);
    return router.identity;
  }

  #take(host: Host): ProcessIdentity {
    const identity = this.#router(host);
    this.#running.delete(host);
    return identity;
  }

  #configuration(host: Host): string {
    const {
      version,
      unicast,
      priorities = { a: 150, b: 100 },
      advertInt = '1',
      states,
      extra,
    } = this.#options;
    const other = host === 'a' ? 'b' : 'a';
    const peers = unicast
      ? `unicast_src_ip ${this.lan.address(host)}\n  unicast_peer {\n    ${this.lan.address(other)}\n  }\n`
      : '';
    return `global_defs {
  router_id ${host}
}
vrrp_instance VI_1 {
  state ${states?.[host] ?? 'BACKUP'}
  interface eth0
  virtual_router_id 51
  priority ${priorities[host]}
  version ${version}
  advert_int ${advertInt}
  ${peers}${extra?.[host] ?? ''}
  virtual_ipaddress {
    ${VIRTUAL_ADDRESS}/24
  }
}
`;
  }
}
