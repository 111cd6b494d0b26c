/**
 * The rtnetlink messages that links and IPv4 addresses need (linux/netlink.h, rtnetlink.h, if_addr.h, if_link.h).
 * Attributes that are not named here are skipped, so that newer kernels can say more.
 */
import { formatIpv4, parseIpv4 } from './ipv4.ts';

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
export const RTM_GETADDR = 22;

/** nlmsghdr flags. */
export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;

/** Multicast groups. */
export const RTNLGRP_LINK = 1;
export const RTNLGRP_IPV4_IFADDR = 5;

/** Who made an address or a route, as iproute2 names it in rt_protos: keepalived's number, so that its tools fit. */
export const PROTOCOL_KEEPALIVED = 18;

/** One message of a datagram. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  /** What the request had that this answers; 0 for notifications. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

export interface LinkMessage {
  readonly index: number;
  readonly name: string;
  /** IFF_* (linux/if.h). */
  readonly flags: number;
}

export interface AddressMessage {
  readonly index: number;
  /** IPv4 address of this host (IFA_LOCAL), not of a peer. */
  readonly address: string;
  readonly prefixLength: number;
}

const AF_UNSPEC = 0;
const AF_INET = 2;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_PROTO = 11;
const IFLA_IFNAME = 3;
const IFLA_EXT_MASK = 29;
const RTEXT_FILTER_SKIP_STATS = 8;
const IFADDRMSG_LENGTH = 8;
const IFINFOMSG_LENGTH = 16;
const MESSAGE_HEADER_LENGTH = 16;
const ATTRIBUTE_HEADER_LENGTH = 4;
const ATTRIBUTE_TYPE_MASK = 0x3fff;

// Netlink speaks the byte order of its host.
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const aligned = (length: number): number => (length + 3) & ~3;

/** A datagram of one message, for the kernel. */
export function encodeMessage({ type, flags, sequence, payload }: NetlinkMessage): Uint8Array {
  const bytes = new Uint8Array(MESSAGE_HEADER_LENGTH + aligned(payload.length));
  const view = viewOf(bytes);
  view.setUint32(0, MESSAGE_HEADER_LENGTH + payload.length, LITTLE_ENDIAN);
  view.setUint16(4, type, LITTLE_ENDIAN);
  view.setUint16(6, flags, LITTLE_ENDIAN);
  view.setUint32(8, sequence, LITTLE_ENDIAN);
  bytes.set(payload, MESSAGE_HEADER_LENGTH);
  return bytes;
}

/** The messages of a datagram, as far as they are whole. */
export function decodeMessages(datagram: Uint8Array): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  const view = viewOf(datagram);
  let at = 0;
  while (at + MESSAGE_HEADER_LENGTH <= datagram.length) {
    const length = view.getUint32(at, LITTLE_ENDIAN);
    if (length < MESSAGE_HEADER_LENGTH || at + length > datagram.length) break;
    messages.push({
      type: view.getUint16(at + 4, LITTLE_ENDIAN),
      flags: view.getUint16(at + 6, LITTLE_ENDIAN),
      sequence: view.getUint32(at + 8, LITTLE_ENDIAN),
      payload: datagram.subarray(at + MESSAGE_HEADER_LENGTH, at + length),
    });
    at += aligned(length);
  }
  return messages;
}

/** Attributes by type; a repeated one counts once. Null if a length points outside the message. */
function attributes(bytes: Uint8Array, offset: number): Map<number, Uint8Array> | null {
  const found = new Map<number, Uint8Array>();
  const view = viewOf(bytes);
  let at = offset;
  while (at + ATTRIBUTE_HEADER_LENGTH <= bytes.length) {
    const length = view.getUint16(at, LITTLE_ENDIAN);
    if (length < ATTRIBUTE_HEADER_LENGTH || at + length > bytes.length) return null;
    const type = view.getUint16(at + 2, LITTLE_ENDIAN) & ATTRIBUTE_TYPE_MASK;
    found.set(type, bytes.subarray(at + ATTRIBUTE_HEADER_LENGTH, at + length));
    at += aligned(length);
  }
  return found;
}

/** Text up to the first NUL; interface names may hold any bytes, UTF-8 by custom. */
function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const octets = Array.from(end < 0 ? bytes : bytes.subarray(0, end));
  try {
    return decodeURIComponent(octets.map((octet) => `%${octet.toString(16).padStart(2, '0')}`).join(''));
  } catch {
    return String.fromCharCode(...octets);
  }
}

/** A RTM_NEWLINK or RTM_DELLINK. Null if it is malformed, or a bridge's message about one of its ports. */
export function decodeLink(payload: Uint8Array): LinkMessage | null {
  if (payload.length < IFINFOMSG_LENGTH) return null;
  const view = viewOf(payload);
  // A port that leaves its bridge is announced by RTM_DELLINK of family AF_BRIDGE, but the link lives on.
  if (view.getUint8(0) !== AF_UNSPEC) return null;
  const name = attributes(payload, IFINFOMSG_LENGTH)?.get(IFLA_IFNAME);
  if (name === undefined) return null;
  return {
    index: view.getInt32(4, LITTLE_ENDIAN),
    name: cString(name),
    flags: view.getUint32(8, LITTLE_ENDIAN),
  };
}

/** A RTM_NEWADDR or RTM_DELADDR. Null if it is malformed or not about IPv4. */
export function decodeAddress(payload: Uint8Array): AddressMessage | null {
  if (payload.length < IFADDRMSG_LENGTH) return null;
  const view = viewOf(payload);
  if (view.getUint8(0) !== AF_INET) return null;
  const found = attributes(payload, IFADDRMSG_LENGTH);
  const local = found?.get(IFA_LOCAL) ?? found?.get(IFA_ADDRESS);
  if (local === undefined || local.length !== 4) return null;
  return {
    index: view.getUint32(4, LITTLE_ENDIAN),
    address: formatIpv4(viewOf(local).getUint32(0)),
    prefixLength: view.getUint8(1),
  };
}

/** Positive errno of a NLMSG_ERROR or NLMSG_DONE, 0 for success; null if it is malformed. */
export function decodeErrno(payload: Uint8Array): number | null {
  return payload.length < 4 ? null : -viewOf(payload).getInt32(0, LITTLE_ENDIAN) + 0;
}

/**
 * A RTM_NEWADDR or RTM_DELADDR request: global scope, no broadcast address, marked as keepalived marks its own.
 * Null if the address or the prefix length is malformed.
 */
export function encodeAddress(message: AddressMessage): Uint8Array | null {
  const value = parseIpv4(message.address);
  const { prefixLength } = message;
  if (value === null || !Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > 32) return null;
  const bytes = new Uint8Array(IFADDRMSG_LENGTH + 3 * 8);
  const view = viewOf(bytes);
  view.setUint8(0, AF_INET);
  view.setUint8(1, prefixLength);
  view.setUint32(4, message.index, LITTLE_ENDIAN);
  const attribute = (at: number, type: number, length: number): void => {
    view.setUint16(at, ATTRIBUTE_HEADER_LENGTH + length, LITTLE_ENDIAN);
    view.setUint16(at + 2, type, LITTLE_ENDIAN);
  };
  attribute(8, IFA_LOCAL, 4);
  view.setUint32(12, value);
  attribute(16, IFA_ADDRESS, 4);
  view.setUint32(20, value);
  attribute(24, IFA_PROTO, 1);
  view.setUint8(28, PROTOCOL_KEEPALIVED);
  return bytes;
}

/** Asks for all links, without their statistics. */
export function encodeLinkDump(): Uint8Array {
  const bytes = new Uint8Array(IFINFOMSG_LENGTH + 8);
  const view = viewOf(bytes);
  view.setUint16(IFINFOMSG_LENGTH, 8, LITTLE_ENDIAN);
  view.setUint16(IFINFOMSG_LENGTH + 2, IFLA_EXT_MASK, LITTLE_ENDIAN);
  view.setUint32(IFINFOMSG_LENGTH + 4, RTEXT_FILTER_SKIP_STATS, LITTLE_ENDIAN);
  return bytes;
}

/** Asks for all IPv4 addresses. */
export function encodeAddressDump(): Uint8Array {
  const bytes = new Uint8Array(IFADDRMSG_LENGTH);
  bytes[0] = AF_INET;
  return bytes;
}
