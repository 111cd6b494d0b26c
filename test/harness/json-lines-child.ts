/** A process that speaks JSON lines (see json-lines-service.ts), as the test sees it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Call, Methods, Reply } from './json-lines-service.ts';
import { killInTheEnd } from './leftovers.ts';

/** A process that does not end by itself in this time is killed. */
const END_DEADLINE_MS = 10_000;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class JsonLinesChild<Service extends Methods, Push> {
  /** Everything pushed so far. */
  readonly pushes: Push[] = [];
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #cutLine = '';
  #complaints = '';

  constructor(argv: readonly string[], onPush: (push: Push) => void = () => {}) {
    const [file = '', ...args] = argv;
    this.#process = spawn(file, args, { stdio: 'pipe' });
    killInTheEnd(this.#process);
    this.#closed = once(this.#process, 'close').then(() => this.#end());
    // It may be killed while it is being asked: that its input is closed is told by `#end`.
    this.#process.stdin?.on('error', () => {});
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      for (const reply of this.#replies(text)) {
        if ('push' in reply) {
          this.pushes.push(reply.push as Push);
          onPush(reply.push as Push);
        } else this.#take(reply);
      }
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints += text;
    });
  }

  /** Calls a method; rejects if it throws or if the process ends first. */
  ask<Name extends keyof Service & string>(
    method: Name,
    ...args: Parameters<Service[Name]>
  ): Promise<Awaited<ReturnType<Service[Name]>>> {
    const id = this.#nextId++;
    const call: Call = { id, method, args };
    return new Promise((resolve, reject) => {
      if (this.#hasEnded) return reject(this.#ended());
      this.#waiting.set(id, { resolve: (result) => resolve(result as never), reject });
      this.#process.stdin?.write(`${JSON.stringify(call)}\n`);
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** SIGKILL, also to a stopped process; resolves when it is gone and all that it said was read. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#closed;
  }

  /** Ends its input and waits for its orderly end; rejects if that was none. */
  async close(): Promise<void> {
    this.#process.stdin?.end();
    const late = setTimeout(() => this.#process.kill('SIGKILL'), END_DEADLINE_MS);
    await this.#closed;
    clearTimeout(late);
    if (this.#process.exitCode !== 0) throw this.#ended();
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  #ended(): Error {
    const { exitCode, signalCode } = this.#process;
    return new Error(`the process has ended: ${signalCode ?? exitCode}\n${this.#complaints}`);
  }

  #end(): void {
    for (const { reject } of this.#waiting.values()) reject(this.#ended());
    this.#waiting.clear();
  }

  /** Whole lines only: the last one of a killed process may be cut. */
  #replies(text: string): Reply[] {
    const lines = (this.#cutLine + text).split('\n');
    this.#cutLine = lines.pop() ?? '';
    return lines.map((line) => JSON.parse(line));
  }

  #take(reply: Exclude<Reply, { push: unknown }>): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.result);
  }
}
