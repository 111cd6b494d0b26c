/** Where incidents are played: real routers in network namespaces, each as if on a machine of its own. */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { createLan, interfaceOf, ip } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { type RouterFiles, RouterProcess } from '../harness/router.ts';
import { keep } from './recording.ts';

const DEADLINE_MS = 25_000;
const LOOK_MS = 10;
export const VIP = '10.77.0.100';

const PROGRAMS: Readonly<Record<'relived' | 'keepalived', RouterProgram>> = { relived, keepalived };

/** Starts a program with another boot id than that of this machine, so that its journal is that of another one. */
const AS_OTHER_MACHINE = 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"';

export class Stage {
  readonly lan: Lan;
  readonly directory = temporaryDirectory('incident');
  readonly moments: Record<string, number> = {};
  readonly #routers = new Map<string, RouterProcess>();
  readonly #programs = new Map<string, string>();
  readonly #logs = new Map<string, string>();

  private constructor(lan: Lan) {
    this.lan = lan;
    mkdirSync(join(this.directory, 'journals'));
  }

  static async create(hosts: readonly string[]): Promise<Stage> {
    return new Stage(await createLan({ hosts }));
  }

  /** Starts the router of a host and waits until it has read its configuration. */
  async start(
    host: string,
    configuration: string,
    program: 'relived' | 'keepalived' = 'relived',
    globals = '',
  ): Promise<void> {
    const bootId = join(this.directory, `${host}.boot`);
    if (!this.#programs.has(host)) writeFileSync(bootId, `${randomUUID()}\n`);
    this.#programs.set(host, program);
    const router = await RouterProcess.start(this.lan, host, {
      program: (place) => [
        ...['sh', '-c', AS_OTHER_MACHINE, bootId],
        ...PROGRAMS[program]({ ...place, journal: this.journal(host) }),
      ],
      configuration: `global_defs {\n  router_id ${host}\n  script_user root\n  ${globals}\n}\n${configuration}`,
      directory: this.directory,
    });
    this.#routers.set(host, router);
    await router.waitForLog('Startup complete');
  }

  journal(host: string): string {
    return join(this.directory, 'journals', host);
  }

  router(host: string): RouterProcess {
    const router = this.#routers.get(host);
    if (router === undefined) throw new Error(`${host} does not run`);
    return router;
  }

  files(host: string): RouterFiles {
    return this.router(host).files;
  }

  log(host: string): string {
    return (this.#logs.get(host) ?? '') + (this.#routers.get(host)?.log ?? '');
  }

  async stop(host: string): Promise<void> {
    await this.router(host).stop();
    this.#forget(host);
  }

  async kill(host: string): Promise<void> {
    await this.router(host).kill();
    this.#forget(host);
  }

  #forget(host: string): void {
    this.#logs.set(host, this.log(host));
    this.#routers.delete(host);
  }

  pause(host: string): void {
    this.router(host).signalAll('SIGSTOP');
  }

  resume(host: string): void {
    this.router(host).signalAll('SIGCONT');
  }

  /** With another configuration. */
  async reload(host: string, configuration: string): Promise<void> {
    const router = this.router(host);
    const count = (): number => router.log.split('Reload complete').length;
    const before = count();
    writeFileSync(
      router.configuration,
      `global_defs {\n  router_id ${host}\n  script_user root\n}\n${configuration}`,
    );
    router.signal('SIGHUP');
    await this.until(() => count() > before, `a reload of ${host}`);
  }

  ip(host: string, ...words: readonly string[]): Promise<string> {
    return ip(this.lan, host, ...words);
  }

  exec(host: string, ...argv: readonly string[]): Promise<unknown> {
    return this.lan.exec(host, argv);
  }

  /** A file that routers are told of: its path. */
  write(name: string, text: string, mode = 0o644): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }

  async holds(host: string, address = VIP): Promise<boolean> {
    const { held } = await interfaceOf(this.lan, host, 'eth0');
    return held.some((each) => each.startsWith(`${address}/`));
  }

  async untilHeld(host: string, address = VIP): Promise<void> {
    await this.until(() => this.holds(host, address), `${host} holding ${address}`);
  }

  async untilGone(host: string, address = VIP): Promise<void> {
    await this.until(async () => !(await this.holds(host, address)), `${host} without ${address}`);
  }

  async untilLogged(host: string, text: string | RegExp): Promise<void> {
    await this.until(
      () => (typeof text === 'string' ? this.log(host).includes(text) : text.test(this.log(host))),
      `"${text}" in the log of ${host}`,
    );
  }

  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    await waitFor(condition, { deadlineMs: DEADLINE_MS, intervalMs: LOOK_MS, what }).catch((error: Error) => {
      const logs = [...this.#routers.keys()].map((host) => `--- ${host}\n${this.log(host)}`);
      throw new Error([error.message, ...logs].join('\n'));
    });
  }

  /** Peace, so that there is something to compare the incident with. */
  async pass(ms: number): Promise<void> {
    await elapse(ms);
  }

  /** Gives this moment a name, by which a question may be asked. */
  moment(name: string): void {
    this.moments[name] = Date.now() * 1000;
  }

  /** Stops what still runs, and keeps the journals; gives the size of the recording. */
  async end(incident: string): Promise<number> {
    this.moment('end');
    // An operator asks later than things happen, and routers go on until then.
    await this.pass(300);
    for (const [host, router] of this.#routers) {
      router.signalAll('SIGCONT');
      await router.stop();
      this.#logs.set(host, this.log(host));
    }
    this.#routers.clear();
    return keep(incident, join(this.directory, 'journals'), this.moments);
  }

  async destroy(): Promise<void> {
    await this.lan.destroy();
    await run(['sh', '-c', `umount -l ${join(this.directory, 'journals')}/* 2>/dev/null || true`]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
