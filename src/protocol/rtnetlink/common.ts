/** Numbers that addresses, routes and rules share. */
import { formatIpBytes, type IpFamily, ipBytes } from '../ip.ts';

export const AF_INET = 2;
export const AF_INET6 = 10;

/** Who made an address, a route or a rule, as iproute2 names it in rt_protos: keepalived's number, so that its tools fit. */
export const PROTOCOL_KEEPALIVED = 18;

export function familyNumber(family: IpFamily): number {
  return family === 'inet' ? AF_INET : AF_INET6;
}

/** Null for families that are none of ours. */
export function familyByNumber(family: number): IpFamily | null {
  if (family === AF_INET) return 'inet';
  return family === AF_INET6 ? 'inet6' : null;
}

/** An address as it stands in an attribute; null if the text is no address. */
export function addressBytes(text: string): { readonly family: IpFamily; readonly bytes: Uint8Array } | null {
  const bytes = ipBytes(text);
  return bytes === null ? null : { family: bytes.length === 4 ? 'inet' : 'inet6', bytes };
}

/** Text of the address in an attribute; null if its length is that of neither family. */
export function addressOf(value: Uint8Array | undefined): string | null {
  if (value?.length === 4) return formatIpBytes(value, 0, 'inet');
  return value?.length === 16 ? formatIpBytes(value, 0, 'inet6') : null;
}
