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
