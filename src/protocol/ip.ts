/** Addresses of both families as text in one form each, so that equal addresses are equal strings. */
import { formatIpv4, parseIpv4 } from './ipv4.ts';
import { formatIpv6, parseIpv6 } from './ipv6.ts';

export type IpFamily = 'inet' | 'inet6';

export interface IpAddress {
  readonly family: IpFamily;
  /** Dotted decimal, or RFC 5952. */
  readonly text: string;
}

/** null if the text is no address (inet_pton(3) decides the same). */
export function parseIp(text: string): IpAddress | null {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== null) return { family: 'inet', text: formatIpv4(ipv4) };
  const ipv6 = text.includes(':') ? parseIpv6(text) : null;
  return ipv6 === null ? null : { family: 'inet6', text: formatIpv6(ipv6) };
}

/** Bits of an address: the longest prefix. */
export function addressBits(family: IpFamily): 32 | 128 {
  return family === 'inet' ? 32 : 128;
}

/** 4 or 16 bytes in network order; null if the text is no address. */
export function ipBytes(text: string): Uint8Array | null {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== null) return Uint8Array.of(ipv4 >>> 24, (ipv4 >>> 16) & 255, (ipv4 >>> 8) & 255, ipv4 & 255);
  const groups = text.includes(':') ? parseIpv6(text) : null;
  return groups === null ? null : Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 255]));
}

/** Text of the address that begins at `at`; the bytes must be there. */
export function formatIpBytes(bytes: Uint8Array, at: number, family: IpFamily): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  if (family === 'inet') return formatIpv4(view.getUint32(0));
  return formatIpv6(Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2)));
}

/**
 * Negative, zero or positive as `a` is numerically below, equal to or above `b`: the tie-break of RFC 9568 section
 * 6.4.3. An address of either family is above what is no address, IPv6 above IPv4.
 */
export function compareIp(a: string, b: string): number {
  const [left, right] = [ipBytes(a) ?? [], ipBytes(b) ?? []];
  if (left.length !== right.length) return left.length - right.length;
  for (let index = 0; index < left.length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function familyOfIp(address: string): IpFamily {
  return address.includes(':') ? 'inet6' : 'inet';
}

/** 224.0.0.0/4 and ff00::/8. False for what is no address. */
export function isMulticastIp(address: string): boolean {
  const first = ipBytes(address)?.[0] ?? 0;
  return address.includes(':') ? first === 0xff : first >>> 4 === 0xe;
}

/** fe80::/10: valid on one link only. */
export function isLinkLocalIpv6(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/.test(address);
}
