/** The packets of one advert, built once and sent many times. */
import type { WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import { encodeAdvertPacket, VRRP_MULTICAST_GROUP } from '../../protocol/vrrp.ts';

export interface AdvertPacket {
  readonly destination: string;
  /** Whole IPv4 packet. Reused for every send: only the identification changes. */
  readonly bytes: Uint8Array;
}

/** One packet for the multicast group, or one for each unicast peer. */
export function buildAdvertPackets(
  identity: WireIdentity,
  source: string,
  priority: number,
): readonly AdvertPacket[] {
  const destinations = identity.unicastPeers.length > 0 ? identity.unicastPeers : [VRRP_MULTICAST_GROUP];
  const dialect = identity.checksumWithoutPseudoHeader ? 'plain' : 'pseudoHeader';
  const advert = {
    version: identity.version,
    virtualRouterId: identity.virtualRouterId,
    priority,
    advertIntervalUs: identity.advertIntervalUs,
    addresses: identity.addresses,
  };
  return destinations.map((destination) => ({
    destination,
    bytes: encodeAdvertPacket(advert, source, destination, dialect),
  }));
}

/** Writes the IP identification, which is outside the VRRP checksum. */
export function stampIdentification(packet: AdvertPacket, identification: number): void {
  packet.bytes[4] = identification >>> 8;
  packet.bytes[5] = identification & 255;
}
