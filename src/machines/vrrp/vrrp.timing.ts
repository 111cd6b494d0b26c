/**
 * Interval arithmetic of VRRP, in integer microseconds.
 *
 * RFC 9568 section 6.1: Skew_Time = ((256 - Priority) * Active_Adver_Interval) / 256,
 * Active_Down_Interval = 3 * Active_Adver_Interval + Skew_Time. Version 2 (RFC 3768) fixes the interval in the
 * skew to one second. keepalived rounds down to whole microseconds; so do we, or the tie-break would differ.
 */
import type { VrrpInput } from './vrrp.input.ts';

const ONE_SECOND_US = 1_000_000;
const CENTISECOND_US = 10_000;

export interface SkewTerms {
  readonly version: 2 | 3;
  /** Effective priority of this router, 1 to 255. */
  readonly priority: number;
  /** Interval of the master in force; its own while it has not been learned. */
  readonly masterAdvertIntervalUs: number;
}

/** Skew_Time: the lower the priority, the later a router claims mastership. */
export function skewTimeUs({ version, priority, masterAdvertIntervalUs }: SkewTerms): number {
  const rank = 256 - priority;
  if (version === 2) return Math.floor((rank * ONE_SECOND_US) / 256);
  return Math.floor((rank * (masterAdvertIntervalUs / CENTISECOND_US) * 625) / 16);
}

/** Master_Down_Interval: how long silence means a living master. `adverts` may be missing; the RFC says three. */
export function masterDownIntervalUs(terms: SkewTerms, adverts = 3): number {
  return adverts * terms.masterAdvertIntervalUs + skewTimeUs(terms);
}

/**
 * How late an advert of a master must be for a backup of this priority to have taken over meanwhile (keepalived's timer_expired_backup).
 * The advert that is late was due one interval after the last one left.
 */
export function expiredLatenessUs(
  { version, advertIntervalUs }: Pick<VrrpInput, 'version' | 'advertIntervalUs'>,
  priority: number,
): number {
  return (
    masterDownIntervalUs({ version, priority, masterAdvertIntervalUs: advertIntervalUs }) - advertIntervalUs
  );
}
