/**
 * Where the proofs of an advert's sender stand in its packet: the authentication header that keepalived sends with
 * version 2 (RFC 4302, HMAC-MD5-96) and the trailer of its auth_hmac. What is computed over them is asked of whoever
 * has the keys.
 */
import { familyOfIp, type IpFamily, ipBytes } from './ip.ts';

export const AH_PROTOCOL = 51;
/** Header, security parameter index, sequence number and 96 bits of digest. */
export const AH_BYTES = 24;
/** RFC 4302 section 2.2: 32-bit words less two. */
const AH_PAYLOAD_LENGTH = 4;
export const AH_SPI_AT = 4;
export const AH_SEQUENCE_AT = 8;
export const AH_DIGEST_AT = 12;
export const AH_DIGEST_BYTES = 12;

/** Type, key, two zeros, 64 bits of sequence (seconds, fraction, counter), 128 bits of HMAC-SHA256. */
export const TRAILER_BYTES = 28;
export const TRAILER_TYPE = 1;
export const TRAILER_SEQUENCE_AT = 4;
export const TRAILER_HMAC_AT = 12;
export const TRAILER_HMAC_BYTES = 16;
/** Family, version, virtual router, zero, source address: what binds a trailer to its advert. */
export const TRAILER_PSEUDO_BYTES = 20;

/** Fills in what is the same in every advert: next header and length. The security parameter index is the source. */
export function writeAhHeader(packet: Uint8Array, at: number, nextHeader: number): void {
  packet[at] = nextHeader;
  packet[at + 1] = AH_PAYLOAD_LENGTH;
  packet.copyWithin(at + AH_SPI_AT, 12, 16);
}

export interface Trailer {
  readonly type: number;
  readonly keyId: number;
  readonly reserved: number;
  /** Seconds since the Unix epoch in the upper 32 bits, then a fraction of 1/65536 s and a counter. */
  readonly sequence: bigint;
}

/** The trailer that begins at `at`; its bytes must be there. */
export function readTrailer(packet: Uint8Array, at: number): Trailer {
  const view = new DataView(packet.buffer, packet.byteOffset + at, TRAILER_BYTES);
  return {
    type: view.getUint8(0),
    keyId: view.getUint8(1),
    reserved: view.getUint16(2),
    sequence: view.getBigUint64(TRAILER_SEQUENCE_AT),
  };
}

/** Writes a trailer whose HMAC is still zero. */
export function writeTrailer(packet: Uint8Array, at: number, keyId: number, sequence: bigint): void {
  const view = new DataView(packet.buffer, packet.byteOffset + at, TRAILER_BYTES);
  view.setUint8(0, TRAILER_TYPE);
  view.setUint8(1, keyId);
  view.setUint16(2, 0);
  view.setBigUint64(TRAILER_SEQUENCE_AT, sequence);
  packet.fill(0, at + TRAILER_HMAC_AT, at + TRAILER_BYTES);
}

/** The clock as a sequence number with its counter at zero. */
export function sequenceOfClock(wallUs: number): bigint {
  const seconds = Math.floor(wallUs / 1_000_000);
  const fraction = Math.floor(((wallUs - seconds * 1_000_000) * 65_536) / 1_000_000);
  return BigInt.asUintN(64, (BigInt(seconds) << 32n) | (BigInt(fraction) << 16n));
}

/** RFC 1982: whether `a` comes after `b`, however often the numbers have wrapped. */
export function isAfter(a: bigint, b: bigint): boolean {
  return BigInt.asIntN(64, a - b) > 0n;
}

/** By how many whole seconds `a` is ahead of `b`. */
export function secondsAhead(a: bigint, b: bigint): number {
  return Number(BigInt.asIntN(32, (a >> 32n) - (b >> 32n)));
}

/**
 * What the HMAC of a trailer is computed over: pseudo-header, the message with its checksum as zero, the trailer with
 * its HMAC as zero. `start` and `end` are those of the VRRP message.
 */
export function trailerInput(packet: Uint8Array, start: number, end: number, source: string): Uint8Array {
  const family: IpFamily = familyOfIp(source);
  const input = new Uint8Array(TRAILER_PSEUDO_BYTES + end - start + TRAILER_BYTES);
  input[0] = family === 'inet6' ? 6 : 4;
  input[1] = (packet[start] ?? 0) >>> 4;
  input[2] = packet[start + 1] ?? 0;
  input.set(ipBytes(source) ?? [], 4);
  input.set(packet.subarray(start, end + TRAILER_HMAC_AT), TRAILER_PSEUDO_BYTES);
  input.fill(0, TRAILER_PSEUDO_BYTES + 6, TRAILER_PSEUDO_BYTES + 8);
  return input;
}

/**
 * What the digest of an authentication header is computed over: the packet with what routers may change as zero
 * (RFC 4302 section 3.3.3.1.1), and the TTL too for unicast. `at` is where the header begins.
 */
export function ahInput(packet: Uint8Array, at: number, unicast: boolean): Uint8Array {
  const input = packet.slice();
  input[1] = 0;
  input.fill(0, 6, 8);
  if (unicast) input[8] = 0;
  input.fill(0, 10, 12);
  input.fill(0, at + AH_DIGEST_AT, at + AH_BYTES);
  return input;
}

/** Compares the beginning of `expected` with bytes of a packet in a time that does not tell where they differ. */
export function isSameSecret(packet: Uint8Array, at: number, expected: Uint8Array, bytes: number): boolean {
  let difference = 0;
  for (let index = 0; index < bytes; index++)
    difference |= (packet[at + index] ?? 0) ^ (expected[index] ?? 0);
  return difference === 0;
}
