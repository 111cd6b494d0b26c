import type { WireInput } from '../../machines/vrrp/input/wire.ts';
import type { VrrpInstanceConfig } from '../model.ts';

export function wireInput(instance: VrrpInstanceConfig, virtualRouterId: number): WireInput {
  return {
    virtualRouterId,
    version: instance.version === 3 ? 3 : 2,
    advertIntervalUs: instance.advert_int,
    sourceAddress: instance.unicast_src_ip ?? instance.mcast_src_ip,
    unicastPeers: instance.unicast_peer.map(({ address }) => address),
    checksumWithoutPseudoHeader: instance.v3_checksum_as_v2,
  };
}
