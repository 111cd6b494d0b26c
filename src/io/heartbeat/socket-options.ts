/** Linux socket options as numbers and structs: raw-socket passes on whatever it is given. */
import type { Socket } from 'raw-socket';
import { parseIpv4 } from '../../protocol/ipv4.ts';

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SO_MEMINFO = 55;
const MEMINFO_NUMBERS = 9;
const SO_RCVBUFFORCE = 33;
const IPPROTO_IP = 0;
const IP_MULTICAST_IF = 32;
const IP_MULTICAST_LOOP = 34;
const IP_ADD_MEMBERSHIP = 35;
const IP_DROP_MEMBERSHIP = 36;
const IP_MULTICAST_ALL = 49;

/** IFNAMSIZ without the closing NUL. */
export const INTERFACE_NAME_MAX = 15;

export function bindToDevice(socket: Socket, interfaceName: string): void {
  const name = Buffer.from(`${interfaceName}\0`, 'latin1');
  socket.setOption(SOL_SOCKET, SO_BINDTODEVICE, name, name.length);
}

/** Room for what arrives while this process does not run: past the system's limit if allowed, else up to it. */
export function setReceiveBuffer(socket: Socket, bytes: number): void {
  try {
    socket.setOption(SOL_SOCKET, SO_RCVBUFFORCE, bytes);
  } catch {
    socket.setOption(SOL_SOCKET, SO_RCVBUF, bytes);
  }
}

/** Packets that there was no room for in its receive buffer, modulo 2^32 (SK_MEMINFO_DROPS, the last of nine numbers). */
export function droppedBy(socket: Socket): number {
  const memory = Buffer.alloc(4 * MEMINFO_NUMBERS);
  socket.getOption(SOL_SOCKET, SO_MEMINFO, memory, memory.length);
  return memory.readUInt32LE(4 * (MEMINFO_NUMBERS - 1));
}

/** Without this a socket hears every group that any process on the machine has joined. */
export function hearOnlyJoinedGroups(socket: Socket): void {
  socket.setOption(IPPROTO_IP, IP_MULTICAST_ALL, 0);
}

export function joinGroup(socket: Socket, group: string, interfaceIndex: number): void {
  const request = multicastRequest(group, interfaceIndex);
  socket.setOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, request, request.length);
}

export function leaveGroup(socket: Socket, group: string, interfaceIndex: number): void {
  const request = multicastRequest(group, interfaceIndex);
  socket.setOption(IPPROTO_IP, IP_DROP_MEMBERSHIP, request, request.length);
}

/** Multicast leaves by this interface and is not given back to this machine. */
export function sendMulticastBy(socket: Socket, interfaceIndex: number): void {
  const request = multicastRequest('0.0.0.0', interfaceIndex);
  socket.setOption(IPPROTO_IP, IP_MULTICAST_IF, request, request.length);
  socket.setOption(IPPROTO_IP, IP_MULTICAST_LOOP, 0);
}

/** struct ip_mreqn: group and local address in network order, interface index in the machine's. */
function multicastRequest(group: string, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setUint32(0, parseIpv4(group) ?? 0);
  new Int32Array(bytes.buffer, 8, 1)[0] = interfaceIndex;
  return bytes;
}
