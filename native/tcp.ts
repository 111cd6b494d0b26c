/** TCP connections from a socket that is set up first: the addon's part with types. */
import { loadAddon } from './load.ts';
import { type OpenSocket, openSocket } from './socket.ts';

export interface TcpOrigin {
  /** Address to send from; '': what the routes say. */
  readonly source: string;
  /** 0: any. */
  readonly sourcePort: number;
  /** Interface that it is bound to; '': none. */
  readonly device: string;
  /** Of its packets, for routing rules and packet filters (SO_MARK); 0: none. */
  readonly mark: number;
}

/** What the addon wants of a connection: arguments cost less than the properties of an object. */
export type ConnectArguments = [
  destination: string,
  port: number,
  source: string,
  sourcePort: number,
  device: string,
  mark: number,
];

/** Gives the descriptor. */
export type ConnectSocket = (...connection: ConnectArguments) => number;

interface Addon {
  readonly connectTcp: ConnectSocket;
}

/**
 * Begins to connect; it stands or has failed when the socket can be written to (followSocket, socketError).
 * Throws SystemError; `syscall` is `connect` if the network refuses at once (ENETUNREACH), else what cannot be had here:
 * EMFILE, EADDRNOTAVAIL, ENODEV, EPERM.
 */
export function connectTcp(destination: string, port: number, origin: TcpOrigin): OpenSocket {
  const { source, sourcePort, device, mark } = origin;
  const fd = (loadAddon() as Addon).connectTcp(destination, port, source, sourcePort, device, mark);
  return openSocket(fd);
}
