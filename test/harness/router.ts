/** One life of a router on a host of a LAN: its files, its log, its end. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lan } from '../../src/lab/namespaces.ts';
import { crash, identifyChild, type ProcessIdentity, terminate } from '../../src/lab/process.ts';
import type { RouterProgram } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';

const LOG_DEADLINE_MS = 10_000;
const END_DEADLINE_MS = 8_000;

export interface RouterFiles {
  readonly journal: string;
  readonly control: string;
}

/** The same in each of a host's lives. */
export function routerFiles(directory: string, host: string): RouterFiles {
  return { journal: join(directory, `journal-${host}`), control: join(directory, `${host}.sock`) };
}

export class RouterProcess {
  readonly files: RouterFiles;
  readonly #host: string;
  readonly #identity: ProcessIdentity;
  #log = '';

  private constructor(lan: Lan, host: string, files: RouterFiles, argv: readonly string[]) {
    this.files = files;
    this.#host = host;
    const child = lan.spawn(host, argv);
    const identity = identifyChild(child.pid ?? 0);
    if (identity === null) throw new Error(`${argv[0]} does not start`);
    this.#identity = identity;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
      });
    }
  }

  /** Starts the program with this keepalived.conf and with files of its own in `directory`. */
  static async start(
    lan: Lan,
    host: string,
    program: RouterProgram,
    text: string,
    directory: string,
  ): Promise<RouterProcess> {
    const files = routerFiles(directory, host);
    // Pid files for this life alone: a killed keepalived may still hold the lock on its last ones.
    const own = await mkdtemp(join(directory, `${host}-`));
    const configuration = join(own, 'keepalived.conf');
    await writeFile(configuration, text, { mode: 0o644 });
    return new RouterProcess(lan, host, files, program({ host, configuration, directory: own, ...files }));
  }

  /** Everything it has logged. */
  get log(): string {
    return this.#log;
  }

  async waitForLog(text: string): Promise<void> {
    await waitFor(() => this.#log.includes(text), {
      deadlineMs: LOG_DEADLINE_MS,
      intervalMs: 10,
      what: `"${text}" in the log of ${this.#host}`,
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.#log}`);
    });
  }

  /** SIGTERM and its orderly end: it resigns first. */
  async stop(): Promise<void> {
    await terminate([this.#identity], END_DEADLINE_MS);
  }

  /** SIGKILL to everything the router started. Its address stays on its interface, as after any crash. */
  async kill(): Promise<void> {
    await crash(this.#identity);
  }
}
