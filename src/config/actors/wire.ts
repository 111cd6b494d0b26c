import type { AdvertAuthentication, WireDetails, WireInput } from '../../machines/vrrp/input/wire.ts';
import { familyOfIp, type IpFamily } from '../../protocol/ip.ts';
import type { VrrpInstanceConfig } from '../model.ts';

export function wireInput(instance: VrrpInstanceConfig, virtualRouterId: number): WireInput {
  return {
    virtualRouterId,
    version: instance.version === 3 ? 3 : 2,
    family: instanceFamily(instance),
    advertIntervalUs: instance.advert_int,
    sourceAddress: instance.unicast_src_ip ?? instance.mcast_src_ip,
    unicastPeers: instance.unicast_peer.map(({ address }) => address),
    checksumWithoutPseudoHeader: instance.v3_checksum_as_v2,
    wire: wireDetails(instance),
  };
}

/** That of the addresses in its block, else of whatever address stands for it: the checks have made all of them agree. */
export function instanceFamily(instance: VrrpInstanceConfig): IpFamily {
  const address =
    instance.virtual_ipaddress[0]?.address ??
    instance.unicast_peer[0]?.address ??
    instance.unicast_src_ip ??
    instance.mcast_src_ip ??
    instance.mcast_dst_ip;
  return instance.native_ipv6 ? 'inet6' : familyOfIp(address);
}

function wireDetails(instance: VrrpInstanceConfig): WireDetails {
  const limited = instance.unicast_peer.filter(({ min_ttl, max_ttl }) => min_ttl > 0 || max_ttl < 255);
  return {
    multicastGroup: instance.mcast_dst_ip,
    unicastTtl: instance.unicast_ttl,
    checkUnicastSource: instance.check_unicast_src,
    peerTtls: limited.map(({ address, min_ttl, max_ttl }) => ({ peer: address, min: min_ttl, max: max_ttl })),
    oldUnicastChecksum: instance.old_unicast_checksum,
    compareAddressesOnce: instance.skip_check_adv_addr,
    vrf: instance.vrf,
    authentication: authentication(instance),
  };
}

function authentication(instance: VrrpInstanceConfig): AdvertAuthentication {
  const hmac = instance.auth_hmac.at(-1);
  if (hmac !== undefined && hmac.active_key !== null) {
    const { active_key: activeKey, mode, anti_replay: antiReplay, time_window: windowUs } = hmac;
    return { kind: 'hmac', activeKey, mode, antiReplay, windowUs };
  }
  const kind = instance.authentication.at(-1)?.auth_type;
  return { kind: kind === 'PASS' ? 'pass' : kind === 'AH' ? 'ah' : 'none' };
}
