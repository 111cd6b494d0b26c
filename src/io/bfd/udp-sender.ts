/** One session's mouth: a port of its own (RFC 5881 section 4). */
import { closeSocket, type OpenSocket } from '../../../native/socket.ts';
import { openUdpSender, sendUdp } from '../../../native/udp.ts';
import type { BfdIdentity } from '../../machines/bfd/bfd.effects.ts';
import { BFD_MULTIHOP_PORT, BFD_SINGLE_HOP_PORT } from '../../protocol/bfd.ts';

/** RFC 5881 section 4: the source port lies here, and belongs to one session. */
const FIRST_PORT = 49_152;
const PORTS = 65_536 - FIRST_PORT;

export class UdpSender {
  readonly #socket: OpenSocket;
  readonly #neighbor: string;
  readonly #port: number;

  /** `random` is at least 0 and less than 1. Throws SystemError: the machine does not have the source address. */
  constructor({ neighbor, source, multihop, ttl }: BfdIdentity, random: () => number) {
    this.#neighbor = neighbor;
    this.#port = multihop ? BFD_MULTIHOP_PORT : BFD_SINGLE_HOP_PORT;
    const anyAddress = neighbor.includes(':') ? '::' : '0.0.0.0';
    this.#socket = openOnFreePort(source ?? anyAddress, ttl, Math.floor(random() * PORTS));
  }

  /** Null, or why the packet did not leave. */
  send(packet: Uint8Array): string | null {
    try {
      sendUdp(this.#socket, this.#neighbor, this.#port, packet);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  close(): void {
    closeSocket(this.#socket);
  }
}

function openOnFreePort(address: string, ttl: number, offset: number): OpenSocket {
  for (let tried = 1; ; tried++) {
    try {
      return openUdpSender(address, FIRST_PORT + ((offset + tried) % PORTS), ttl);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tried >= PORTS) throw error;
    }
  }
}
