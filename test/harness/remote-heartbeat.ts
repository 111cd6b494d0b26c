/** A heartbeat service in a process of its own, mostly in another network namespace, with the HeartbeatPort's methods. */
import { fileURLToPath } from 'node:url';
import type { HeartbeatRun } from '../../src/engine/heartbeat/run-counter.ts';
import type { HeartbeatPort, HeartbeatStatus } from '../../src/engine/heartbeat.ts';
import type { AdvertContent, AwaitedAdvert, WireIdentity } from '../../src/machines/vrrp/vrrp.effects.ts';
import type { ObservedEvent } from '../compliance/heartbeat.ts';
import type { HeartbeatPush, HeartbeatService } from './heartbeat-service.ts';
import { JsonLinesChild } from './json-lines-child.ts';

const SERVICE = fileURLToPath(new URL('heartbeat-service.ts', import.meta.url));

/** Who carries the packets. */
export type HeartbeatCarrier = 'native' | 'raw-socket';

export class RemoteHeartbeat implements Omit<HeartbeatPort, 'status'> {
  readonly events: ObservedEvent[] = [];
  readonly runs: HeartbeatRun[] = [];
  readonly problems: string[] = [];
  readonly #child: JsonLinesChild<HeartbeatService, HeartbeatPush>;

  private constructor(inside: (argv: readonly string[]) => readonly string[], carrier: HeartbeatCarrier) {
    const argv = inside([process.execPath, '--expose-gc', SERVICE, carrier]);
    this.#child = new JsonLinesChild(argv, (said) => this.#take(said));
  }

  /** `inside` makes a command line run where the service shall be. */
  static async start(
    inside: (argv: readonly string[]) => readonly string[],
    carrier: HeartbeatCarrier = 'native',
  ): Promise<RemoteHeartbeat> {
    const service = new RemoteHeartbeat(inside, carrier);
    await service.status('');
    return service;
  }

  setSecrets(actor: string, password: string | null, keys: Readonly<Record<number, string>> = {}): void {
    this.#tell('setSecrets', actor, password, keys);
  }
  open(actor: string, identity: WireIdentity): void {
    this.#tell('open', actor, identity);
  }
  setSource(actor: string, address: string): void {
    this.#tell('setSource', actor, address);
  }
  announce(actor: string, content: AdvertContent): void {
    this.#tell('announce', actor, content);
  }
  revise(actor: string, content: AdvertContent): void {
    this.#tell('revise', actor, content);
  }
  stopAnnouncing(actor: string): void {
    this.#tell('stopAnnouncing', actor);
  }
  sendOnce(actor: string, content: AdvertContent): void {
    this.#tell('sendOnce', actor, content);
  }
  watch(
    actor: string,
    awaited: AwaitedAdvert | null,
    allowedUs: number,
    expectedIntervalUs: number,
    first: AdvertContent | null = null,
  ): void {
    this.#tell('watch', actor, awaited, allowedUs, expectedIntervalUs, first);
  }
  /** It announces this when its master is silent, as a statechart would. */
  claimAfterSilence(content: AdvertContent): void {
    this.#tell('claimAfterSilence', content);
  }
  adjustWatch(actor: string, awaited: AwaitedAdvert | null, allowedUs: number): void {
    this.#tell('adjustWatch', actor, awaited, allowedUs);
  }
  stopWatching(actor: string): void {
    this.#tell('stopWatching', actor);
  }
  close(actor: string): void {
    this.#tell('close', actor);
  }
  refreshInterface(name: string): void {
    this.#tell('refreshInterface', name);
  }
  collectGarbage(): void {
    this.#tell('collectGarbage');
  }
  /** Resolves when its event loop turns again. */
  beBusy(milliseconds: number): Promise<unknown> {
    return this.#child.ask('beBusy', milliseconds);
  }

  status(actor: string): Promise<HeartbeatStatus | null> {
    return this.#child.ask('status', actor);
  }

  async pause(): Promise<void> {
    this.#child.signal('SIGSTOP');
  }

  async resume(): Promise<void> {
    this.#child.signal('SIGCONT');
  }

  /** Power off. */
  stop(): Promise<void> {
    return this.#child.kill();
  }

  /** A command whose only answer is what becomes of it; a failure counts as a problem of the service. */
  #tell<Name extends keyof HeartbeatService>(
    method: Name,
    ...args: Parameters<HeartbeatService[Name]>
  ): void {
    this.#child.ask(method, ...args).catch((error: Error) => this.problems.push(error.message));
  }

  #take(said: HeartbeatPush): void {
    if (said.kind === 'event') this.events.push(said.observed);
    else if (said.kind === 'run') this.runs.push(said.run);
    else this.problems.push(said.message);
  }
}
