/** What an advert says, read from its bytes without any of the code that is to be judged by it. */

/** Offsets of VRID and priority in an advert, behind the IP header. */
const VRID_AT = 1;
const PRIORITY_AT = 2;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;

/** A number for the virtual router that a packet is of: its family and VRID. */
export function flowOf(packet: Uint8Array): number {
  const isIpv4 = (packet[0] ?? 0) >>> 4 === 4;
  return (isIpv4 ? 0 : 256) + (packet[(isIpv4 ? IPV4_HEADER : IPV6_HEADER) + VRID_AT] ?? 0);
}

export function advertOf(packet: Uint8Array): {
  family: 'inet' | 'inet6';
  vrid: number;
  priority: number;
  sender: number;
} {
  const isIpv4 = (packet[0] ?? 0) >>> 4 === 4;
  const start = isIpv4 ? IPV4_HEADER : IPV6_HEADER;
  return {
    family: isIpv4 ? 'inet' : 'inet6',
    vrid: packet[start + VRID_AT] ?? 0,
    priority: packet[start + PRIORITY_AT] ?? 0,
    sender: packet[isIpv4 ? 15 : 23] ?? 0,
  };
}
