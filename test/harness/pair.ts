/** Two routers on a LAN of namespaces, relived or keepalived each, told what to do and asked who holds the address. */
import { rm } from 'node:fs/promises';
import { setTimeout as elapse } from 'node:timers/promises';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { AddressWatch } from './address-watch.ts';
import { instanceConfiguration } from './configuration.ts';
import { createLan } from './lan.ts';
import { temporaryDirectory } from './leftovers.ts';
import { RouterProcess, routerFiles } from './router.ts';

export type Program = 'relived' | 'keepalived';

const PROGRAMS: Readonly<Record<Program, RouterProgram>> = { relived, keepalived };

export const VIRTUAL_ADDRESS = '10.77.0.100';

/** Long enough for a start, a whole Master_Down_Interval at 1 s adverts, and a loaded machine. */
const HOLDER_DEADLINE_MS = 15_000;

const LOOK_INTERVAL_MS = 10;

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

function other(host: Host): Host {
  return host === 'a' ? 'b' : 'a';
}

export class Pair {
  readonly lan: Lan;
  readonly directory: string;
  /** What the Linux kernel of each host tells of its addresses. */
  readonly addresses: Readonly<Record<Host, AddressWatch>>;
  readonly #options: PairOptions;
  readonly #running = new Map<Host, RouterProcess>();
  readonly #lives: Readonly<Record<Host, RouterProcess[]>> = { a: [], b: [] };

  private constructor(lan: Lan, addresses: Readonly<Record<Host, AddressWatch>>, options: PairOptions) {
    this.lan = lan;
    this.directory = temporaryDirectory('pair');
    this.addresses = addresses;
    this.#options = options;
  }

  static async create(options: PairOptions): Promise<Pair> {
    const lan = await createLan({ hosts: ['a', 'b', 'host'] });
    try {
      const [a, b] = await Promise.all([AddressWatch.start(lan, 'a'), AddressWatch.start(lan, 'b')]);
      return new Pair(lan, { a, b }, options);
    } catch (error) {
      await lan.destroy();
      throw error;
    }
  }

  journal(host: Host): string {
    return routerFiles(this.directory, host).journal;
  }

  control(host: Host): string {
    return routerFiles(this.directory, host).control;
  }

  /** Of all its lives. */
  log(host: Host): string {
    return this.#lives[host].map((life) => life.log).join('');
  }

  async start(host: Host, environment: NodeJS.ProcessEnv = {}): Promise<void> {
    const router = await RouterProcess.start(this.lan, host, {
      program: PROGRAMS[this.#options.programs[host]],
      configuration: this.#configuration(host),
      directory: this.directory,
      environment,
    });
    this.#lives[host].push(router);
    this.#running.set(host, router);
    // From here on only the protocol's own times count, not those of a program that is being loaded.
    await router.waitForLog('Startup complete');
  }

  /** Sends a signal that ends the router; resolves to its exit status. */
  signal(host: Host, signal: NodeJS.Signals): Promise<number | null> {
    const router = this.#router(host);
    router.signal(signal);
    return router.ended;
  }

  /** SIGTERM and its orderly end. */
  async stop(host: Host): Promise<void> {
    await this.#take(host).stop();
  }

  /** SIGKILL to everything the router started. Its address stays on its interface, as after any crash. */
  async kill(host: Host): Promise<void> {
    await this.#take(host).kill();
  }

  /** The process that runs VRRP. */
  worker(host: Host): number {
    return this.#router(host).worker;
  }

  /** The router does not run, but lives: SIGSTOP to everything it started. */
  pause(host: Host): void {
    this.#router(host).signalAll('SIGSTOP');
  }

  resume(host: Host): void {
    this.#router(host).signalAll('SIGCONT');
  }

  runs(host: Host): boolean {
    return this.#running.has(host);
  }

  holds(host: Host): boolean {
    return this.addresses[host].holds(VIRTUAL_ADDRESS);
  }

  /** Waits until the host has the address, whoever else has it. */
  async waitUntilHeld(host: Host): Promise<void> {
    await this.#see(() => this.holds(host), HOLDER_DEADLINE_MS, `${host} holding the address`);
  }

  /** Waits until `holder` has the address and, unless it is dead, the other one has not. */
  async waitForHolder(holder: Host, deadlineMs = HOLDER_DEADLINE_MS): Promise<void> {
    const mustNot = other(holder);
    const settled = () => this.holds(holder) && !(this.#running.has(mustNot) && this.holds(mustNot));
    await this.#see(settled, deadlineMs, `${holder} becoming the only holder`);
  }

  /** Watches for this long that the address stays where it is: with the holder alone. */
  async keepsHolder(holder: Host, durationMs: number): Promise<void> {
    const changes = () => this.addresses.a.changes.length + this.addresses.b.changes.length;
    const before = changes();
    await elapse(durationMs);
    if (changes() !== before || !this.holds(holder) || this.holds(other(holder))) {
      throw this.#told(`${holder} lost the address`);
    }
  }

  async waitForLog(host: Host, text: string): Promise<void> {
    await this.#see(() => this.log(host).includes(text), 10_000, `"${text}" in the log of ${host}`);
  }

  async destroy(): Promise<void> {
    await this.lan.destroy();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #see(look: () => boolean, deadlineMs: number, what: string): Promise<void> {
    await waitFor(look, { deadlineMs, intervalMs: LOOK_INTERVAL_MS, what }).catch((error: Error) => {
      throw this.#told(error.message);
    });
  }

  #told(what: string): Error {
    const logs = (['a', 'b'] as const).map((host) => `--- ${host}\n${this.log(host)}`);
    return new Error([what, JSON.stringify(this.#options), ...logs].join('\n'));
  }

  #router(host: Host): RouterProcess {
    const router = this.#running.get(host);
    if (router === undefined) throw new Error(`${host} does not run`);
    return router;
  }

  #take(host: Host): RouterProcess {
    const router = this.#router(host);
    this.#running.delete(host);
    return router;
  }

  #configuration(host: Host): string {
    const { version, unicast, priorities, advertInt = '1', states, extra } = this.#options;
    const instance = instanceConfiguration({
      version,
      priority: (priorities ?? { a: 150, b: 100 })[host],
      virtualAddresses: [`${VIRTUAL_ADDRESS}/24`],
      state: states?.[host] ?? 'BACKUP',
      advertInt,
      unicast: unicast ? { own: this.lan.address(host), peer: this.lan.address(other(host)) } : null,
      extra: extra?.[host] ?? '',
    });
    return `global_defs {\n  router_id ${host}\n}\n${instance}`;
  }
}

/** Runs `story` with a pair of its own that is gone afterwards, whatever `story` does. */
export async function withPair(options: PairOptions, story: (pair: Pair) => Promise<void>): Promise<void> {
  const pair = await Pair.create(options);
  try {
    await story(pair);
  } finally {
    await pair.destroy();
  }
}
