/** Debian's keepalived as the judge of configurations, in a namespace that has the interfaces they name. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configTestExitCode, type Diagnostic } from '../../src/config/diagnostics.ts';
import type { Environment } from '../../src/config/environment.ts';
import { readConfig } from '../../src/config/read.ts';
import { configFiles } from '../../src/host/config-files.ts';
import { machineEnvironment } from '../../src/host/environment.ts';
import type { Lan } from '../../src/lab/namespaces.ts';
import { createLan, ip } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';

/** Cables between the interfaces that the samples and the manual page name, besides eth0. */
const CABLES = [
  ['eth1', 'eth2'],
  ['eth3', 'wlan0'],
  ['eth0.1', 'p33p1'],
  ['p33p1.2', 'p33p1.3'],
  ['enp2s0', 'eth4'],
] as const;
const INTERFACES = new Set(['lo', 'eth0', ...CABLES.flat()]);

/** What `@ID` lines of the manual page compare with. */
const CONFIG_ID = 'main';

/** Longer than it ever takes: it reads at most a few hundred lines. */
const PATIENCE_MS = 10_000;

/** The interfaces of the namespace; all else is the same there as here. */
function fixed(machine: Environment): Environment {
  return Object.create(machine, { interfaces: { value: INTERFACES } });
}

export interface Verdicts {
  readonly ours: { readonly accepted: boolean; readonly diagnostics: readonly Diagnostic[] };
  readonly theirs: {
    readonly accepted: boolean;
    /** What it printed, the file's name taken out. */
    readonly output: string;
    /** It died or did not end: no verdict at all. */
    readonly failure: string | null;
  };
}

export class Judge {
  readonly #lan: Lan;
  readonly #directory = temporaryDirectory('verdicts');
  readonly #environment: Environment;
  readonly #program: string;
  #count = 0;

  private constructor(lan: Lan, program: string) {
    this.#lan = lan;
    this.#program = program;
    this.#environment = fixed(machineEnvironment({ configId: CONFIG_ID }));
  }

  /** @param program another keepalived than the installed one */
  static async create(program = 'keepalived'): Promise<Judge> {
    const lan = await createLan({ hosts: ['judge'], ipv6: true });
    for (const [one, other] of CABLES) {
      await ip(lan, 'judge', 'link', 'add', one, 'type', 'veth', 'peer', 'name', other);
      await ip(lan, 'judge', 'link', 'set', one, 'up');
      await ip(lan, 'judge', 'link', 'set', other, 'up');
    }
    const judge = new Judge(lan, program);
    await writeFile(join(judge.#directory, 'included.conf'), 'global_defs {\nrouter_id included\n}\n');
    return judge;
  }

  destroy(): Promise<void> {
    return this.#lan.destroy();
  }

  /** Both verdicts on one configuration. */
  async verdicts(text: string): Promise<Verdicts> {
    const file = join(this.#directory, `${this.#count++}.conf`);
    await writeFile(file, text);
    const { diagnostics } = readConfig(file, configFiles, this.#environment);
    const accepted = configTestExitCode(diagnostics) === 0;
    return { ours: { accepted, diagnostics }, theirs: await this.#keepalived(file) };
  }

  #keepalived(file: string): Promise<Verdicts['theirs']> {
    const argv = [this.#program, '-t', '-l', '-i', CONFIG_ID, '-f', file];
    const child = this.#lan.spawn('judge', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    const output: string[] = [];
    const collect = (chunk: Buffer) => output.push(chunk.toString());
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    const deadline = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        clearTimeout(deadline);
        const failure = signal === null ? null : `ended by ${signal}`;
        resolve({
          accepted: code === 0,
          output: output.join('').replaceAll(file, 'FILE'),
          failure,
        });
      });
    });
  }
}

/** Runs `work` on every item, `width` of them at a time. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
