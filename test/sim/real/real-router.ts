/** One router of a story, for real: its program, its files, and what has been done to it. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RouterProgram } from '../../../src/lab/routers.ts';
import type { VirtualAddress } from '../../../src/machines/kernel-objects.ts';
import { RouterProcess } from '../../harness/router.ts';
import { configText, filePath, interfaceOf, ownAddress, scriptPath } from '../story/config-text.ts';
import type { Act, ConfigSpec, Lan, RouterSpec } from '../story/model.ts';
import { virtualAddresses } from '../story/text-blocks.ts';
import { HostKernel } from '../world/host-kernel.ts';
import { Truths } from '../world/looks.ts';
import type { RealLan } from './real-lan.ts';

/** Kept long enough for any story: nobody waits for the end of a hung script. */
const LONGEST_SLEEP_S = 3_600;

export class RealRouter {
  readonly spec: RouterSpec;
  /** What has been done to its links, addresses, scripts and files: the same that a simulated router is judged by. */
  readonly kernel: HostKernel;
  readonly truths = new Truths();
  readonly #lan: RealLan;
  readonly #program: RouterProgram;
  readonly #directory: string;
  process: RouterProcess | null = null;
  isStalled = false;
  config: ConfigSpec;

  constructor(spec: RouterSpec, lan: RealLan, program: RouterProgram, directory: string) {
    this.spec = spec;
    this.config = spec.config;
    this.kernel = new HostKernel(spec.number, 0);
    this.#lan = lan;
    this.#program = program;
    this.#directory = join(directory, spec.name);
    mkdirSync(this.#directory);
    for (const { name } of spec.config.scripts) this.#writeScript(name, 0, 0);
    for (const name of spec.config.files) this.setFile(name, 0);
  }

  get number(): number {
    return this.spec.number;
  }

  get isActive(): boolean {
    return this.process !== null && !this.isStalled;
  }

  /** Resolves when it runs: how long a program takes to be loaded is nothing of a story's. */
  async start(): Promise<void> {
    if (this.process !== null) return;
    this.process = await RouterProcess.start(this.#lan, this.spec.name, {
      ...{ program: this.#program, directory: this.#directory, configuration: this.#text() },
    });
    await this.process.waitForLog('Startup complete');
  }

  async end(type: 'crash' | 'powerOff' | 'stop'): Promise<void> {
    const { process } = this;
    this.process = null;
    this.isStalled = false;
    if (type === 'stop') await process?.stop();
    else await process?.kill();
    if (type === 'powerOff') await this.deleteVirtualAddresses(this.config.instances.map(({ name }) => name));
  }

  stall(isStalled: boolean): void {
    this.isStalled = isStalled;
    this.process?.signalAll(isStalled ? 'SIGSTOP' : 'SIGCONT');
  }

  async deleteVirtualAddresses(names: readonly string[]): Promise<void> {
    for (const instance of this.config.instances.filter(({ name }) => names.includes(name)))
      for (const { address, prefixLength } of virtualAddresses(instance))
        await this.#lan.setAddress(this.spec.name, instance.lan, `${address}/${prefixLength}`, false);
  }

  async unplug(lan: Lan, by: 1 | -1): Promise<void> {
    this.kernel.unplug(lan, by);
    await this.#lan.setLink(this.spec.name, lan, this.kernel.linkUp(lan));
  }

  async setOwnAddresses(lan: Lan, held: boolean): Promise<void> {
    for (const family of ['inet', 'inet6'] as const) {
      const [address, prefixLength] = [ownAddress(lan, family, this.number), family === 'inet' ? 16 : 64];
      if (held) this.kernel.give(lan, address, prefixLength);
      else
        this.kernel.remove({ address, prefixLength, interface: interfaceOf(lan) } as VirtualAddress, false);
      await this.#lan.setAddress(this.spec.name, lan, `${address}/${prefixLength}`, held);
    }
  }

  reload(config: ConfigSpec): void {
    for (const { name } of config.scripts) {
      const { code, takesUs } = this.truths.script(scriptPath(name));
      this.#writeScript(name, code, takesUs);
    }
    this.config = config;
    if (this.process === null) return;
    writeFileSync(this.process.configuration, this.#text());
    this.process.signal('SIGHUP');
  }

  /** Gives what ends it. */
  setScript({ name, code, takesUs }: Extract<Act, { type: 'script' }>): () => void {
    const path = scriptPath(name);
    this.truths.scripts.set(path, { code, takesUs });
    this.#writeScript(name, code, takesUs);
    return () => {
      this.truths.scripts.delete(path);
      this.#writeScript(name, 0, 0);
    };
  }

  setFile(name: string, value: number): void {
    this.truths.write(filePath(name), value);
    writeFileSync(join(this.#directory, name), `${value}\n`);
  }

  #writeScript(name: string, code: number, takesUs: number): void {
    const seconds = Math.min(takesUs / 1_000_000, LONGEST_SLEEP_S);
    const path = join(this.#directory, name);
    const wait = takesUs > 10_000 ? `exec sleep ${seconds}\n` : '';
    writeFileSync(path, `#!/bin/sh\n${wait}exit ${code}\n`);
    chmodSync(path, 0o755);
  }

  /** Scripts and files are in a directory of its own; that one is below one that everybody may write to. */
  #text(): string {
    return configText(this.config, this.spec.number)
      .replaceAll(scriptPath(''), `${this.#directory}/`)
      .replaceAll(filePath(''), `${this.#directory}/`)
      .replace(/^ *enable_script_security\n/m, '');
  }
}
