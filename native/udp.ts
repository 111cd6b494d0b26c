/** UDP sockets that tell the TTL or hop limit and the destination of what they receive: the addon's part with types. */
import { loadAddon } from './load.ts';
import type { OpenSocket } from './socket.ts';

export interface ReceivedDatagram {
  /** How many bytes of the buffer were filled; a longer datagram is cut. */
  readonly bytes: number;
  /** Addresses in the canonical text of their family. */
  readonly source: string;
  readonly destination: string;
  /** 0 if the kernel did not tell. */
  readonly ttl: number;
  /** How long it has waited in the socket; wrong if the machine's clock was set meanwhile, but never negative. */
  readonly ageUs: number;
}

interface Addon {
  openUdpListener(ipv6: boolean, port: number, receiveBufferBytes: number): number;
  openUdpSender(source: string, port: number, ttl: number): number;
  sendUdp(fd: number, destination: string, port: number, datagram: Uint8Array): void;
  receiveUdp(fd: number, buffer: Uint8Array): ReceivedDatagram | null;
}

const addon = (): Addon => loadAddon() as Addon;

/** Hears one family on every address of the machine. Throws SystemError: EADDRINUSE, EAFNOSUPPORT (no IPv6). */
export function openUdpListener(ipv6: boolean, port: number, receiveBufferBytes: number): OpenSocket {
  return { fd: addon().openUdpListener(ipv6, port, receiveBufferBytes) };
}

/**
 * Sends from this address (`0.0.0.0` or `::`: what the routes say) and port.
 * Throws SystemError: EADDRNOTAVAIL if the machine does not have the address, EADDRINUSE.
 */
export function openUdpSender(source: string, port: number, ttl: number): OpenSocket {
  return { fd: addon().openUdpSender(source, port, ttl) };
}

/** Never waits. Throws SystemError: ENETUNREACH, EAGAIN, EINVAL (its own address is gone) ... */
export function sendUdp(socket: OpenSocket, destination: string, port: number, datagram: Uint8Array): void {
  addon().sendUdp(socket.fd, destination, port, datagram);
}

/** The next datagram into the buffer, null if none waits. Never waits. Throws SystemError. */
export function receiveUdp(socket: OpenSocket, buffer: Uint8Array): ReceivedDatagram | null {
  return addon().receiveUdp(socket.fd, buffer);
}
