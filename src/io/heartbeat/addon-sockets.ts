/** Raw sockets of the addon for VRRP on one interface, and options of Linux for them as numbers and structs. */
import { closeSocket, type OpenSocket, type SystemError, setSocketOption } from '../../../native/socket.ts';
import { ipBytes } from '../../protocol/ip.ts';
import { RECEIVE_BUFFER_BYTES, reasonOf } from './channel-sockets.ts';
import { HeartbeatError } from './heartbeat-error.ts';

/** IPPROTO_RAW: brings its own header, never receives. */
export const RAW_PROTOCOL = 255;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SO_RCVBUFFORCE = 33;
const SO_TIMESTAMPNS = 35;

/** One that is bound to this interface ('': to none) and configured. Throws HeartbeatError: no permission, no such family, or the interface is gone. */
export function openOnInterface<T extends OpenSocket>(
  name: string,
  open: () => T,
  configure: (socket: T) => void,
): T {
  let socket: T | null = null;
  try {
    socket = open();
    if (name !== '') {
      setSocketOption(socket, SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${name}\0`, 'latin1'));
    }
    configure(socket);
    return socket;
  } catch (error) {
    if (socket !== null) closeSocket(socket);
    const hint = (error as Partial<SystemError>).code === 'EPERM' ? ' (CAP_NET_RAW is missing)' : '';
    throw new HeartbeatError(name, `cannot open a raw socket: ${reasonOf(error)}${hint}`);
  }
}

export function setInteger(socket: OpenSocket, level: number, option: number, value: number): void {
  setSocketOption(socket, level, option, new Uint8Array(Int32Array.of(value).buffer));
}

/** Room for what arrives while this process does not run: past the system's limit if allowed, else up to it. */
export function setReceiveBuffer(socket: OpenSocket): void {
  try {
    setInteger(socket, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES);
  } catch {
    setInteger(socket, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
  }
}

/** The kernel's time of arrival comes with each packet. */
export function stampArrivals(socket: OpenSocket): void {
  setInteger(socket, SOL_SOCKET, SO_TIMESTAMPNS, 1);
}

/** struct ip_mreqn or ipv6_mreq: the group, for IPv4 a local address, and the interface's index in the machine's order. */
export function multicastRequest(group: string, interfaceIndex: number): Uint8Array {
  const address = ipBytes(group) ?? [];
  const bytes = new Uint8Array(address.length === 4 ? 12 : 20);
  bytes.set(address);
  new Int32Array(bytes.buffer, bytes.length - 4, 1)[0] = interfaceIndex;
  return bytes;
}
