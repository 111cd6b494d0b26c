/** The IPv6 header (RFC 8200 section 3), as far as a raw-socket protocol needs it. */

export const IPV6_HEADER_BYTES = 40;
export const IPV6_SOURCE_AT = 8;
export const IPV6_DESTINATION_AT = 24;

export interface Ipv6Header {
  /** Bytes after this header, as it says. */
  readonly payloadLength: number;
  readonly trafficClass: number;
  readonly nextHeader: number;
  readonly hopLimit: number;
}

export type Ipv6HeaderResult =
  | { readonly ok: true; readonly header: Ipv6Header }
  | { readonly ok: false; readonly error: 'packetLength' | 'ipHeader'; readonly detail: string };

/** Writes a header with flow label 0 at the start of `packet`; the addresses have 16 bytes. */
export function writeIpv6Header(
  packet: Uint8Array,
  header: Ipv6Header & { readonly source: Uint8Array; readonly destination: Uint8Array },
): void {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  view.setUint32(0, ((6 << 28) | (header.trafficClass << 20)) >>> 0);
  view.setUint16(4, header.payloadLength);
  view.setUint8(6, header.nextHeader);
  view.setUint8(7, header.hopLimit);
  packet.set(header.source, IPV6_SOURCE_AT);
  packet.set(header.destination, IPV6_DESTINATION_AT);
}

/** Reads a header. Extension headers are not followed: the kernel has dealt with them before a raw socket hears. */
export function parseIpv6Header(packet: Uint8Array): Ipv6HeaderResult {
  if (packet.length < IPV6_HEADER_BYTES) {
    const detail = `${packet.length} bytes are less than an IPv6 header`;
    return { ok: false, error: 'packetLength', detail };
  }
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const first = view.getUint32(0);
  if (first >>> 28 !== 6) return { ok: false, error: 'ipHeader', detail: `IP version ${first >>> 28}` };
  const header: Ipv6Header = {
    payloadLength: view.getUint16(4),
    trafficClass: (first >>> 20) & 255,
    nextHeader: view.getUint8(6),
    hopLimit: view.getUint8(7),
  };
  return { ok: true, header };
}
