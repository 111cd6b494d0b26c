/** Counters of services and destinations (IPVS_STATS_ATTR_*). */
import { bigNumberOf, decodeAttributes, numberOf } from '../netlink/attributes.ts';

export type IpvsStats = {
  readonly connections: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** A second, over about the last two (IPVS's estimator). */
  readonly connectionRate: number;
  readonly packetRateIn: number;
  readonly packetRateOut: number;
  readonly byteRateIn: number;
  readonly byteRateOut: number;
};

/**
 * Of the nested attribute with 64-bit counters, or of the older one with 32 bits (before Linux 4.1) if there is no other.
 * What is missing is 0.
 */
export function decodeStats(stats64: Uint8Array | undefined, stats: Uint8Array | undefined): IpvsStats {
  const found = decodeAttributes(stats64 ?? stats ?? new Uint8Array());
  const at = (type: number): number => {
    const value = found?.get(type);
    return bigNumberOf(value) ?? numberOf(value) ?? 0;
  };
  return {
    connections: at(1),
    packetsIn: at(2),
    packetsOut: at(3),
    bytesIn: at(4),
    bytesOut: at(5),
    connectionRate: at(6),
    packetRateIn: at(7),
    packetRateOut: at(8),
    byteRateIn: at(9),
    byteRateOut: at(10),
  };
}
