/** One ear for BFD: a port in one family, shared by all sessions that need it. */
import { closeSocket, type OpenSocket, watchReadable } from '../../../native/socket.ts';
import { openUdpListener, receiveUdp } from '../../../native/udp.ts';
import { BFD_MULTIHOP_PORT, BFD_SINGLE_HOP_PORT, type BfdArrival } from '../../protocol/bfd.ts';
import type { IpFamily } from '../../protocol/ip.ts';

export interface ListenerOptions {
  readonly family: IpFamily;
  readonly multihop: boolean;
  /** The bytes are valid only during the call. */
  readonly received: (bytes: Uint8Array, arrival: BfdArrival) => void;
  /** It is deaf from here on. */
  readonly broke: (error: unknown) => void;
}

/** Longer than any packet by far; one that is longer is cut and then refused for its length. */
const PACKET_BYTES = 512;
const RECEIVE_BUFFER_BYTES = 1 << 20;
/** One wake-up reads at most this much, so that a flood cannot keep timers from running. */
const WAKE_UP_PACKETS = 512;
/** Before silence is declared: as much as the receive buffer may hold. */
const DRAIN_PACKETS = 8192;
const ERRORS_IN_A_ROW = 16;

export class UdpListener {
  readonly #options: ListenerOptions;
  readonly #socket: OpenSocket;
  readonly #stopWatching: () => void;
  readonly #buffer = new Uint8Array(PACKET_BYTES);
  #errorsInARow = 0;
  #closed = false;

  /** Throws SystemError: the port is taken, or the machine has no IPv6. */
  constructor(options: ListenerOptions) {
    this.#options = options;
    const port = options.multihop ? BFD_MULTIHOP_PORT : BFD_SINGLE_HOP_PORT;
    this.#socket = openUdpListener(options.family === 'inet6', port, RECEIVE_BUFFER_BYTES);
    try {
      this.#stopWatching = watchReadable(this.#socket, () => this.#read(WAKE_UP_PACKETS));
    } catch (error) {
      closeSocket(this.#socket);
      throw error;
    }
  }

  /** Reads the socket empty, now. */
  drain(): void {
    this.#read(DRAIN_PACKETS);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopWatching();
    closeSocket(this.#socket);
  }

  #read(limit: number): void {
    for (let count = 0; count < limit && !this.#closed; count++) {
      try {
        const datagram = receiveUdp(this.#socket, this.#buffer);
        if (datagram === null) return;
        this.#errorsInARow = 0;
        const { bytes, ...way } = datagram;
        this.#options.received(this.#buffer.subarray(0, bytes), { ...way, multihop: this.#options.multihop });
      } catch (error) {
        // Reading takes a pending error away; one that stays would be read for ever.
        if (++this.#errorsInARow <= ERRORS_IN_A_ROW) continue;
        this.close();
        this.#options.broke(error);
      }
    }
  }
}
