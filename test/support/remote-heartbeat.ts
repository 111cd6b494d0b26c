/** A heartbeat service in another network namespace, with the HeartbeatPort's methods. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { HeartbeatRun } from '../../src/engine/heartbeat/run-counter.ts';
import type { HeartbeatStatus } from '../../src/engine/heartbeat.ts';
import type { AdvertContent, AwaitedAdvert, WireIdentity } from '../../src/machines/vrrp/vrrp.effects.ts';
import type { ObservedEvent } from '../compliance/heartbeat.ts';
import type { ChildCommand, ChildMessage } from './heartbeat-child-messages.ts';

const CHILD = fileURLToPath(new URL('heartbeat-child.ts', import.meta.url));

export class RemoteHeartbeat {
  readonly events: ObservedEvent[] = [];
  readonly runs: HeartbeatRun[] = [];
  readonly problems: string[] = [];
  readonly #process: ChildProcess;
  readonly #ready: Promise<void>;
  readonly #statusAnswers = new Map<number, (status: HeartbeatStatus | null) => void>();
  #nextId = 1;

  /** `prefix` are the words that run a program where the service shall be. */
  constructor(prefix: readonly string[]) {
    const [program = '', ...args] = [...prefix, process.execPath, '--expose-gc', CHILD];
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let ready = () => {};
    this.#ready = new Promise((resolve, reject) => {
      ready = resolve;
      this.#process.once('exit', (code) => reject(new Error(`heartbeat child ended with ${code}`)));
    });
    if (this.#process.stdout === null) throw new Error('no stdout');
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      const message: ChildMessage = JSON.parse(line);
      if (message.kind === 'ready') ready();
      else this.#take(message);
    });
  }

  async ready(): Promise<this> {
    await this.#ready;
    return this;
  }

  open(actor: string, identity: WireIdentity): void {
    this.#say({ op: 'open', actor, identity });
  }
  setSource(actor: string, address: string): void {
    this.#say({ op: 'setSource', actor, address });
  }
  announce(actor: string, content: AdvertContent): void {
    this.#say({ op: 'announce', actor, content });
  }
  stopAnnouncing(actor: string): void {
    this.#say({ op: 'stopAnnouncing', actor });
  }
  sendOnce(actor: string, content: AdvertContent): void {
    this.#say({ op: 'sendOnce', actor, content });
  }
  watch(actor: string, awaited: AwaitedAdvert | null, allowedUs: number, expectedIntervalUs: number): void {
    this.#say({ op: 'watch', actor, awaited, allowedUs, expectedIntervalUs });
  }
  stopWatching(actor: string): void {
    this.#say({ op: 'stopWatching', actor });
  }
  close(actor: string): void {
    this.#say({ op: 'close', actor });
  }
  refresh(interfaceName: string): void {
    this.#say({ op: 'refresh', interfaceName });
  }
  collectGarbage(): void {
    this.#say({ op: 'collectGarbage' });
  }

  async status(actor: string): Promise<HeartbeatStatus | null> {
    const id = this.#nextId++;
    const answer = new Promise<HeartbeatStatus | null>((resolve) => this.#statusAnswers.set(id, resolve));
    this.#say({ op: 'status', actor, id });
    return answer;
  }

  async pause(): Promise<void> {
    this.#process.kill('SIGSTOP');
  }

  async resume(): Promise<void> {
    this.#process.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGCONT');
    this.#process.kill('SIGKILL');
    await exited;
  }

  #say(command: ChildCommand): void {
    this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  #take(message: ChildMessage): void {
    if (message.kind === 'event') this.events.push(message);
    else if (message.kind === 'run') this.runs.push(message.run);
    else if (message.kind === 'problem') this.problems.push(message.message);
    else if (message.kind === 'status') {
      this.#statusAnswers.get(message.id)?.(message.status);
      this.#statusAnswers.delete(message.id);
    }
  }
}
