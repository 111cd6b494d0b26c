/** The IPv4 header (RFC 791), as far as a raw-socket protocol needs it. */
import { addToSum, checksumOfSum } from './checksum.ts';

export const IPV4_HEADER_BYTES = 20;

export interface Ipv4Header {
  /** Bytes, options included. */
  readonly headerLength: number;
  /** Bytes of header and payload, as the header says. */
  readonly totalLength: number;
  readonly typeOfService: number;
  readonly identification: number;
  readonly ttl: number;
  readonly protocol: number;
  /** Addresses as unsigned 32-bit integers. */
  readonly source: number;
  readonly destination: number;
}

export type Ipv4HeaderResult =
  | { readonly ok: true; readonly header: Ipv4Header }
  | { readonly ok: false; readonly error: 'packetLength' | 'ipHeader'; readonly detail: string };

/**
 * Writes a header without options at the start of `packet`. The checksum stays 0: the Linux kernel computes it for
 * every raw packet that brings its own header. Call writeIpv4HeaderChecksum where no kernel will.
 */
export function writeIpv4Header(packet: Uint8Array, header: Omit<Ipv4Header, 'headerLength'>): void {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  view.setUint8(0, 0x45);
  view.setUint8(1, header.typeOfService);
  view.setUint16(2, header.totalLength);
  view.setUint16(4, header.identification);
  view.setUint16(6, 0);
  view.setUint8(8, header.ttl);
  view.setUint8(9, header.protocol);
  view.setUint16(10, 0);
  view.setUint32(12, header.source);
  view.setUint32(16, header.destination);
}

/** Fills in the header checksum. */
export function writeIpv4HeaderChecksum(packet: Uint8Array): void {
  const headerLength = ((packet[0] ?? 0) & 15) * 4;
  packet[10] = 0;
  packet[11] = 0;
  const checksum = checksumOfSum(addToSum(0, packet, 0, headerLength));
  packet[10] = checksum >>> 8;
  packet[11] = checksum & 255;
}

/**
 * Reads the header that a raw socket delivers. The header checksum is not verified: the kernel did that before it
 * delivered. Fragments are refused: the kernel delivers only whole packets. Options are skipped.
 */
export function parseIpv4Header(packet: Uint8Array): Ipv4HeaderResult {
  if (packet.length < IPV4_HEADER_BYTES)
    return refuse('packetLength', `${packet.length} bytes are less than an IPv4 header`);
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const first = view.getUint8(0);
  if (first >>> 4 !== 4) return refuse('ipHeader', `IP version ${first >>> 4}`);
  const headerLength = (first & 15) * 4;
  if (headerLength < IPV4_HEADER_BYTES) return refuse('ipHeader', `IP header length ${headerLength}`);
  if (headerLength > packet.length)
    return refuse('packetLength', `${packet.length} bytes are less than the IP header's ${headerLength}`);
  if ((view.getUint16(6) & 0x3fff) !== 0) return refuse('ipHeader', 'a fragment');
  const totalLength = view.getUint16(2);
  const header: Ipv4Header = {
    headerLength,
    totalLength,
    typeOfService: view.getUint8(1),
    identification: view.getUint16(4),
    ttl: view.getUint8(8),
    protocol: view.getUint8(9),
    source: view.getUint32(12),
    destination: view.getUint32(16),
  };
  return { ok: true, header };
}

function refuse(error: 'packetLength' | 'ipHeader', detail: string): Ipv4HeaderResult {
  return { ok: false, error, detail };
}
