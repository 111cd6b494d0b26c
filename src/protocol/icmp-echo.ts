/** Echo requests and replies of ICMP (RFC 792) and ICMPv6 (RFC 4443), as raw sockets take and give them. */
import { addToSum, checksumOfSum } from './checksum.ts';
import { familyOfIp, type IpFamily, ipBytes } from './ip.ts';
import { parseIpv4 } from './ipv4.ts';
import { IPV4_HEADER_BYTES, parseIpv4Header, writeIpv4Header } from './ipv4-header.ts';
import { IPV6_HEADER_BYTES, writeIpv6Header } from './ipv6-header.ts';

export const ICMP_PROTOCOL = 1;
export const ICMPV6_PROTOCOL = 58;

const ECHO_BYTES = 8;
const HOP_LIMIT = 64;

interface Types {
  readonly request: number;
  readonly reply: number;
}

const TYPES: Readonly<Record<IpFamily, Types>> = {
  inet: { request: 8, reply: 0 },
  inet6: { request: 128, reply: 129 },
};

export interface Echo {
  /** 16 bits each. */
  readonly id: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/**
 * The request to this address. Without `source` it has no IP header, and over IPv6 no checksum: both are the kernel's.
 * With one it has both.
 */
export function encodeEchoRequest(echo: Echo, destination: string, source: string | null): Uint8Array {
  const family = familyOfIp(destination);
  const message = new Uint8Array(ECHO_BYTES + echo.payload.length);
  const view = new DataView(message.buffer);
  view.setUint8(0, TYPES[family].request);
  view.setUint16(4, echo.id);
  view.setUint16(6, echo.sequence);
  message.set(echo.payload, ECHO_BYTES);
  if (family === 'inet') {
    view.setUint16(2, checksumOfSum(addToSum(0, message, 0, message.length)));
    return source === null ? message : withIpv4Header(message, destination, source);
  }
  return source === null ? message : withIpv6Header(message, destination, source);
}

function withIpv4Header(message: Uint8Array, destination: string, source: string): Uint8Array {
  const packet = new Uint8Array(IPV4_HEADER_BYTES + message.length);
  writeIpv4Header(packet, {
    ...{
      totalLength: packet.length,
      typeOfService: 0,
      identification: 0,
      ttl: HOP_LIMIT,
      protocol: ICMP_PROTOCOL,
    },
    source: parseIpv4(source) ?? 0,
    destination: parseIpv4(destination) ?? 0,
  });
  packet.set(message, IPV4_HEADER_BYTES);
  return packet;
}

function withIpv6Header(message: Uint8Array, destination: string, source: string): Uint8Array {
  const packet = new Uint8Array(IPV6_HEADER_BYTES + message.length);
  const [from, to] = [ipBytes(source) ?? new Uint8Array(16), ipBytes(destination) ?? new Uint8Array(16)];
  const header = {
    payloadLength: message.length,
    trafficClass: 0,
    nextHeader: ICMPV6_PROTOCOL,
    hopLimit: HOP_LIMIT,
  };
  writeIpv6Header(packet, { ...header, source: from, destination: to });
  const sum = addToSum(addToSum(message.length + ICMPV6_PROTOCOL, from, 0, 16), to, 0, 16);
  new DataView(message.buffer).setUint16(2, checksumOfSum(addToSum(sum, message, 0, message.length)));
  packet.set(message, IPV6_HEADER_BYTES);
  return packet;
}

/** What a raw socket heard; null: it is no whole echo reply. The kernel has verified the checksum of ICMPv6 alone. */
export function decodeEchoReply(packet: Uint8Array, family: IpFamily): Echo | null {
  const message = family === 'inet' ? ipv4Payload(packet) : packet;
  if (message === null || message.length < ECHO_BYTES) return null;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  if (view.getUint8(0) !== TYPES[family].reply || view.getUint8(1) !== 0) return null;
  if (family === 'inet' && checksumOfSum(addToSum(0, message, 0, message.length)) !== 0) return null;
  return { id: view.getUint16(4), sequence: view.getUint16(6), payload: message.subarray(ECHO_BYTES) };
}

function ipv4Payload(packet: Uint8Array): Uint8Array | null {
  const parsed = parseIpv4Header(packet);
  if (!parsed.ok || parsed.header.totalLength > packet.length) return null;
  return packet.subarray(parsed.header.headerLength, parsed.header.totalLength);
}
