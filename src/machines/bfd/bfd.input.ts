/** One bfd_instance with every default applied. Times in microseconds. */
export type BfdInput = {
  readonly name: string;
  /** Canonical text, IPv4 or IPv6. */
  readonly neighbor: string;
  /** Address that packets leave from, of the neighbour's family; null: what the routes say. */
  readonly source: string | null;
  /** RFC 5883: the neighbour is not on this network. */
  readonly multihop: boolean;
  /** TTL or hop limit of what is sent. */
  readonly ttl: number;
  /** How far below `ttl` a received packet may be; 255: no limit. */
  readonly maxHops: number;
  /** Shortest interval between packets that this end can receive (bfd.RequiredMinRxInterval). */
  readonly minRxUs: number;
  /** Interval between packets that this end wants while the session is up (bfd.DesiredMinTxInterval). */
  readonly minTxUs: number;
  /** The same while it is not up; at least a second (RFC 5880 section 6.8.3). */
  readonly idleTxUs: number;
  readonly multiplier: number;
  /** Wait for the neighbour to begin. */
  readonly passive: boolean;
};
