/** Packets by the addon's engine: a thread that repeats adverts and awaits those of others while this one does not run. */
import { HeartbeatEngine, type SharedPlace } from '../../../native/heartbeat-engine.ts';
import { channelOf } from '../../engine/heartbeat/instance.ts';
import type { Repetition } from '../../engine/heartbeat/repetition.ts';
import type { ActorId } from '../../engine/types.ts';
import type { WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import type { IpFamily } from '../../protocol/ip.ts';
import type { Carrier, CarrierListener, FoundSilence } from './carrier.ts';
import { type ChannelSockets, channelKey } from './channel-sockets.ts';
import { NativeRepetition } from './native-repetition.ts';
import { NativeSockets } from './native-sockets.ts';

/**
 * For so long adverts of a master are repeated while the event loop does not turn: longer than a collection of garbage or a
 * long turn takes, and short enough for a router that hangs not to be master for ever.
 */
const LEASE_US = 3_000_000;
const RENEWAL_MS = 250;
/** Where nothing is announced, and a first advert may leave. */
const SELDOM_RENEWAL_MS = 1_000;

export class NativeCarrier implements Carrier {
  readonly #engine: HeartbeatEngine;
  /** Numbers of channels, which stay while their sockets come and go. */
  readonly #numbers = new Map<string, number>();
  readonly #sockets = new Map<number, NativeSockets>();
  readonly #actors = new Map<number, ActorId>();
  readonly #announcing = new Set<number>();
  readonly #leading = new Set<number>();
  #renewal: NodeJS.Timeout | null = null;
  #renewalMs = 0;
  #silences: FoundSilence[] = [];
  #lost = 0;
  #listener: CarrierListener | null = null;

  readonly #sentPlaceOf: (actor: ActorId) => SharedPlace | null;

  /**
   * `sentPlaceOf`: who wants to know when an actor's adverts left. `lifePlace`: 32 bits in which somebody else sees that the
   * engine's thread lives. Throws SystemError (EMFILE).
   */
  constructor(
    sentPlaceOf: (actor: ActorId) => SharedPlace | null = () => null,
    lifePlace: SharedPlace | null = null,
  ) {
    this.#sentPlaceOf = sentPlaceOf;
    this.#engine = new HeartbeatEngine(
      LEASE_US,
      {
        packet: (channel, ...packet) => this.#sockets.get(channel)?.deliver(...packet),
        silence: (slot, generation, deadlineUs) =>
          this.#of(slot, (actor) => this.#silences.push({ actor, generation, deadlineUs })),
        stalled: (slot, lateUs) => this.#of(slot, (actor, listener) => listener.stalled(actor, lateUs)),
        sendFailed: (slot, packet, error) =>
          this.#of(slot, (actor, listener) => listener.sendingFailed(actor, packet, error)),
        sendRecovered: (slot) => this.#of(slot, (actor, listener) => listener.sendingRecovered(actor)),
        broken: (channel, error) => this.#sockets.get(channel)?.break(error),
        lost: (count) => {
          this.#lost += count;
        },
        leaseLost: (slot, resigned, atUs, atWallUs) =>
          this.#of(slot, (actor, listener) =>
            listener.leaseLost(actor, { leaseUs: LEASE_US, resigned, atUs, atWallUs }),
          ),
        led: (slot, deadlineUs, sentUs) =>
          this.#of(slot, (actor, listener) => listener.led(actor, deadlineUs, sentUs)),
      },
      () => this.#hear(),
    );
    if (lifePlace !== null) this.#engine.native.showLife(lifePlace.memory, lifePlace.offset);
  }

  get lost(): number {
    return this.#lost;
  }

  start(listener: CarrierListener): void {
    this.#listener = listener;
  }

  open(name: string, index: number | null, family: IpFamily): ChannelSockets {
    const number = this.#numberOf(name, family);
    const sockets = new NativeSockets(name, index, family, {
      engine: this.#engine,
      number,
      hear: () => this.#hear(),
      closed: () => this.#sockets.delete(number),
    });
    this.#sockets.set(number, sockets);
    return sockets;
  }

  repetitionOf(actor: ActorId, identity: WireIdentity): Repetition {
    const slot = this.#engine.native.addSlot(this.#numberOf(channelOf(identity), identity.family));
    this.#actors.set(slot, actor);
    const place = this.#sentPlaceOf(actor);
    if (place !== null) this.#engine.native.noteSent(slot, place.memory, place.offset);
    return new NativeRepetition(this.#engine, slot, {
      announces: (announcing, announces) => this.#keepLease(this.#announcing, announcing, announces),
      leads: (leading, leads) => this.#keepLease(this.#leading, leading, leads),
      ended: (ended) => this.#actors.delete(ended),
    });
  }

  setRealtime(priority: number): void {
    this.#engine.native.setRealtime(priority);
  }

  answered(): void {
    this.#engine.native.answered();
  }

  stop(): void {
    if (this.#renewal !== null) clearInterval(this.#renewal);
    for (const sockets of [...this.#sockets.values()]) sockets.close();
    this.#engine.close();
  }

  /** The lease is renewed for as long as there is something that it is needed for, and as seldom as that allows. */
  #keepLease(slots: Set<number>, slot: number, needsIt: boolean): void {
    if (needsIt) slots.add(slot);
    else slots.delete(slot);
    const wantedMs = this.#announcing.size > 0 ? RENEWAL_MS : this.#leading.size > 0 ? SELDOM_RENEWAL_MS : 0;
    if (wantedMs === this.#renewalMs) return;
    this.#renewalMs = wantedMs;
    if (this.#renewal !== null) clearInterval(this.#renewal);
    this.#renewal = wantedMs > 0 ? setInterval(() => this.#engine.native.renewLease(), wantedMs) : null;
  }

  #numberOf(name: string, family: IpFamily): number {
    const key = channelKey(name, family);
    const number = this.#numbers.get(key) ?? this.#numbers.size + 1;
    this.#numbers.set(key, number);
    return number;
  }

  #of(slot: number, act: (actor: ActorId, listener: CarrierListener) => void): void {
    const actor = this.#actors.get(slot);
    if (actor !== undefined && this.#listener !== null) act(actor, this.#listener);
  }

  #hear(): void {
    this.#listener?.hear(() => {
      this.#engine.tell();
      const silences = this.#silences;
      this.#silences = [];
      return silences;
    });
  }
}
