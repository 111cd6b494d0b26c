/** The thread that repeats adverts and awaits those of others: the addon's part with types. See src/heartbeat/engine.h. */
import { loadAddon } from './load.ts';
import { watchReadable } from './socket.ts';

/** A number in memory that others see, too; `offset` is a multiple of its size. */
export interface SharedPlace {
  readonly memory: ArrayBuffer;
  readonly offset: number;
}

/** Times are those of CLOCK_MONOTONIC in microseconds. Channels are numbered by the caller, from 1; slots by the engine. */
interface NativeEngine {
  toldFd(): number;
  takeTold(into: Uint8Array): number;
  /** Sockets are closed with their channel. */
  openChannel(channel: number, isIpv6: boolean, index: number, sender: number): void;
  addReceiver(channel: number, fd: number, protocol: number): void;
  closeChannel(channel: number): void;
  send(channel: number, packet: Uint8Array): string | null;
  drain(channel: number): void;
  addSlot(channel: number): number;
  /** A double there takes the time of each advert that leaves. */
  noteSent(slot: number, memory: ArrayBuffer, offset: number): void;
  /** 32 bits: a robust futex of the thread. The kernel marks it as soon as that is dead. */
  showLife(memory: ArrayBuffer, offset: number): void;
  removeSlot(slot: number): void;
  announce(
    slot: number,
    packets: readonly Uint8Array[],
    resignation: readonly Uint8Array[],
    intervalUs: number,
    nextUs: number,
    toleranceUs: number,
    expiredUs: number,
    isFailing: boolean,
    identification: number,
  ): void;
  revise(slot: number, packets: readonly Uint8Array[], resignation: readonly Uint8Array[]): void;
  setFailing(slot: number, isFailing: boolean): void;
  stopAnnouncing(slot: number): void;
  isAnnounced(slot: number): boolean;
  /** No packets: none. False: it has left. */
  lead(slot: number, packets: readonly Uint8Array[], identification: number): boolean;
  answered(): void;
  takeUp(slot: number): boolean;
  watch(slot: number, deadlineUs: number, allowedUs: number, toleranceUs: number): void;
  adjust(slot: number, allowedUs: number): void;
  heard(slot: number, atUs: number): void;
  setKnown(slot: number, packet: Uint8Array | null, mask: Uint8Array | null): void;
  stopWatching(slot: number): void;
  confirmSilence(slot: number, generation: number): boolean;
  take(slot: number, into: Float64Array): void;
  renewLease(): void;
  setRealtime(priority: number): void;
  close(): void;
}

interface Addon {
  readonly HeartbeatEngine: new (leaseUs: number) => NativeEngine;
}

/** What the engine has to tell. Slots and channels may have ended meanwhile. */
export interface EngineListener {
  /** A packet that is not known. `bytes` are there until this returns. Times: monotonic, Unix. */
  packet(channel: number, bytes: Uint8Array, monotonicUs: number, wallUs: number): void;
  /** The deadline has passed, and nothing waited in the sockets. */
  silence(slot: number, generation: number, deadlineUs: number): void;
  /** Deadlines of the slot were met so late: the process did not run. */
  stalled(slot: number, lateUs: number): void;
  /** The packet of this index cannot be sent. */
  sendFailed(slot: number, packet: number, error: string): void;
  sendRecovered(slot: number): void;
  /** Nothing is heard there any more. */
  broken(channel: number, error: string): void;
  /** There was no room for so many packets. */
  lost(count: number): void;
  /** Nobody has renewed the lease: what was announced has been given up, with priority 0 if that could be sent. */
  leaseLost(slot: number, hasLeft: boolean, monotonicUs: number, wallUs: number): void;
  /** The deadline has passed, nothing waited in the sockets, and the first advert has left. Before what came later is told. */
  led(slot: number, deadlineUs: number, sentUs: number): void;
}

const KIND = {
  packet: 1,
  silence: 2,
  stalled: 3,
  sendFailed: 4,
  sendRecovered: 5,
  broken: 6,
  lost: 7,
  leaseLost: 8,
  led: 9,
} as const;

const HEADER_BYTES = 32;
/** Room for several of the longest packets. */
const BUFFER_BYTES = 64 * 1024;
/** Numbers of one direction that `take` gives. */
const COUNT_NUMBERS = 6;

export interface EngineCount {
  readonly count: number;
  readonly firstUs: number;
  readonly firstWallUs: number;
  readonly lastUs: number;
  readonly lastWallUs: number;
  readonly largestGapUs: number;
}

export class HeartbeatEngine {
  readonly native: NativeEngine;
  readonly #bytes = new Uint8Array(BUFFER_BYTES);
  readonly #integers = new Uint32Array(this.#bytes.buffer);
  readonly #numbers = new Float64Array(this.#bytes.buffer);
  readonly #counts = new Float64Array(2 * COUNT_NUMBERS + 1);
  readonly #listener: EngineListener;
  readonly #unwatch: () => void;
  #isTelling = false;

  /**
   * `leaseUs`: for so long it announces without a renewal; 0: for ever. `readable`: there is something to `tell`.
   * Keeps the process alive until it is closed. Throws SystemError (EMFILE).
   */
  constructor(leaseUs: number, listener: EngineListener, readable: () => void) {
    const { HeartbeatEngine: Native } = loadAddon() as Addon;
    this.native = new Native(leaseUs);
    this.#listener = listener;
    this.#unwatch = watchReadable({ fd: this.native.toldFd() }, readable);
  }

  /** What was sent and received since it was asked last, and the IP identification of the last advert. */
  take(slot: number): {
    readonly sent: EngineCount;
    readonly received: EngineCount;
    readonly identification: number;
  } {
    this.native.take(slot, this.#counts);
    const identification = this.#counts[2 * COUNT_NUMBERS] ?? 0;
    return { sent: this.#countAt(0), received: this.#countAt(COUNT_NUMBERS), identification };
  }

  /** Tells all that there is to tell, in order. Within itself it does nothing: the first call goes on with what came. */
  tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let end = this.native.takeTold(this.#bytes); end > 0; end = this.native.takeTold(this.#bytes))
        for (let at = 0; at < end; ) at = this.#tellOne(at);
    } finally {
      this.#isTelling = false;
    }
  }

  close(): void {
    this.#unwatch();
    this.native.close();
  }

  #tellOne(at: number): number {
    const [kind = 0, id = 0, detail = 0, length = 0] = this.#integers.subarray(at / 4, at / 4 + 4);
    const [one = 0, two = 0] = this.#numbers.subarray(at / 8 + 2, at / 8 + 4);
    const bytes = this.#bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length);
    const listener = this.#listener;
    if (kind === KIND.packet) listener.packet(id, bytes, one, two);
    else if (kind === KIND.silence) listener.silence(id, detail, one);
    else if (kind === KIND.stalled) listener.stalled(id, one);
    else if (kind === KIND.sendFailed) listener.sendFailed(id, detail, textOf(bytes));
    else if (kind === KIND.sendRecovered) listener.sendRecovered(id);
    else if (kind === KIND.broken) listener.broken(id, textOf(bytes));
    else if (kind === KIND.lost) listener.lost(detail);
    else if (kind === KIND.leaseLost) listener.leaseLost(id, detail === 1, one, two);
    else if (kind === KIND.led) listener.led(id, one, two);
    return at + HEADER_BYTES + Math.ceil(length / 8) * 8;
  }

  #countAt(at: number): EngineCount {
    const [count = 0, firstUs = 0, firstWallUs = 0, lastUs = 0, lastWallUs = 0, largestGapUs = 0] =
      this.#counts.subarray(at, at + COUNT_NUMBERS);
    return { count, firstUs, firstWallUs, lastUs, lastWallUs, largestGapUs };
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
