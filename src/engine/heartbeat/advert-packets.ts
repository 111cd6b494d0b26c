/** The packets of one advert, built once and sent many times. */
import type { WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import { familyOfIp } from '../../protocol/ip.ts';
import { IPV4_HEADER_BYTES } from '../../protocol/ipv4-header.ts';
import { IPV6_HEADER_BYTES } from '../../protocol/ipv6-header.ts';
import {
  type AdvertSeal,
  type AdvertTravel,
  encodeAdvertPacket,
  VRRP_TTL,
  vrrpLength,
} from '../../protocol/vrrp.ts';
import { AH_BYTES } from '../../protocol/vrrp-authentication.ts';
import type { AdvertSigner } from './signer.ts';

export interface AdvertPacket {
  readonly source: string;
  readonly destination: string;
  readonly unicast: boolean;
  /** Whole IP packet. Reused for every send: only the identification and what proves the sender change. */
  readonly bytes: Uint8Array;
  /** The VRRP message is `bytes[start, end)`. */
  readonly start: number;
  readonly end: number;
  /** Offset of the authentication header, null without. */
  readonly ahAt: number | null;
}

export interface AdvertForm {
  readonly source: string;
  readonly priority: number;
  readonly seal: AdvertSeal;
  /** The multicast group stands for the destination in checksums of unicast adverts. */
  readonly oldChecksum: boolean;
}

/** Linux's default hop limit, for IPv6 unicast where none is configured. */
const KERNEL_HOP_LIMIT = 64;

/** One packet for the multicast group, or one for each unicast peer. */
export function buildAdvertPackets(identity: WireIdentity, form: AdvertForm): readonly AdvertPacket[] {
  const { unicastPeers, wire, version, virtualRouterId, advertIntervalUs, addresses } = identity;
  const { source, seal, priority } = form;
  const unicast = unicastPeers.length > 0;
  const travel: Omit<AdvertTravel, 'destination'> = {
    source,
    seal,
    hopLimit: unicast ? (wire.unicastTtl ?? KERNEL_HOP_LIMIT) : VRRP_TTL,
    dialect: identity.checksumWithoutPseudoHeader
      ? 'plain'
      : form.oldChecksum
        ? 'groupPseudoHeader'
        : 'pseudoHeader',
    group: wire.multicastGroup,
  };
  const family = familyOfIp(source);
  const ipHeaderBytes = family === 'inet' ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
  const start = ipHeaderBytes + (seal.kind === 'ah' ? AH_BYTES : 0);
  const end = start + vrrpLength(version, addresses.length, family);
  return (unicast ? unicastPeers : [wire.multicastGroup]).map((destination) => ({
    source,
    destination,
    unicast,
    bytes: encodeAdvertPacket(
      { version, virtualRouterId, priority, advertIntervalUs, addresses },
      { ...travel, destination },
    ),
    start,
    end,
    ahAt: seal.kind === 'ah' ? ipHeaderBytes : null,
  }));
}

/** Writes the IP identification of IPv4, which is outside the VRRP checksum. IPv6 has none. */
export function stampIdentification({ bytes }: AdvertPacket, identification: number): void {
  if ((bytes[0] ?? 0) >>> 4 !== 4) return;
  bytes[4] = identification >>> 8;
  bytes[5] = identification & 255;
}

export interface PacketSender {
  readonly signer: AdvertSigner;
  readonly channel: string;
  nextIdentification(): number;
}

/** Sends the packets of one advert. `left`: to one destination at least; `error`: of the first that failed. */
export function sendPackets(
  sender: PacketSender,
  packets: readonly AdvertPacket[] | null,
  wallUs: number,
  send: (channel: string, packet: Uint8Array, destination: string) => string | null,
): { readonly left: boolean; readonly error: string | null } {
  const identification = sender.nextIdentification();
  if (packets === null) return { left: false, error: 'no source address' };
  let error: string | null = null;
  let left = false;
  for (const packet of packets) stampIdentification(packet, identification);
  sender.signer.sign(packets, wallUs);
  for (const { bytes, destination } of packets) {
    const failure = send(sender.channel, bytes, destination);
    if (failure === null) left = true;
    else error ??= `${destination}: ${failure}`;
  }
  return { left, error };
}
