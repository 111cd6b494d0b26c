/** Numbers that addresses, routes and rules share. */
import type { IpFamily } from '../ip.ts';

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
