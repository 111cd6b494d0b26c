/** How the adverts of an instance travel. */
export type WireInput = {
  readonly virtualRouterId: number;
  readonly version: 2 | 3;
  readonly advertIntervalUs: number;
  /** unicast_src_ip or mcast_src_ip; null: the interface's first address. */
  readonly sourceAddress: string | null;
  /** Empty: multicast. */
  readonly unicastPeers: readonly string[];
  readonly checksumWithoutPseudoHeader: boolean;
};
