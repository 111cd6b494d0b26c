/** What is counted of a part of a history: an instance, a day, a node, or all of it. */

/** Masterships shorter than this are flaps. */
export const FLAP_US = 60_000_000;
/** Durations kept for percentiles; of more only the first. */
const MOST_DURATIONS = 100_000;

export const ROLES = ['master', 'backup', 'fault', 'other'] as const;
export type Role = (typeof ROLES)[number];

export class Group {
  /** Masterships taken over from another router: it fell silent, resigned, or was of lower priority. */
  failovers = 0;
  /** Masterships that ended in a minute. */
  flaps = 0;
  readonly stalls = { count: 0, totalUs: 0, largestUs: 0 };
  /** By what made an instance master, or no longer master: types of events. */
  readonly gained = new Map<string, number>();
  readonly lost = new Map<string, number>();
  /** Time of its instances in each role, and of them with a master that they knew of, themselves included. */
  readonly timeUs: Record<Role, number> = { master: 0, backup: 0, fault: 0, other: 0 };
  masterKnownUs = 0;
  /** Reports of failed checks by code. */
  readonly checks = new Map<string, number>();
  /** From the last advert of the former master until the addresses were held. */
  readonly durationsUs: number[] = [];
  /** Failed over, but when the addresses were held is not known. */
  unmeasured = 0;

  addDuration(us: number): void {
    if (this.durationsUs.length < MOST_DURATIONS) this.durationsUs.push(us);
  }

  /** Time in any role. */
  get observedUs(): number {
    return ROLES.reduce((sum, role) => sum + this.timeUs[role], 0);
  }

  /** Mean time of an instance between failovers; null without any. */
  get betweenFailoversUs(): number | null {
    return this.failovers === 0 ? null : this.observedUs / this.failovers;
  }

  /** Share of the time with a master that the instance knew of; null without any time. */
  get masterKnownShare(): number | null {
    return this.observedUs === 0 ? null : this.masterKnownUs / this.observedUs;
  }
}

export function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The value that `share` of the values do not exceed; null without any. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
