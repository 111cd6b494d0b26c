/** Netlink messages of any family (linux/netlink.h): the header, and what the kernel answers with. */
import { LITTLE_ENDIAN, viewOf } from './attributes.ts';

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

/** nlmsghdr flags. */
export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;

/** One message of a datagram. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  /** What the request had that this answers; of a notification, what the request had that caused it. */
  readonly sequence: number;
  /** Port that asked for what this tells, often the number of its process; 0: the kernel itself. */
  readonly port: number;
  readonly payload: Uint8Array;
}

const HEADER_LENGTH = 16;
const aligned = (length: number): number => (length + 3) & ~3;

/** A datagram of one message, for the kernel. */
export function encodeMessage(message: Omit<NetlinkMessage, 'port'>): Uint8Array {
  const { type, flags, sequence, payload } = message;
  const bytes = new Uint8Array(HEADER_LENGTH + aligned(payload.length));
  const view = viewOf(bytes);
  view.setUint32(0, HEADER_LENGTH + payload.length, LITTLE_ENDIAN);
  view.setUint16(4, type, LITTLE_ENDIAN);
  view.setUint16(6, flags, LITTLE_ENDIAN);
  view.setUint32(8, sequence, LITTLE_ENDIAN);
  bytes.set(payload, HEADER_LENGTH);
  return bytes;
}

/** The messages of a datagram, as far as they are whole. */
export function decodeMessages(datagram: Uint8Array): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  const view = viewOf(datagram);
  let at = 0;
  while (at + HEADER_LENGTH <= datagram.length) {
    const length = view.getUint32(at, LITTLE_ENDIAN);
    if (length < HEADER_LENGTH || at + length > datagram.length) break;
    messages.push({
      type: view.getUint16(at + 4, LITTLE_ENDIAN),
      flags: view.getUint16(at + 6, LITTLE_ENDIAN),
      sequence: view.getUint32(at + 8, LITTLE_ENDIAN),
      port: view.getUint32(at + 12, LITTLE_ENDIAN),
      payload: datagram.subarray(at + HEADER_LENGTH, at + length),
    });
    at += aligned(length);
  }
  return messages;
}

/** Positive errno of a NLMSG_ERROR or NLMSG_DONE, 0 for success; null if it is malformed. */
export function decodeErrno(payload: Uint8Array): number | null {
  return payload.length < 4 ? null : -viewOf(payload).getInt32(0, LITTLE_ENDIAN) + 0;
}
