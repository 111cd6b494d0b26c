/** Heartbeats over real raw sockets: drives the heartbeat core with packets and time. */
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
import { HeartbeatCore } from '../../engine/heartbeat/core.ts';
import type { InterfaceCounters } from '../../engine/heartbeat/instance-table.ts';
import type { HeartbeatListener, HeartbeatPort, HeartbeatStatus } from '../../engine/heartbeat.ts';
import type { ActorId, Clock } from '../../engine/types.ts';
import type { AdvertContent, AwaitedAdvert, WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { HeartbeatError } from './heartbeat-error.ts';
import { InterfaceSockets, type ReceivedPacket } from './interface-sockets.ts';
import { INTERFACE_NAME_MAX } from './socket-options.ts';

export interface RawSocketHeartbeatOptions {
  readonly listener: HeartbeatListener;
  readonly clock: Clock;
  /** Index of an interface in this process's network namespace, null if there is none of that name. */
  readonly interfaceIndex: (name: string) => number | null;
  /** A socket broke while in use. It is opened again every second until that succeeds. */
  readonly onProblem: (problem: HeartbeatError) => void;
}

const REOPEN_MS = 1000;
const NO_DEVICE_TEXT = /^No such device/;

/**
 * HeartbeatPort over one receiving and one sending raw socket for each interface. Needs CAP_NET_RAW, and the main
 * thread: raw-socket watches its sockets on the default event loop.
 */
export class RawSocketHeartbeat implements HeartbeatPort {
  /** Every packet of protocol 112 on the interfaces in use, whether or not an instance wants it. */
  readonly adverts$: Observable<ReceivedPacket>;
  readonly #options: RawSocketHeartbeatOptions;
  readonly #core: HeartbeatCore;
  readonly #timer: DeadlineTimer;
  readonly #sockets = new Map<string, InterfaceSockets>();
  readonly #opened$ = new Subject<InterfaceSockets>();
  readonly #stopped$ = new Subject<void>();
  readonly #reopening = new Set<string>();
  readonly #identities = new Map<ActorId, WireIdentity>();
  /** Events given to the listener so far: tells whether draining a socket produced any. */
  #eventCount = 0;
  #stopped = false;

  constructor(options: RawSocketHeartbeatOptions) {
    this.#options = options;
    this.#core = new HeartbeatCore({
      send: (interfaceName, packet, destination) => this.#send(interfaceName, packet, destination),
      event: (actor, event) => {
        this.#eventCount++;
        options.listener.event(actor, event);
      },
      run: (run) => options.listener.run(run),
    });
    this.#timer = new DeadlineTimer(options.clock, () => this.#turn());
    this.adverts$ = this.#opened$.pipe(
      mergeMap((sockets) => sockets.packets$.pipe(catchError((error) => this.#broken(sockets, error)))),
      share(),
    );
    this.adverts$.subscribe(({ bytes, interfaceName, monotonicUs, wallUs }) => {
      this.#core.packetReceived(bytes, interfaceName, monotonicUs, wallUs);
      this.#arm();
    });
  }

  /**
   * Throws HeartbeatError if the interface is missing or may not be used. The instance is open all the same: it is deaf
   * and its adverts fail until the interface can be used, which is tried every second.
   */
  open(actor: ActorId, identity: WireIdentity): void {
    const former = this.#identities.get(actor);
    this.#identities.set(actor, identity);
    this.#core.open(actor, identity);
    if (former !== undefined && former.interface !== identity.interface) this.#useInterface(former.interface);
    this.#arm();
    this.#useInterface(identity.interface);
  }

  close(actor: ActorId): void {
    const identity = this.#identities.get(actor);
    if (identity === undefined) return;
    this.#core.close(actor);
    this.#identities.delete(actor);
    this.#useInterface(identity.interface);
    this.#arm();
  }

  setSource(actor: ActorId, address: string): void {
    this.#core.setSource(actor, address);
  }

  announce(actor: ActorId, content: AdvertContent): void {
    this.#core.announce(actor, content, this.#nowUs(), this.#options.clock.wallUs());
    this.#arm();
  }

  revise(actor: ActorId, content: AdvertContent): void {
    this.#core.revise(actor, content);
    this.#arm();
  }

  stopAnnouncing(actor: ActorId): void {
    this.#core.stopAnnouncing(actor);
    this.#arm();
  }

  sendOnce(actor: ActorId, content: AdvertContent): void {
    this.#core.sendOnce(actor, content, this.#nowUs(), this.#options.clock.wallUs());
    this.#arm();
  }

  watch(actor: ActorId, awaited: AwaitedAdvert | null, allowedUs: number, expectedIntervalUs: number): void {
    this.#core.watch(actor, awaited, allowedUs, expectedIntervalUs, this.#nowUs());
    this.#arm();
  }

  adjustWatch(actor: ActorId, awaited: AwaitedAdvert | null, allowedUs: number): void {
    this.#core.adjustWatch(actor, awaited, allowedUs);
    this.#arm();
  }

  stopWatching(actor: ActorId): void {
    this.#core.stopWatching(actor);
    this.#arm();
  }

  status(actor: ActorId): HeartbeatStatus | null {
    return this.#core.status(actor);
  }

  interfaceCounters(interfaceName: string): InterfaceCounters {
    return this.#core.interfaceCounters(interfaceName);
  }

  /**
   * To be called when an interface appeared or may have been replaced: a socket stays bound to the device that had the
   * name when it was opened. Throws HeartbeatError if the interface is missing or may not be used.
   */
  refreshInterface(name: string): void {
    const sockets = this.#sockets.get(name);
    if (sockets !== undefined && sockets.index !== this.#options.interfaceIndex(name)) this.#drop(sockets);
    this.#useInterface(name);
  }

  /** Closes every instance and socket. */
  stop(): void {
    for (const actor of [...this.#identities.keys()]) this.close(actor);
    this.#stopped = true;
    this.#timer.stop();
    this.#stopped$.next();
    this.#stopped$.complete();
    this.#opened$.complete();
  }

  /** Opens, closes and adjusts the sockets of an interface to what its instances need. */
  #useInterface(name: string): void {
    const users = [...this.#identities.values()].filter((identity) => identity.interface === name);
    const sockets = this.#sockets.get(name);
    if (users.length === 0) {
      if (sockets !== undefined) this.#drop(sockets);
      return;
    }
    try {
      const used = sockets ?? this.#openSockets(name);
      used.setMulticast(users.some((identity) => identity.unicastPeers.length === 0));
    } catch (error) {
      this.#reopenLater(name);
      throw error;
    }
  }

  #openSockets(name: string): InterfaceSockets {
    const index = name.length > INTERFACE_NAME_MAX ? null : this.#options.interfaceIndex(name);
    if (index === null) throw new HeartbeatError(name, 'there is no such interface');
    const sockets = new InterfaceSockets(name, index, this.#options.clock);
    this.#sockets.set(name, sockets);
    this.#opened$.next(sockets);
    return sockets;
  }

  #drop(sockets: InterfaceSockets): void {
    this.#sockets.delete(sockets.name);
    sockets.close();
  }

  #send(interfaceName: string, packet: Uint8Array, destination: string): string | null {
    const sockets = this.#sockets.get(interfaceName);
    if (sockets === undefined) return 'the interface is missing';
    const error = sockets.send(packet, destination);
    if (error !== null && NO_DEVICE_TEXT.test(error)) this.#reopenLater(interfaceName);
    return error;
  }

  #broken(sockets: InterfaceSockets, error: unknown): Observable<never> {
    const { name } = sockets;
    if (this.#sockets.get(name) === sockets) this.#sockets.delete(name);
    this.#options.onProblem(
      error instanceof HeartbeatError ? error : new HeartbeatError(name, String(error)),
    );
    this.#reopenLater(name);
    return EMPTY;
  }

  /** Until it succeeds or nobody uses the interface any more. */
  #reopenLater(name: string): void {
    if (this.#reopening.has(name)) return;
    this.#reopening.add(name);
    interval(REOPEN_MS)
      .pipe(
        map(() => this.#isUsable(name)),
        takeWhile((usable) => !usable),
        takeUntil(this.#stopped$),
        finalize(() => this.#reopening.delete(name)),
      )
      .subscribe();
  }

  #isUsable(name: string): boolean {
    try {
      this.refreshInterface(name);
      return true;
    } catch {
      return false;
    }
  }

  #nowUs(): number {
    return this.#options.clock.monotonicUs();
  }

  #arm(): void {
    if (!this.#stopped) this.#timer.set(this.#core.nextDueUs());
  }

  /**
   * Drain before you declare. If what was drained made the listener think, it gets its turn first: it may be about to
   * watch another master, and would then hear of a silence that is none.
   */
  #turn(): void {
    const before = this.#eventCount;
    for (const name of this.#core.wantsDrain(this.#nowUs())) this.#sockets.get(name)?.drain();
    if (this.#eventCount === before) this.#due();
    else setImmediate(() => this.#due());
  }

  #due(): void {
    if (this.#stopped) return;
    this.#core.due(this.#nowUs(), this.#options.clock.wallUs());
    this.#arm();
  }
}
