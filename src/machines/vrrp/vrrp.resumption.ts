/**
 * Whether an instance goes on where a worker stopped that died: as master, with its addresses where they are and without an
 * election, which nobody else has noticed the need of.
 */
import type { VrrpContext } from './vrrp.context.ts';
import type { VrrpEvent, VrrpInternalEvent } from './vrrp.events.ts';
import type { VrrpInput } from './vrrp.input.ts';

/** What the former worker left of an instance of this name. Times in microseconds. */
export type FormerSelf = {
  readonly role: 'master' | 'backup' | 'none';
  /** Since its last advert left. */
  readonly advertAgeUs: number;
  /** For how long the watchdog goes on with its adverts, while this worker lives; not at all without. */
  readonly keptUs?: number;
  /** The notices said master. */
  readonly told: boolean;
  /** Digests of its configuration, and of the present one. */
  readonly digest: string;
  readonly ownDigest: string;
};

/** Why it does not go on as master. */
export type Refusal = 'notMaster' | 'otherConfiguration' | 'tooLate';

/** RFC 9568 section 6.1: the shortest Master_Down_Interval that a router on the LAN can have, without its skew. */
const INTERVALS = 3;

/** How long after its last advert nobody else can have become master. */
export function leaseUs({ advertIntervalUs, downTimerAdverts }: VrrpInput): number {
  return Math.min(INTERVALS, downTimerAdverts) * advertIntervalUs;
}

/** What is left of the lease, less the time that the first advert may take; negative: nothing. Each advert of the watchdog renews it. */
export function leftUs(input: VrrpInput, { advertAgeUs, keptUs = 0 }: FormerSelf): number {
  const lease = leaseUs(input);
  const left = lease - Math.floor(lease / 20) - advertAgeUs;
  return left > 0 ? Math.max(left, keptUs) : left;
}

/** Null: it goes on as master. */
export function refusalOf(input: VrrpInput, former: FormerSelf): Refusal | null {
  if (former.role !== 'master') return 'notMaster';
  if (former.digest !== former.ownDigest) return 'otherConfiguration';
  return leftUs(input, former) > 0 && former.advertAgeUs >= 0 ? null : 'tooLate';
}

/** `instance.started` of one that may go on as master; null for everything else. */
export function resumedFrom({ input }: VrrpContext, event: VrrpEvent | VrrpInternalEvent): FormerSelf | null {
  if (event.type !== 'instance.started' || event.former === undefined) return null;
  return refusalOf(input, event.former) === null ? event.former : null;
}
