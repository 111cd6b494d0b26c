/** One life of a router on a host of a LAN: its files, its log, its end. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lan } from '../../src/lab/namespaces.ts';
import {
  crash,
  identifyChild,
  type ProcessIdentity,
  signalProcess,
  terminate,
  withDescendants,
} from '../../src/lab/process.ts';
import type { RouterProgram } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';

/** A busy machine takes its time to load a program. */
const LOG_DEADLINE_MS = 40_000;
const END_DEADLINE_MS = 8_000;

export interface RouterFiles {
  readonly journal: string;
  readonly control: string;
}

/** The name of a process, as ps shows it; '' if it is gone. */
function readComm(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** The same in each of a host's lives. */
export function routerFiles(directory: string, host: string): RouterFiles {
  return { journal: join(directory, `journal-${host}`), control: join(directory, `${host}.sock`) };
}

export interface RouterOptions {
  readonly program: RouterProgram;
  /** Text of keepalived.conf. */
  readonly configuration: string;
  /** For its files. */
  readonly directory: string;
  /** Added to this process's own. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Where its configuration and pid files are; else a directory for this life alone. */
  readonly place?: string;
}

export class RouterProcess {
  readonly files: RouterFiles;
  /** The file that it was started with. */
  readonly configuration: string;
  /** Resolves when it has ended: its exit status, null if a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly #host: string;
  readonly #identity: ProcessIdentity;
  #log = '';

  private constructor(host: string, files: RouterFiles, configuration: string, child: ChildProcess) {
    this.files = files;
    this.configuration = configuration;
    this.#host = host;
    const identity = identifyChild(child.pid ?? 0);
    if (identity === null) throw new Error(`the router of ${host} does not start`);
    this.#identity = identity;
    this.ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
      });
    }
  }

  static async start(lan: Pick<Lan, 'spawn'>, host: string, options: RouterOptions): Promise<RouterProcess> {
    const { program, directory, environment } = options;
    const files = routerFiles(directory, host);
    // Pid files for this life alone: a killed keepalived may still hold the lock on its last ones.
    const own = options.place ?? (await mkdtemp(join(directory, `${host}-`)));
    const configuration = join(own, 'keepalived.conf');
    await writeFile(configuration, options.configuration, { mode: 0o644 });
    const argv = program({ host, configuration, directory: own, ...files });
    const child = lan.spawn(host, argv, { env: { ...process.env, ...environment } });
    return new RouterProcess(host, files, configuration, child);
  }

  /** Everything it has logged. */
  get log(): string {
    return this.#log;
  }

  async waitForLog(text: string): Promise<void> {
    await waitFor(() => this.#log.includes(text), {
      deadlineMs: LOG_DEADLINE_MS,
      intervalMs: 1,
      what: `"${text}" in the log of ${this.#host}`,
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.#log}`);
    });
  }

  get pid(): number {
    return this.#identity.pid;
  }

  /** The process that runs VRRP: of both programs a child, of relived the watchdog's. */
  get worker(): number {
    const theirs = [...this.#log.matchAll(/Starting VRRP child process, pid=(\d+)/g)].at(-1)?.[1];
    if (theirs !== undefined) return Number(theirs);
    const [first, ...children] = withDescendants(this.#identity);
    const isWatched = readComm(this.pid) === 'relived-watch';
    const worker = isWatched ? children.find(({ pid }) => readComm(pid) !== 'relived-starter') : first;
    if (worker === undefined) throw new Error(`no worker of the router of ${this.#host} runs`);
    return worker.pid;
  }

  /** It and everything it has started. */
  get family(): number[] {
    return withDescendants(this.#identity).map(({ pid }) => pid);
  }

  /** A signal by its name, or by its number where Node has no name for it. */
  signal(signal: NodeJS.Signals | number): void {
    signalProcess(this.#identity, signal);
  }

  /** A signal to everything the router started. */
  signalAll(signal: NodeJS.Signals): void {
    for (const each of withDescendants(this.#identity)) signalProcess(each, signal);
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
