/** A packet of either family as the protocols above IP see it. */
import { formatIpBytes, type IpFamily } from './ip.ts';
import { parseIpv4Header } from './ipv4-header.ts';
import { IPV6_DESTINATION_AT, IPV6_HEADER_BYTES, IPV6_SOURCE_AT, parseIpv6Header } from './ipv6-header.ts';

export interface IpPacket {
  readonly family: IpFamily;
  /** Bytes of the IP header, IPv4 options included: where its payload begins. */
  readonly headerLength: number;
  /** Bytes of header and payload, as the header says. */
  readonly totalLength: number;
  readonly protocol: number;
  /** TTL, or IPv6 hop limit. */
  readonly hopLimit: number;
  readonly source: string;
  readonly destination: string;
}

export type IpPacketResult =
  | { readonly ok: true; readonly ip: IpPacket }
  | { readonly ok: false; readonly error: 'packetLength' | 'ipHeader'; readonly detail: string };

const SOURCE_AT = 12;
const DESTINATION_AT = 16;

/** Family that the first four bits say, whatever follows. */
export function packetFamily(packet: Uint8Array): IpFamily {
  return (packet[0] ?? 0) >>> 4 === 6 ? 'inet6' : 'inet';
}

/** Offset of the source address. */
export function sourceOffset(family: IpFamily): number {
  return family === 'inet' ? SOURCE_AT : IPV6_SOURCE_AT;
}

/** Offset of the destination address. */
export function destinationOffset(family: IpFamily): number {
  return family === 'inet' ? DESTINATION_AT : IPV6_DESTINATION_AT;
}

/** Reads a whole packet's IP header. */
export function parseIpPacket(packet: Uint8Array): IpPacketResult {
  const family = packetFamily(packet);
  if (family === 'inet') {
    const parsed = parseIpv4Header(packet);
    if (!parsed.ok) return parsed;
    const { headerLength, totalLength, protocol, ttl: hopLimit } = parsed.header;
    return {
      ok: true,
      ip: { family, headerLength, totalLength, protocol, hopLimit, ...ends(packet, family) },
    };
  }
  const parsed = parseIpv6Header(packet);
  if (!parsed.ok) return parsed;
  const { payloadLength, nextHeader: protocol, hopLimit } = parsed.header;
  const totalLength = IPV6_HEADER_BYTES + payloadLength;
  const headerLength = IPV6_HEADER_BYTES;
  return { ok: true, ip: { family, headerLength, totalLength, protocol, hopLimit, ...ends(packet, family) } };
}

function ends(packet: Uint8Array, family: IpFamily): Pick<IpPacket, 'source' | 'destination'> {
  return {
    source: formatIpBytes(packet, sourceOffset(family), family),
    destination: formatIpBytes(packet, destinationOffset(family), family),
  };
}
