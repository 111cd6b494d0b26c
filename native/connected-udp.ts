/** UDP sockets with one peer, set up before they connect: the addon's part with types. */
import { loadAddon } from './load.ts';
import { type OpenSocket, openSocket } from './socket.ts';
import type { ConnectSocket, TcpOrigin } from './tcp.ts';

interface Addon {
  readonly connectUdp: ConnectSocket;
  sendConnected(fd: number, datagram: Uint8Array): void;
  receiveConnected(fd: number, buffer: Uint8Array): number | null;
}

const addon = (): Addon => loadAddon() as Addon;

/**
 * Hears this peer alone, and as errors of its own what ICMP says of it. Throws SystemError as connectTcp; `syscall` is
 * `connect` if the network refuses at once (ENETUNREACH), else what cannot be had here.
 */
export function connectUdp(destination: string, port: number, origin: TcpOrigin): OpenSocket {
  const { source, sourcePort, device, mark } = origin;
  return openSocket(addon().connectUdp(destination, port, source, sourcePort, device, mark));
}

/** Never waits. Throws SystemError: what is known of the peer by now (ECONNREFUSED), EAGAIN, EMSGSIZE ... */
export function sendConnected(socket: OpenSocket, datagram: Uint8Array): void {
  addon().sendConnected(socket.fd, datagram);
}

/**
 * The next datagram into the buffer; gives the length that it had, also if it did not fit, null if none waits. Never
 * waits. Throws SystemError: what ICMP told (ECONNREFUSED, EHOSTUNREACH, ENETUNREACH ...).
 */
export function receiveConnected(socket: OpenSocket, buffer: Uint8Array): number | null {
  return addon().receiveConnected(socket.fd, buffer);
}
