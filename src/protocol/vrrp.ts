/**
 * VRRP adverts on the wire: version 2 (RFC 3768) and version 3 (RFC 9568), over IPv4 and IPv6. keepalived also has
 * version 2 over IPv6. What proves their sender stands in vrrp-authentication.ts, how they are judged in
 * vrrp-judgement.ts.
 */
import { addToSum, checksumOfSum, isSumValid } from './checksum.ts';
import { familyOfIp, formatIpBytes, type IpFamily, ipBytes } from './ip.ts';
import { destinationOffset, packetFamily, sourceOffset } from './ip-packet.ts';
import { IPV4_HEADER_BYTES, writeIpv4Header } from './ipv4-header.ts';
import { IPV6_HEADER_BYTES, writeIpv6Header } from './ipv6-header.ts';
import { AH_BYTES, AH_PROTOCOL, TRAILER_BYTES, writeAhHeader } from './vrrp-authentication.ts';

export const VRRP_PROTOCOL = 112;
/** TTL and hop limit (RFC 9568 section 5.1.1.3): no router can have forwarded the packet. */
export const VRRP_TTL = 255;
/** Internetwork control (RFC 791 precedence 6), as keepalived sends; the traffic class of IPv6 as well. */
export const VRRP_TYPE_OF_SERVICE = 0xc0;
export const VRRP_MULTICAST_GROUP = '224.0.0.18';
export const VRRP_MULTICAST_GROUP6 = 'ff02::12';
export const VRRP_HEADER_BYTES = 8;
/** Where the checksum stands in a VRRP message. */
export const VRRP_CHECKSUM_AT = 6;
/** Version 2 over IPv4 always ends with authentication data; zeros without authentication. */
export const VRRP2_AUTH_BYTES = 8;
export const VRRP_MAX_ADDRESSES = 255;

const CENTISECOND_US = 10_000;
const SECOND_US = 1_000_000;

/** Kind of authentication in the header of version 2 (RFC 2338 section 5.3.6). */
export const AUTH_NONE = 0;
export const AUTH_PASS = 1;
export const AUTH_AH = 2;

export interface VrrpAdvert {
  readonly version: 2 | 3;
  readonly virtualRouterId: number;
  /** 0 (the master resigns) to 255 (address owner). */
  readonly priority: number;
  /** Version 2 carries whole seconds (1 to 255), version 3 centiseconds (1 to 4095). */
  readonly advertIntervalUs: number;
  /** Of the family of the packet. */
  readonly addresses: readonly string[];
}

/** An advert as it stood in the bytes, nothing judged yet. */
export interface DecodedVrrp {
  readonly version: number;
  readonly type: number;
  readonly virtualRouterId: number;
  readonly priority: number;
  /** Version 2 only; 0 in version 3, whose header has no such field. */
  readonly authType: number;
  readonly advertIntervalUs: number;
  readonly checksum: number;
  readonly addresses: readonly string[];
}

export type DecodeResult =
  | { readonly ok: true; readonly vrrp: DecodedVrrp }
  | { readonly ok: false; readonly error: 'packetLength' | 'version'; readonly detail: string };

/**
 * What a version 3 checksum over IPv4 covers. `pseudoHeader`: source, destination, protocol and length too (the reading
 * of RFC 5798 that keepalived sends). `plain`: the VRRP message alone (RFC 9568; keepalived's v3_checksum_as_v2).
 * `groupPseudoHeader`: as the first, with the multicast group for the destination of a unicast advert (keepalived up to
 * 1.3.6; its old_unicast_checksum).
 */
export type ChecksumDialect = 'pseudoHeader' | 'plain' | 'groupPseudoHeader';

/** What proves the sender of an advert, as it changes the packet. */
export type AdvertSeal =
  | { readonly kind: 'none' }
  /** Eight bytes in clear text. */
  | { readonly kind: 'pass'; readonly password: Uint8Array }
  /** Room for an authentication header (RFC 4302), or for the trailer of auth_hmac: filled in for each advert. */
  | { readonly kind: 'ah' | 'hmac' };

export interface AdvertTravel {
  readonly source: string;
  /** Of the same family. */
  readonly destination: string;
  /** Default: 255. */
  readonly hopLimit?: number;
  /** Over IPv4, version 3; default: pseudoHeader. */
  readonly dialect?: ChecksumDialect;
  /** What stands for the destination in `groupPseudoHeader`. */
  readonly group?: string;
  readonly seal?: AdvertSeal;
}

/** Bytes of the VRRP message, without the IP header and whatever proves the sender. */
export function vrrpLength(version: number, addressCount: number, family: IpFamily = 'inet'): number {
  if (family === 'inet6') return VRRP_HEADER_BYTES + addressCount * 16;
  return VRRP_HEADER_BYTES + addressCount * 4 + (version === 2 ? VRRP2_AUTH_BYTES : 0);
}

/** Interval as this version can carry it: rounded to its unit and kept within its range. Microseconds. */
export function wireIntervalUs(version: 2 | 3, advertIntervalUs: number): number {
  const unitUs = version === 2 ? SECOND_US : CENTISECOND_US;
  const units = Math.round(advertIntervalUs / unitUs);
  return Math.min(Math.max(units, 1), version === 2 ? 255 : 4095) * unitUs;
}

/**
 * A whole packet with one advert. IPv4: identification 0 and header checksum 0 (see writeIpv4Header).
 * Throws RangeError on a text that is no address, on addresses of two families and on more than 255 addresses: all are
 * mistakes of the caller, whose configuration was checked long before.
 */
export function encodeAdvertPacket(advert: VrrpAdvert, travel: AdvertTravel): Uint8Array {
  if (advert.addresses.length > VRRP_MAX_ADDRESSES)
    throw new RangeError(`an advert carries at most ${VRRP_MAX_ADDRESSES} addresses`);
  const { source, destination, dialect = 'pseudoHeader', seal = { kind: 'none' } } = travel;
  const family = familyOfIp(source);
  const ipHeaderBytes = family === 'inet' ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
  const start = ipHeaderBytes + (seal.kind === 'ah' ? AH_BYTES : 0);
  const end = start + vrrpLength(advert.version, advert.addresses.length, family);
  const packet = new Uint8Array(end + (seal.kind === 'hmac' ? TRAILER_BYTES : 0));
  writeIpHeader(packet, travel, family, seal.kind === 'ah' ? AH_PROTOCOL : VRRP_PROTOCOL);
  if (seal.kind === 'ah') writeAhHeader(packet, ipHeaderBytes, VRRP_PROTOCOL);
  writeVrrp(packet, start, advert, family, seal);
  if (family === 'inet6') {
    writeIpv6Checksum(packet, start);
    return packet;
  }
  const covered = coveredBefore(advert.version, dialect, packet, end - start, travel.group ?? destination);
  writeUint16(packet, start + VRRP_CHECKSUM_AT, checksumOfSum(addToSum(covered, packet, start, end)));
  return packet;
}

function writeIpHeader(packet: Uint8Array, travel: AdvertTravel, family: IpFamily, protocol: number): void {
  const { hopLimit = VRRP_TTL } = travel;
  const source = addressBytes(travel.source, family);
  const destination = addressBytes(travel.destination, family);
  if (family === 'inet6') {
    writeIpv6Header(packet, {
      payloadLength: packet.length - IPV6_HEADER_BYTES,
      trafficClass: VRRP_TYPE_OF_SERVICE,
      nextHeader: protocol,
      hopLimit,
      source,
      destination,
    });
    return;
  }
  writeIpv4Header(packet, {
    totalLength: packet.length,
    typeOfService: VRRP_TYPE_OF_SERVICE,
    identification: 0,
    ttl: hopLimit,
    protocol,
    source: new DataView(source.buffer).getUint32(0),
    destination: new DataView(destination.buffer).getUint32(0),
  });
}

function writeVrrp(
  packet: Uint8Array,
  start: number,
  advert: VrrpAdvert,
  family: IpFamily,
  seal: AdvertSeal,
): void {
  const view = new DataView(packet.buffer, packet.byteOffset + start);
  view.setUint8(0, (advert.version << 4) | 1);
  view.setUint8(1, advert.virtualRouterId);
  view.setUint8(2, advert.priority);
  view.setUint8(3, advert.addresses.length);
  const intervalUs = wireIntervalUs(advert.version, advert.advertIntervalUs);
  if (advert.version === 2) {
    view.setUint8(4, seal.kind === 'pass' ? AUTH_PASS : seal.kind === 'ah' ? AUTH_AH : AUTH_NONE);
    view.setUint8(5, intervalUs / SECOND_US);
  } else {
    view.setUint16(4, intervalUs / CENTISECOND_US);
  }
  let at = start + VRRP_HEADER_BYTES;
  for (const address of advert.addresses) {
    const bytes = addressBytes(address, family);
    packet.set(bytes, at);
    at += bytes.length;
  }
  if (seal.kind === 'pass' && advert.version === 2 && family === 'inet')
    packet.set(seal.password.subarray(0, VRRP2_AUTH_BYTES), at);
}

/** Reads a VRRP message (no IP header). Bytes after the message are ignored; the checksum is not verified here. */
export function decodeVrrp(message: Uint8Array, family: IpFamily = 'inet'): DecodeResult {
  if (message.length < VRRP_HEADER_BYTES)
    return {
      ok: false,
      error: 'packetLength',
      detail: `${message.length} bytes are less than a VRRP header`,
    };
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const first = view.getUint8(0);
  const version = first >>> 4;
  if (version !== 2 && version !== 3)
    return { ok: false, error: 'version', detail: `VRRP version ${version}` };
  const count = view.getUint8(3);
  const needed = vrrpLength(version, count, family);
  if (message.length < needed) {
    const detail = `${message.length} bytes of VRRP, but ${count} addresses need ${needed}`;
    return { ok: false, error: 'packetLength', detail };
  }
  const addresses: string[] = [];
  const bytes = family === 'inet' ? 4 : 16;
  for (let index = 0; index < count; index++)
    addresses.push(formatIpBytes(message, VRRP_HEADER_BYTES + index * bytes, family));
  const vrrp: DecodedVrrp = {
    version,
    type: first & 15,
    virtualRouterId: view.getUint8(1),
    priority: view.getUint8(2),
    authType: version === 2 ? view.getUint8(4) : 0,
    advertIntervalUs:
      version === 2 ? view.getUint8(5) * SECOND_US : (view.getUint16(4) & 0x0fff) * CENTISECOND_US,
    checksum: view.getUint16(VRRP_CHECKSUM_AT),
    addresses,
  };
  return { ok: true, vrrp };
}

/**
 * The dialect in which the checksum of the message in `packet[start, end)` is right, null if it is in none. IPv4
 * version 2 has only `plain`; IPv6 has only `pseudoHeader`, and it covers the packet to its end. `group` allows
 * `groupPseudoHeader`.
 */
export function checksumDialect(
  packet: Uint8Array,
  start: number,
  end: number,
  group: string | null = null,
): ChecksumDialect | null {
  if (packetFamily(packet) === 'inet6') {
    return isSumValid(addToSum(pseudoHeaderSum(packet, packet.length - start), packet, start, packet.length))
      ? 'pseudoHeader'
      : null;
  }
  const version = (packet[start] ?? 0) >>> 4;
  for (const dialect of version === 3 ? DIALECTS : PLAIN) {
    if (dialect === 'groupPseudoHeader' && group === null) continue;
    const covered = coveredBefore(version, dialect, packet, end - start, group ?? '');
    if (isSumValid(addToSum(covered, packet, start, end))) return dialect;
  }
  return null;
}

const DIALECTS: readonly ChecksumDialect[] = ['pseudoHeader', 'plain', 'groupPseudoHeader'];
const PLAIN: readonly ChecksumDialect[] = ['plain'];

/** Writes the checksum of an IPv6 packet whose message begins at `start`: it covers the packet to its end. */
export function writeIpv6Checksum(packet: Uint8Array, start: number): void {
  writeUint16(packet, start + VRRP_CHECKSUM_AT, 0);
  const sum = addToSum(pseudoHeaderSum(packet, packet.length - start), packet, start, packet.length);
  writeUint16(packet, start + VRRP_CHECKSUM_AT, checksumOfSum(sum));
}

/** Sum of what an IPv4 checksum covers besides the message. */
function coveredBefore(
  version: number,
  dialect: ChecksumDialect,
  packet: Uint8Array,
  length: number,
  group: string,
): number {
  if (version === 2 || dialect === 'plain') return 0;
  if (dialect === 'pseudoHeader') return pseudoHeaderSum(packet, length);
  const at = sourceOffset('inet');
  const bytes = addressBytes(group, 'inet');
  return addToSum(addToSum(VRRP_PROTOCOL + length, packet, at, at + 4), bytes, 0, 4);
}

/** Source and destination stand side by side in both families (RFC 8200 section 8.1, RFC 5798 section 5.2.8). */
function pseudoHeaderSum(packet: Uint8Array, length: number): number {
  const family = packetFamily(packet);
  const end = destinationOffset(family) + (family === 'inet' ? 4 : 16);
  return addToSum(VRRP_PROTOCOL + length, packet, sourceOffset(family), end);
}

function addressBytes(text: string, family: IpFamily): Uint8Array {
  const bytes = ipBytes(text);
  if (bytes?.length !== (family === 'inet' ? 4 : 16))
    throw new RangeError(`not an ${family === 'inet' ? 'IPv4' : 'IPv6'} address: ${text}`);
  return bytes;
}

function writeUint16(packet: Uint8Array, at: number, value: number): void {
  packet[at] = value >>> 8;
  packet[at + 1] = value & 255;
}
