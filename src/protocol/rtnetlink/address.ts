/** Addresses of interfaces in rtnetlink, of both families (linux/if_addr.h). */
import { addressBits } from '../ip.ts';
import {
  attribute,
  decodeAttributes,
  joined,
  LITTLE_ENDIAN,
  numberOf,
  text,
  uint8,
  uint32,
  viewOf,
} from '../netlink/attributes.ts';
import { AF_INET, AF_INET6, addressBytes, addressOf, familyNumber, PROTOCOL_KEEPALIVED } from './common.ts';

export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
export const RTM_GETADDR = 22;
export const RTNLGRP_IPV4_IFADDR = 5;
export const RTNLGRP_IPV6_IFADDR = 9;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_LABEL = 3;
const IFA_BROADCAST = 4;
const IFA_CACHEINFO = 6;
const IFA_FLAGS = 8;
const IFA_PROTO = 11;
const IFADDRMSG_LENGTH = 8;

const IFA_F_NODAD = 0x02;
const IFA_F_HOMEADDRESS = 0x10;
const IFA_F_TENTATIVE = 0x40;
const IFA_F_MANAGETEMPADDR = 0x100;
const IFA_F_NOPREFIXROUTE = 0x200;
const IFA_F_MCAUTOJOIN = 0x400;

const FOREVER = 0xffff_ffff;
const MICROSECONDS = 1_000_000;
const LONGEST_LABEL = 15;

/** An address of this host as the kernel tells of it. */
export interface AddressMessage {
  readonly index: number;
  /** Address of this host (IFA_LOCAL), not of a peer. */
  readonly address: string;
  readonly prefixLength: number;
  /** The kernel still looks for duplicates of this IPv6 address: it cannot be used yet. */
  readonly tentative: boolean;
}

/** An address with everything that a configuration can say of it. */
export type AddressOptions = {
  readonly address: string;
  readonly prefixLength: number;
  /** RT_SCOPE_*; IPv4. Default: global. */
  readonly scope?: number;
  /** IPv4. */
  readonly broadcast?: string;
  /** Up to 15 bytes; IPv4. */
  readonly label?: string;
  /** The other end of the link; the prefix length is its. */
  readonly peer?: string;
  /** Look for duplicates of the IPv6 address before it is used, which keepalived does not by default. */
  readonly detectDuplicates?: true;
  readonly home?: true;
  readonly managesTemporary?: true;
  readonly noPrefixRoute?: true;
  readonly joinsGroup?: true;
  /** How long connections may begin from it; absent: for ever. 0: deprecated at once. IPv6. */
  readonly preferredUs?: number;
};

/** A RTM_NEWADDR or RTM_DELADDR. Null if it is malformed or of neither family. */
export function decodeAddress(payload: Uint8Array): AddressMessage | null {
  if (payload.length < IFADDRMSG_LENGTH) return null;
  const view = viewOf(payload);
  const family = view.getUint8(0);
  if (family !== AF_INET && family !== AF_INET6) return null;
  const found = decodeAttributes(payload, IFADDRMSG_LENGTH);
  const local = found?.get(IFA_LOCAL) ?? found?.get(IFA_ADDRESS);
  if (local === undefined || local.length !== (family === AF_INET ? 4 : 16)) return null;
  const flags = numberOf(found?.get(IFA_FLAGS)) ?? view.getUint8(2);
  return {
    index: view.getUint32(4, LITTLE_ENDIAN),
    address: addressOf(local) ?? '',
    prefixLength: view.getUint8(1),
    tentative: (flags & IFA_F_TENTATIVE) !== 0,
  };
}

/** The name of an address in messages: `10.0.0.1/24`, which does not change with its options. */
export function addressText({
  address,
  prefixLength,
}: Pick<AddressOptions, 'address' | 'prefixLength'>): string {
  return `${address}/${prefixLength}`;
}

interface Parsed {
  readonly head: Uint8Array;
  readonly bytes: Uint8Array;
  readonly peer: Uint8Array;
  readonly isIpv4: boolean;
}

function parsed(index: number, options: AddressOptions): Parsed | null {
  const { prefixLength } = options;
  const local = addressBytes(options.address);
  const peer = options.peer === undefined ? local : addressBytes(options.peer);
  if (local === null || peer === null || peer.family !== local.family) return null;
  if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > addressBits(local.family))
    return null;
  const head = new Uint8Array(IFADDRMSG_LENGTH);
  const isIpv4 = local.family === 'inet';
  head.set([familyNumber(local.family), prefixLength, 0, isIpv4 ? (options.scope ?? 0) : 0]);
  viewOf(head).setUint32(4, index, LITTLE_ENDIAN);
  return { head, bytes: local.bytes, peer: peer.bytes, isIpv4 };
}

function flagsOf(options: AddressOptions, isIpv4: boolean): number {
  let flags = 0;
  // Duplicates are what VRRP itself keeps out, and an address that waits for the search serves nobody meanwhile.
  if (!isIpv4 && options.detectDuplicates !== true) flags |= IFA_F_NODAD;
  if (options.home) flags |= IFA_F_HOMEADDRESS;
  if (options.managesTemporary) flags |= IFA_F_MANAGETEMPADDR;
  if (options.noPrefixRoute) flags |= IFA_F_NOPREFIXROUTE;
  if (options.joinsGroup) flags |= IFA_F_MCAUTOJOIN;
  return flags;
}

/**
 * A RTM_NEWADDR request as keepalived makes it, marked as keepalived's.
 * Null if an address, the prefix length or the label is malformed.
 */
export function encodeAddress(index: number, options: AddressOptions): Uint8Array | null {
  const base = parsed(index, options);
  if (base === null) return null;
  const { head, bytes, peer, isIpv4 } = base;
  const parts = [head, attribute(IFA_LOCAL, bytes), attribute(IFA_ADDRESS, peer)];
  if (isIpv4 && options.broadcast !== undefined) {
    const broadcast = addressBytes(options.broadcast);
    if (broadcast?.family !== 'inet') return null;
    parts.push(attribute(IFA_BROADCAST, broadcast.bytes));
  }
  if (isIpv4 && options.label !== undefined) {
    if (options.label.length > LONGEST_LABEL) return null;
    parts.push(text(IFA_LABEL, options.label));
  }
  if (!isIpv4 && options.preferredUs !== undefined) {
    const preferredSec = Math.min(Math.floor(options.preferredUs / MICROSECONDS), FOREVER);
    parts.push(uint32(IFA_CACHEINFO, preferredSec, FOREVER, 0, 0));
  }
  const flags = flagsOf(options, isIpv4);
  if (flags !== 0) parts.push(uint32(IFA_FLAGS, flags));
  parts.push(uint8(IFA_PROTO, PROTOCOL_KEEPALIVED));
  return joined(...parts);
}

/** A RTM_DELADDR request, which names the address by itself, its prefix length and its peer. Null as above. */
export function encodeAddressRemoval(index: number, options: AddressOptions): Uint8Array | null {
  const base = parsed(index, options);
  if (base === null) return null;
  return joined(base.head, attribute(IFA_LOCAL, base.bytes), attribute(IFA_ADDRESS, base.peer));
}

/** Asks for the addresses of both families. */
export function encodeAddressDump(): Uint8Array {
  return new Uint8Array(IFADDRMSG_LENGTH);
}
