/** Heartbeats over real sockets, whoever carries the packets: drives the heartbeat core with packets and time. */
import {
  catchError,
  EMPTY,
  finalize,
  interval,
  map,
  mergeMap,
  type Observable,
  Subject,
  share,
  takeUntil,
  takeWhile,
} from 'rxjs';
import type { AdvertPacket } from '../../engine/heartbeat/advert-packets.ts';
import { HeartbeatCore } from '../../engine/heartbeat/core.ts';
import { CoreHeartbeat } from '../../engine/heartbeat/core-heartbeat.ts';
import { channelOf } from '../../engine/heartbeat/instance.ts';
import type { InterfaceCounters } from '../../engine/heartbeat/instance-table.ts';
import { type AdvertDigests, NO_DIGESTS } from '../../engine/heartbeat/signer.ts';
import type { HeartbeatListener } from '../../engine/heartbeat.ts';
import type { ActorId, Clock } from '../../engine/types.ts';
import type { WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import type { IpFamily } from '../../protocol/ip.ts';
import { packetFamily } from '../../protocol/ip-packet.ts';
import type { Carrier, FoundSilence } from './carrier.ts';
import {
  type ChannelNeeds,
  type ChannelSockets,
  channelKey,
  type ReceivedPacket,
} from './channel-sockets.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { HeartbeatError } from './heartbeat-error.ts';
import { INTERFACE_NAME_MAX } from './socket-options.ts';

export interface SocketHeartbeatOptions {
  readonly carrier: Carrier;
  readonly listener: HeartbeatListener;
  readonly clock: Clock;
  /** Has the passwords and keys of instances with authentication. */
  readonly digests?: AdvertDigests;
  /** Index of an interface in this process's network namespace, null if there is none of that name. */
  readonly interfaceIndex: (name: string) => number | null;
  /** A socket broke while in use. It is opened again every second until that succeeds. */
  readonly onProblem: (problem: HeartbeatError) => void;
  /** An advert of an instance's schedule has left. */
  readonly onAnnounced?: (actor: ActorId, nowUs: number) => void;
  /** Events that the listener was given wait for their turn; never, without it. */
  readonly isBusy?: () => boolean;
}

const REOPEN_MS = 1000;
const NO_DEVICE_TEXT = /^No such device/;

/** HeartbeatPort over sockets for each interface and family. Needs CAP_NET_RAW. */
export class SocketHeartbeat extends CoreHeartbeat {
  /** Every packet of VRRP on the interfaces in use, whether or not an instance wants it. */
  readonly adverts$: Observable<ReceivedPacket>;
  readonly #options: SocketHeartbeatOptions;
  protected readonly core: HeartbeatCore;
  protected readonly clock: Clock;
  readonly #timer: DeadlineTimer;
  readonly #sockets = new Map<string, ChannelSockets>();
  readonly #opened$ = new Subject<ChannelSockets>();
  readonly #stopped$ = new Subject<void>();
  readonly #reopening = new Set<string>();
  readonly #identities = new Map<ActorId, WireIdentity>();
  /** Events given to the listener so far: tells whether draining a socket produced any. */
  #eventCount = 0;
  #stopped = false;
  #carrierLost = 0;
  /** What `takeLost` has told of. */
  readonly #dropped = new WeakMap<ChannelSockets, number>();

  constructor(options: SocketHeartbeatOptions) {
    super();
    this.#options = options;
    this.clock = options.clock;
    this.core = new HeartbeatCore(
      {
        send: (channel, packet, destination) => this.#send(channel, packet, destination),
        event: (actor, event) => {
          this.#eventCount++;
          options.listener.event(actor, event);
        },
        run: (run) => options.listener.run(run),
        stranger: (stranger) => options.listener.stranger?.(stranger),
        repetitionOf: (actor, identity) => options.carrier.repetitionOf(actor, identity),
        announced: (actor, nowUs) => options.onAnnounced?.(actor, nowUs),
        isBusy: () => this.#isBusy,
      },
      options.digests ?? NO_DIGESTS,
    );
    this.#timer = new DeadlineTimer(options.clock, () => this.#turn());
    this.adverts$ = this.#opened$.pipe(
      mergeMap((sockets) => sockets.packets$.pipe(catchError((error) => this.#broken(sockets, error)))),
      share(),
    );
    this.adverts$.subscribe(({ bytes, interfaceName, monotonicUs, wallUs }) => {
      this.core.packetReceived(bytes, interfaceName, monotonicUs, wallUs, this.#nowUs());
      this.arm();
    });
    options.carrier.start({
      hear: (hear) => this.#hear(hear),
      stalled: (actor, stalledUs) => this.core.stalled(actor, stalledUs),
      leaseLost: (actor, loss) => this.core.leaseLost(actor, loss, this.#nowUs()),
      led: (actor, deadlineUs, sentUs) =>
        this.core.led(actor, { deadlineUs, sentUs }, this.#nowUs(), this.clock.wallUs()),
      sendingFailed: (actor, packet, error) => {
        this.core.sendingFailed(actor, packet, error);
        const identity = this.#identities.get(actor);
        if (identity !== undefined && NO_DEVICE_TEXT.test(error))
          this.#reopenLater(channelOf(identity), identity.family);
      },
      sendingRecovered: (actor) => this.core.sendingRecovered(actor),
    });
  }

  /** Packets that neither the kernel nor the carrier had room for since this was asked last. */
  takeLost(): number {
    let lost = this.#options.carrier.lost - this.#carrierLost;
    this.#carrierLost += lost;
    for (const sockets of this.#sockets.values()) {
      const dropped = sockets.dropped();
      lost += Math.max(0, dropped - (this.#dropped.get(sockets) ?? 0));
      this.#dropped.set(sockets, dropped);
    }
    return lost;
  }

  /**
   * Throws HeartbeatError if the interface is missing or may not be used. The instance is open all the same: it is deaf
   * and its adverts fail until the interface can be used, which is tried every second.
   */
  open(actor: ActorId, identity: WireIdentity): void {
    const former = this.#identities.get(actor);
    this.#identities.set(actor, identity);
    this.core.open(actor, identity, this.clock.wallUs());
    if (former !== undefined && keyOf(former) !== keyOf(identity)) this.#use(former);
    this.arm();
    this.#use(identity);
  }

  close(actor: ActorId): void {
    const identity = this.#identities.get(actor);
    if (identity === undefined) return;
    this.core.close(actor, this.clock.wallUs());
    this.#identities.delete(actor);
    this.#use(identity);
    this.arm();
  }

  /** Adverts of priority 0 as they would leave now; null: there are none, or nobody else can say them. */
  goodbyes(actor: ActorId): readonly AdvertPacket[] | null {
    return this.core.goodbyes(actor);
  }

  /** Passwords and keys are others from now on. */
  secretsChanged(): void {
    this.core.secretsChanged();
  }

  /** What arrived on each interface, or on none in particular (''), for no instance of ours. */
  interfaces(): Readonly<Record<string, InterfaceCounters>> {
    const names = new Set([...this.#sockets.values()].map(({ name }) => name));
    return Object.fromEntries([...names].map((name) => [name, this.core.interfaceCounters(name)]));
  }

  /**
   * To be called when an interface appeared or may have been replaced: a socket stays bound to the device that had the
   * name when it was opened. Throws HeartbeatError if the interface is missing or may not be used.
   */
  refreshInterface(name: string): void {
    for (const family of FAMILIES) this.#refresh(name, family);
  }

  /** Of the thread that repeats adverts, if there is one: 1 to 99, 0 for ordinary scheduling. Throws SystemError (EPERM). */
  setRealtime(priority: number): void {
    this.#options.carrier.setRealtime(priority);
  }

  /** Closes every instance and socket. */
  stop(): void {
    for (const actor of [...this.#identities.keys()]) this.close(actor);
    this.#stopped = true;
    this.#timer.stop();
    this.#stopped$.next();
    this.#stopped$.complete();
    this.#opened$.complete();
    this.#options.carrier.stop();
  }

  #use(identity: WireIdentity): void {
    this.#useChannel(channelOf(identity), identity.family);
  }

  #refresh(name: string, family: IpFamily): void {
    const sockets = this.#sockets.get(channelKey(name, family));
    if (sockets !== undefined && sockets.index !== this.#indexOf(name)) this.#drop(sockets);
    this.#useChannel(name, family);
  }

  /** Opens, closes and adjusts the sockets of a channel to what its instances need. */
  #useChannel(name: string, family: IpFamily): void {
    const wanted = channelKey(name, family);
    const users = [...this.#identities.values()].filter((identity) => keyOf(identity) === wanted);
    const sockets = this.#sockets.get(wanted);
    if (users.length === 0) {
      if (sockets !== undefined) this.#drop(sockets);
      return;
    }
    try {
      const used = sockets ?? this.#openSockets(name, family);
      used.adjust(needsOf(users));
    } catch (error) {
      this.#reopenLater(name, family);
      throw error;
    }
  }

  /** Null: there is none, or the channel is none. */
  #indexOf(name: string): number | null {
    return name === '' || name.length > INTERFACE_NAME_MAX ? null : this.#options.interfaceIndex(name);
  }

  #openSockets(name: string, family: IpFamily): ChannelSockets {
    const index = this.#indexOf(name);
    if (index === null && name !== '') throw new HeartbeatError(name, 'there is no such interface');
    const sockets = this.#options.carrier.open(name, index, family);
    this.#sockets.set(channelKey(name, family), sockets);
    this.#opened$.next(sockets);
    return sockets;
  }

  #drop(sockets: ChannelSockets): void {
    this.#sockets.delete(channelKey(sockets.name, sockets.family));
    sockets.close();
  }

  #send(name: string, packet: Uint8Array, destination: string): string | null {
    const family = packetFamily(packet);
    const sockets = this.#sockets.get(channelKey(name, family));
    if (sockets === undefined) return 'the interface is missing';
    const error = sockets.send(packet, destination);
    if (error !== null && NO_DEVICE_TEXT.test(error)) this.#reopenLater(name, family);
    return error;
  }

  #broken(sockets: ChannelSockets, error: unknown): Observable<never> {
    const { name, family } = sockets;
    if (this.#sockets.get(channelKey(name, family)) === sockets)
      this.#sockets.delete(channelKey(name, family));
    this.#options.onProblem(
      error instanceof HeartbeatError ? error : new HeartbeatError(name, String(error)),
    );
    this.#reopenLater(name, family);
    return EMPTY;
  }

  /** Until it succeeds or nobody uses the channel any more. */
  #reopenLater(name: string, family: IpFamily): void {
    const channel = channelKey(name, family);
    if (this.#reopening.has(channel)) return;
    this.#reopening.add(channel);
    interval(REOPEN_MS)
      .pipe(
        map(() => this.#isUsable(name, family)),
        takeWhile((usable) => !usable),
        takeUntil(this.#stopped$),
        finalize(() => this.#reopening.delete(channel)),
      )
      .subscribe();
  }

  #isUsable(name: string, family: IpFamily): boolean {
    try {
      this.#refresh(name, family);
      return true;
    } catch {
      return false;
    }
  }

  get #isBusy(): boolean {
    return this.#options.isBusy?.() === true;
  }

  #nowUs(): number {
    return this.clock.monotonicUs();
  }

  protected arm(): void {
    if (!this.#stopped) this.#timer.set(this.core.nextDueUs());
  }

  /**
   * Drain before you declare. If what was drained made the listener think, it gets its turn first: it may be about to
   * watch another master, and would then hear of a silence that is none.
   */
  #turn(): void {
    this.#afterHearing(
      () => {
        for (const name of this.core.wantsDrain(this.#nowUs()))
          for (const family of FAMILIES) this.#sockets.get(channelKey(name, family))?.drain();
      },
      () => this.#due(),
    );
  }

  /** What whoever repeats has found silent, by the same order. */
  #hear(hear: () => readonly FoundSilence[]): void {
    let silences: readonly FoundSilence[] = [];
    this.#afterHearing(
      () => {
        silences = hear();
        if (!this.#isBusy) this.#options.carrier.answered();
      },
      () => {
        for (const { actor, generation, deadlineUs } of silences)
          this.core.silenceFound(actor, generation, deadlineUs, this.#nowUs());
        this.arm();
      },
    );
  }

  #afterHearing(hear: () => void, act: () => void): void {
    const before = this.#eventCount;
    hear();
    if (this.#eventCount === before) act();
    else setImmediate(act);
  }

  #due(): void {
    if (this.#stopped) return;
    this.core.due(this.#nowUs(), this.clock.wallUs());
    this.arm();
  }
}

const FAMILIES: readonly IpFamily[] = ['inet', 'inet6'];

function keyOf(identity: WireIdentity): string {
  return channelKey(channelOf(identity), identity.family);
}

function needsOf(users: readonly WireIdentity[]): ChannelNeeds {
  const multicast = users.filter(({ unicastPeers }) => unicastPeers.length === 0);
  return {
    groups: new Set(multicast.map(({ wire }) => wire.multicastGroup)),
    authenticated: users.some(({ wire }) => wire.authentication.kind === 'ah'),
  };
}
