/** The heartbeat service of one host in virtual time: the real core between a scheduler and whatever carries packets. */
import type { AdvertContent, AwaitedAdvert, WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import type { HeartbeatListener } from '../heartbeat.ts';
import type { ActorId, Clock, Scheduler } from '../types.ts';
import { HeartbeatCore } from './core.ts';
import { CoreHeartbeat } from './core-heartbeat.ts';
import type { LedSilence } from './outputs.ts';
import type { Repetition } from './repetition.ts';

/** Who repeats for the instances of a host. */
export interface VirtualRepeater {
  readonly repetitionOf: (actor: ActorId, identity: WireIdentity) => Repetition | null;
  /** True if the packet is a known one that it counts, so that the core need not see it. */
  readonly takes: (interfaceName: string, packet: Uint8Array) => boolean;
}

export interface VirtualHeartbeatOptions {
  readonly time: Clock & Scheduler;
  /** Takes a whole IP packet, whose bytes are reused after the call. Null, or why it did not leave. */
  readonly send: (interfaceName: string, packet: Uint8Array, destination: string) => string | null;
  readonly listener: HeartbeatListener;
  /** Without one the core repeats by deadlines of its own. */
  readonly repeater?: VirtualRepeater;
}

/** What an instance was doing when a history is entered in its middle. Times are monotonic. */
export interface HeartbeatMoment {
  readonly identity: WireIdentity;
  readonly source: string | null;
  /** What it announces, and when it did so last; its next advert follows one interval later. */
  readonly announced: { readonly content: AdvertContent; readonly sentUs: number } | null;
  /** What it waits for; the silence is counted from `sinceUs`. */
  readonly watch: {
    readonly awaited: AwaitedAdvert | null;
    readonly allowedUs: number;
    readonly expectedIntervalUs: number;
    readonly sinceUs: number;
  } | null;
}

/** As many packets as a paused host's sockets keep; more are lost, as with a real receive buffer. */
const SOCKET_PACKETS = 1000;

export class VirtualHeartbeat extends CoreHeartbeat {
  protected readonly clock: Clock & Scheduler;
  protected readonly core: HeartbeatCore;
  readonly #repeater: VirtualRepeater | null;
  readonly #waiting = new Map<string, Uint8Array[]>();
  #cancelTimer: (() => void) | null = null;
  #timerUs = Number.POSITIVE_INFINITY;
  #paused = false;
  #dead = false;
  #isEntering = false;

  constructor({ time, send, listener, repeater }: VirtualHeartbeatOptions) {
    super();
    this.clock = time;
    this.#repeater = repeater ?? null;
    this.core = new HeartbeatCore({
      send: (...packet) => (this.#dead || this.#isEntering ? null : send(...packet)),
      event: (actor, event) => listener.event(actor, event),
      stranger: (stranger) => listener.stranger?.(stranger),
      run: (run) => listener.run(run),
      repetitionOf: (...instance) => repeater?.repetitionOf(...instance) ?? null,
    });
  }

  open(actor: ActorId, identity: WireIdentity): void {
    this.core.open(actor, identity);
    this.arm();
  }

  close(actor: ActorId): void {
    this.core.close(actor);
    this.arm();
  }

  /** Whoever repeats found silence. */
  silenceFound(actor: ActorId, generation: number, deadlineUs: number): void {
    this.core.silenceFound(actor, generation, deadlineUs, this.clock.monotonicUs());
    this.arm();
  }

  /** Whoever repeats found silence, and has sent the first advert. */
  led(actor: ActorId, silence: LedSilence): void {
    this.core.led(actor, silence, this.clock.monotonicUs(), this.clock.wallUs());
    this.arm();
  }

  /** Whoever repeats did not run when it should have. */
  stalled(actor: ActorId, stalledUs: number): void {
    this.core.stalled(actor, stalledUs);
    this.arm();
  }

  /** Whoever repeats cannot send a packet, the one of this index, or can send all of them again. */
  sendingFailed(actor: ActorId, packet: number, error: string): void {
    this.core.sendingFailed(actor, packet, error);
    this.arm();
  }

  sendingRecovered(actor: ActorId): void {
    this.core.sendingRecovered(actor);
    this.arm();
  }

  /** Goes on where an instance was: nothing is sent by that. */
  enter(actor: ActorId, { identity, source, announced, watch }: HeartbeatMoment): void {
    const wallUs = this.clock.wallUs();
    this.#isEntering = true;
    this.core.open(actor, identity);
    if (source !== null) this.core.setSource(actor, source);
    if (announced !== null) this.core.announce(actor, announced.content, announced.sentUs, wallUs);
    if (watch !== null) {
      const { awaited, allowedUs, expectedIntervalUs, sinceUs } = watch;
      this.core.watch(actor, awaited, allowedUs, expectedIntervalUs, sinceUs);
    }
    this.#isEntering = false;
    this.arm();
  }

  /** A whole IP packet reaches this host. Its bytes may be reused once it is read, which a paused host does later. */
  arrive(interfaceName: string, packet: Uint8Array): void {
    if (this.#dead) return;
    if (!this.#paused) {
      this.#read(interfaceName, packet);
      this.arm();
      return;
    }
    const waiting = this.#waiting.get(interfaceName) ?? [];
    this.#waiting.set(interfaceName, waiting);
    if (waiting.length < SOCKET_PACKETS) waiting.push(packet);
  }

  /** The process stops running: packets wait in its sockets, deadlines pass. */
  pause(): void {
    this.#paused = true;
  }

  /** The process runs again. As in a real event loop overdue timers come first. */
  resume(): void {
    this.#paused = false;
    this.#turn();
    for (const interfaceName of this.#waiting.keys()) this.#drain(interfaceName);
    this.arm();
  }

  /** The host is gone: power off. Nothing is sent, nothing is told. */
  kill(): void {
    this.#dead = true;
    this.#cancelTimer?.();
  }

  #drain(interfaceName: string): void {
    const waiting = this.#waiting.get(interfaceName) ?? [];
    for (let packet = waiting.shift(); packet !== undefined; packet = waiting.shift())
      this.#read(interfaceName, packet);
  }

  #read(interfaceName: string, packet: Uint8Array): void {
    if (this.#repeater?.takes(interfaceName, packet) === true) return;
    this.core.packetReceived(packet, interfaceName, this.clock.monotonicUs(), this.clock.wallUs());
  }

  #turn(): void {
    if (this.#paused || this.#dead) return;
    for (const interfaceName of this.core.wantsDrain(this.clock.monotonicUs())) this.#drain(interfaceName);
    this.core.due(this.clock.monotonicUs(), this.clock.wallUs());
    this.arm();
  }

  readonly #timerDue = (): void => {
    this.#timerUs = Number.POSITIVE_INFINITY;
    this.#turn();
  };

  /** A timer that comes too early only looks again, so one that is put off stays where it is. */
  protected arm(): void {
    const dueUs = this.core.nextDueUs();
    if (dueUs === null || dueUs >= this.#timerUs || this.#paused || this.#dead) return;
    this.#cancelTimer?.();
    this.#timerUs = dueUs;
    this.#cancelTimer = this.clock.at(dueUs, this.#timerDue);
  }
}
