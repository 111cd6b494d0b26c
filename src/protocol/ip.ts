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

/** An address as it travels, most significant byte first; null if the text is no address. */
export function ipBytes(text: string): { readonly family: IpFamily; readonly bytes: Uint8Array } | null {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== null) {
    return { family: 'inet', bytes: Uint8Array.of(ipv4 >>> 24, ipv4 >>> 16, ipv4 >>> 8, ipv4) };
  }
  const groups = text.includes(':') ? parseIpv6(text) : null;
  if (groups === null) return null;
  return { family: 'inet6', bytes: Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 255])) };
}

/** Text of an address of 4 or 16 bytes; null if it is neither. */
export function formatIpBytes(bytes: Uint8Array): string | null {
  if (bytes.length === 4) return Array.from(bytes).join('.');
  if (bytes.length !== 16) return null;
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0));
  return formatIpv6(groups);
}

/** An IPv6 address of fe80::/10, which is good on one link alone. */
export function isLinkLocal(address: string): boolean {
  const first = address.includes(':') ? parseIpv6(address)?.[0] : undefined;
  return first !== undefined && (first & 0xffc0) === 0xfe80;
}
