/** BFD over real sockets: drives the packet service with packets and time. */
import { BfdCore } from '../../engine/bfd/core.ts';
import type { BfdListener, BfdPort, BfdStatus } from '../../engine/bfd.ts';
import type { ActorId, Clock } from '../../engine/types.ts';
import type { BfdIdentity } from '../../machines/bfd/bfd.effects.ts';
import type { ControlFact } from '../../machines/bfd/bfd.events.ts';
import type { BfdControl, BfdFault } from '../../protocol/bfd.ts';
import { DeadlineTimer } from '../heartbeat/deadline-timer.ts';
import { UdpListener } from './udp-listener.ts';
import { UdpSender } from './udp-sender.ts';

export interface UdpBfdOptions {
  readonly listener: BfdListener;
  readonly clock: Clock;
  /** At least 0, less than 1. */
  readonly random: () => number;
  /** A listening socket broke while in use. It is opened again every second until that succeeds. */
  readonly onProblem: (message: string) => void;
}

interface Open {
  readonly identity: BfdIdentity;
  sender: UdpSender | null;
}

const REOPEN_MS = 1_000;

/** BfdPort over one listening socket for each family and port in use and one sending socket for each session. */
export class UdpBfd implements BfdPort {
  readonly #options: UdpBfdOptions;
  readonly #core: BfdCore;
  readonly #timer: DeadlineTimer;
  readonly #open = new Map<ActorId, Open>();
  readonly #listeners = new Map<string, UdpListener>();
  readonly #reopening = new Map<string, NodeJS.Timeout>();
  /** Events given to the listener so far: tells whether draining a socket produced any. */
  #eventCount = 0;

  constructor(options: UdpBfdOptions) {
    this.#options = options;
    this.#core = new BfdCore({
      send: (actor, packet) => this.#send(actor, packet),
      random: options.random,
      event: (actor, event) => {
        this.#eventCount++;
        options.listener.event(actor, event);
      },
      run: (run) => options.listener.run(run),
    });
    this.#timer = new DeadlineTimer(options.clock, () => this.#turn());
  }

  drawDiscriminator(): number {
    return this.#core.drawDiscriminator();
  }

  open(actor: ActorId, identity: BfdIdentity): void {
    this.#open.get(actor)?.sender?.close();
    const session: Open = { identity, sender: null };
    this.#open.set(actor, session);
    this.#core.open(actor, identity);
    this.#closeUnused();
    this.#listen(identity);
    session.sender = new UdpSender(identity, this.#options.random);
  }

  transmit(actor: ActorId, packet: BfdControl, intervalUs: number | null, answerPoll: boolean): void {
    const { clock } = this.#options;
    this.#core.transmit(actor, packet, intervalUs, answerPoll, clock.monotonicUs(), clock.wallUs());
    this.#arm();
  }

  await(actor: ActorId, awaited: ControlFact | null, detectUs: number | null): void {
    this.#core.await(actor, awaited, detectUs, this.#options.clock.monotonicUs());
    this.#arm();
  }

  close(actor: ActorId): void {
    this.#open.get(actor)?.sender?.close();
    this.#open.delete(actor);
    this.#core.close(actor);
    this.#closeUnused();
    this.#arm();
  }

  status(actor: ActorId): BfdStatus | null {
    return this.#core.status(actor);
  }

  strays(): Readonly<Record<BfdFault, number>> {
    return this.#core.strays();
  }

  /** Closes every session and socket. */
  stop(): void {
    for (const actor of [...this.#open.keys()]) this.close(actor);
    this.#timer.stop();
  }

  #send(actor: ActorId, packet: Uint8Array): string | null {
    const sender = this.#open.get(actor)?.sender;
    return sender == null ? 'there is no socket' : sender.send(packet);
  }

  /** Opens the ear that the session needs. Throws SystemError. */
  #listen(identity: BfdIdentity): void {
    const key = listenerKey(identity);
    if (this.#listeners.has(key)) return;
    const { multihop } = identity;
    const listener = new UdpListener({
      family: identity.neighbor.includes(':') ? 'inet6' : 'inet',
      multihop,
      received: (bytes, arrival) => {
        const { clock } = this.#options;
        this.#core.packetReceived(bytes, arrival, clock.monotonicUs(), clock.wallUs());
        this.#arm();
      },
      broke: (error) => {
        this.#listeners.delete(key);
        this.#options.onProblem(`BFD cannot listen: ${String(error)}`);
        this.#listenAgain(identity);
      },
    });
    this.#listeners.set(key, listener);
  }

  /** Until it succeeds or nobody needs it any more. */
  #listenAgain(identity: BfdIdentity): void {
    const key = listenerKey(identity);
    const retry = setTimeout(() => {
      this.#reopening.delete(key);
      if (!this.#isUsed(key)) return;
      try {
        this.#listen(identity);
      } catch {
        this.#listenAgain(identity);
      }
    }, REOPEN_MS);
    this.#reopening.set(key, retry);
  }

  #closeUnused(): void {
    for (const [key, listener] of this.#listeners) {
      if (this.#isUsed(key)) continue;
      this.#listeners.delete(key);
      listener.close();
    }
    for (const [key, retry] of this.#reopening) {
      if (this.#isUsed(key)) continue;
      this.#reopening.delete(key);
      clearTimeout(retry);
    }
  }

  #isUsed(key: string): boolean {
    return [...this.#open.values()].some(({ identity }) => listenerKey(identity) === key);
  }

  #arm(): void {
    this.#timer.set(this.#open.size === 0 ? null : this.#core.nextDueUs());
  }

  /**
   * Drain before you declare. If what was drained made the listener think, it gets its turn first: what it wants to hear
   * about may have changed.
   */
  #turn(): void {
    const before = this.#eventCount;
    if (this.#core.wantsDrain(this.#options.clock.monotonicUs()))
      for (const listener of [...this.#listeners.values()]) listener.drain();
    if (this.#eventCount === before) this.#due();
    else setImmediate(() => this.#due());
  }

  #due(): void {
    const { clock } = this.#options;
    this.#core.due(clock.monotonicUs(), clock.wallUs());
    this.#arm();
  }
}

function listenerKey({ neighbor, multihop }: BfdIdentity): string {
  return `${neighbor.includes(':') ? 'inet6' : 'inet'} ${multihop}`;
}
