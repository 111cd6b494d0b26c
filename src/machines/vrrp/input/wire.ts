/** How the adverts of an instance travel. */
import type { IpFamily } from '../../../protocol/ip.ts';

export type WireInput = {
  readonly virtualRouterId: number;
  readonly version: 2 | 3;
  /** Family of the adverts, and so of the addresses in them. */
  readonly family: IpFamily;
  readonly advertIntervalUs: number;
  /** unicast_src_ip or mcast_src_ip; null: the interface's first address (IPv6: its link-local one). */
  readonly sourceAddress: string | null;
  /** Empty: multicast. */
  readonly unicastPeers: readonly string[];
  readonly checksumWithoutPseudoHeader: boolean;
  readonly wire: WireDetails;
};

/** What only the packets know of. */
export type WireDetails = {
  /** mcast_dst_ip. With unicast peers it only stands in checksums of the old kind. */
  readonly multicastGroup: string;
  /** TTL or hop limit of unicast adverts; null: the kernel's default. */
  readonly unicastTtl: number | null;
  /** check_unicast_src: adverts of others than the peers do not count. */
  readonly checkUnicastSource: boolean;
  /** Peers whose adverts must arrive with a TTL within these limits. */
  readonly peerTtls: readonly { readonly peer: string; readonly min: number; readonly max: number }[];
  /** Checksum of version 3 unicast adverts as keepalived had it up to 1.3.6; auto: once a peer uses it. */
  readonly oldUnicastChecksum: 'auto' | 'always' | 'never';
  /** skip_check_adv_addr: a backup compares the addresses only in the first advert of a sender. */
  readonly compareAddressesOnce: boolean;
  /** VRF of an instance without an interface; null: none. */
  readonly vrf: string | null;
  readonly authentication: AdvertAuthentication;
};

/** How adverts are signed and checked. Passwords and keys are no part of it: they never reach a journal. */
export type AdvertAuthentication =
  | { readonly kind: 'none' | 'pass' | 'ah' }
  | {
      readonly kind: 'hmac';
      readonly activeKey: number;
      /** receive-only: ours have no trailer; only `enforce` refuses adverts without one. */
      readonly mode: 'enforce' | 'permissive' | 'receive-only';
      readonly antiReplay: 'time' | 'monotonic';
      readonly windowUs: number;
    };
