/**
 * VRRP adverts over IPv4 on the wire: version 2 (RFC 3768) and version 3 (RFC 9568).
 * The rules by which a received advert is judged stand in vrrp-judgement.ts.
 */
import { addToSum, addWordToSum, checksumOfSum, isSumValid } from './checksum.ts';
import { formatIpv4, parseIpv4 } from './ipv4.ts';
import { IPV4_HEADER_BYTES, writeIpv4Header } from './ipv4-header.ts';

export const VRRP_PROTOCOL = 112;
export const VRRP_TTL = 255;
/** Internetwork control (RFC 791 precedence 6), as keepalived sends. */
export const VRRP_TYPE_OF_SERVICE = 0xc0;
export const VRRP_MULTICAST_GROUP = '224.0.0.18';
export const VRRP_HEADER_BYTES = 8;
/** Version 2 always ends with authentication data; zeros without authentication. */
export const VRRP2_AUTH_BYTES = 8;
export const VRRP_MAX_ADDRESSES = 255;

const CENTISECOND_US = 10_000;
const SECOND_US = 1_000_000;

export interface VrrpAdvert {
  readonly version: 2 | 3;
  readonly virtualRouterId: number;
  /** 0 (the master resigns) to 255 (address owner). */
  readonly priority: number;
  /** Version 2 carries whole seconds (1 to 255), version 3 centiseconds (1 to 4095). */
  readonly advertIntervalUs: number;
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
 */
export type ChecksumDialect = 'pseudoHeader' | 'plain';

/** Bytes of the VRRP message, without the IP header. */
export function vrrpLength(version: number, addressCount: number): number {
  return VRRP_HEADER_BYTES + addressCount * 4 + (version === 2 ? VRRP2_AUTH_BYTES : 0);
}

/** Interval as this version can carry it: rounded to its unit and kept within its range. Microseconds. */
export function wireIntervalUs(version: 2 | 3, advertIntervalUs: number): number {
  const unitUs = version === 2 ? SECOND_US : CENTISECOND_US;
  const units = Math.round(advertIntervalUs / unitUs);
  return Math.min(Math.max(units, 1), version === 2 ? 255 : 4095) * unitUs;
}

/**
 * A whole IPv4 packet with one advert: TOS 0xC0, TTL 255, identification 0 and header checksum 0 (see
 * writeIpv4Header). Throws RangeError on a text that is no IPv4 address and on more than 255 addresses: both are
 * mistakes of the caller, whose configuration was checked long before.
 */
export function encodeAdvertPacket(
  advert: VrrpAdvert,
  source: string,
  destination: string,
  dialect: ChecksumDialect,
): Uint8Array {
  if (advert.addresses.length > VRRP_MAX_ADDRESSES)
    throw new RangeError(`an advert carries at most ${VRRP_MAX_ADDRESSES} addresses`);
  const length = vrrpLength(advert.version, advert.addresses.length);
  const packet = new Uint8Array(IPV4_HEADER_BYTES + length);
  const sourceValue = addressValue(source);
  const destinationValue = addressValue(destination);
  writeIpv4Header(packet, {
    totalLength: packet.length,
    typeOfService: VRRP_TYPE_OF_SERVICE,
    identification: 0,
    ttl: VRRP_TTL,
    protocol: VRRP_PROTOCOL,
    source: sourceValue,
    destination: destinationValue,
  });
  const view = new DataView(packet.buffer, IPV4_HEADER_BYTES);
  writeVrrp(view, advert);
  const sum =
    advert.version === 3 && dialect === 'pseudoHeader'
      ? pseudoHeaderSum(sourceValue, destinationValue, length)
      : 0;
  view.setUint16(6, checksumOfSum(addToSum(sum, packet, IPV4_HEADER_BYTES, packet.length)));
  return packet;
}

function writeVrrp(view: DataView, advert: VrrpAdvert): void {
  view.setUint8(0, (advert.version << 4) | 1);
  view.setUint8(1, advert.virtualRouterId);
  view.setUint8(2, advert.priority);
  view.setUint8(3, advert.addresses.length);
  const intervalUs = wireIntervalUs(advert.version, advert.advertIntervalUs);
  if (advert.version === 2) {
    view.setUint8(4, 0);
    view.setUint8(5, intervalUs / SECOND_US);
  } else {
    view.setUint16(4, intervalUs / CENTISECOND_US);
  }
  advert.addresses.forEach((address, index) => {
    view.setUint32(VRRP_HEADER_BYTES + index * 4, addressValue(address));
  });
}

/** Reads a VRRP message (no IP header). Bytes after the message are ignored; the checksum is not verified here. */
export function decodeVrrp(message: Uint8Array): DecodeResult {
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
  const needed = vrrpLength(version, count);
  if (message.length < needed) {
    const detail = `${message.length} bytes of VRRP, but ${count} addresses need ${needed}`;
    return { ok: false, error: 'packetLength', detail };
  }
  const addresses: string[] = [];
  for (let index = 0; index < count; index++)
    addresses.push(formatIpv4(view.getUint32(VRRP_HEADER_BYTES + index * 4)));
  const vrrp: DecodedVrrp = {
    version,
    type: first & 15,
    virtualRouterId: view.getUint8(1),
    priority: view.getUint8(2),
    authType: version === 2 ? view.getUint8(4) : 0,
    advertIntervalUs:
      version === 2 ? view.getUint8(5) * SECOND_US : (view.getUint16(4) & 0x0fff) * CENTISECOND_US,
    checksum: view.getUint16(6),
    addresses,
  };
  return { ok: true, vrrp };
}

/**
 * The dialect in which the checksum of `packet[start, end)` is right, null if it is in none. Version 2 has only `plain`.
 */
export function checksumDialect(
  packet: Uint8Array,
  start: number,
  end: number,
  source: number,
  destination: number,
): ChecksumDialect | null {
  const sum = addToSum(0, packet, start, end);
  if ((packet[start] ?? 0) >>> 4 === 3) {
    if (isSumValid(sum + pseudoHeaderSum(source, destination, end - start))) return 'pseudoHeader';
  }
  return isSumValid(sum) ? 'plain' : null;
}

function pseudoHeaderSum(source: number, destination: number, length: number): number {
  return addWordToSum(addWordToSum(0, source), destination) + VRRP_PROTOCOL + length;
}

function addressValue(text: string): number {
  const value = parseIpv4(text);
  if (value === null) throw new RangeError(`not an IPv4 address: ${text}`);
  return value;
}
