/** What a VRRP instance knows: its configuration (input) and what it has learned. */

import { compareIp } from '../../protocol/ip.ts';
import { type KernelObjects, NO_OBJECTS } from '../kernel-objects.ts';
import type { MemberStanding } from '../signals.ts';
import type { AwaitedAdvert, WireIdentity } from './vrrp.effects.ts';
import type { AdvertFact } from './vrrp.events.ts';
import type { VrrpInput } from './vrrp.input.ts';
import type { FormerSelf, Refusal } from './vrrp.resumption.ts';
import { expiredLatenessUs } from './vrrp.timing.ts';

/** Reason of an instance whose own device is not there; also whose first word it waits for. */
export const OWN_DEVICE = 'device';

/** RFC 9568 section 5.2.4: the router that owns the addresses. */
export const OWNER_PRIORITY = 255;

/** A router that advertised, but that this one did not yield to. */
export type Rival = Pick<AwaitedAdvert, 'source' | 'priority' | 'advertIntervalUs'>;

/** What a tracker does to this instance. */
export type TrackerEffect = { readonly weight: number; readonly fault: boolean };

/** The last thing an instance has to say. */
export type Farewell = 'STOP' | 'DELETED' | 'FAULT' | 'nothing';

export type VrrpContext = {
  readonly input: VrrpInput;
  /** Set by `instance.started`. */
  readonly started: boolean;
  /** Address that adverts are sent from; null while the interface has none. */
  readonly sourceAddress: string | null;
  /**
   * Why it cannot take part, oldest first; it leaves FAULT when none is left. `link`, `source`, `device`, `group`
   * (another member of the sync group has a fault), the actor of a tracker, or a name that `fault.found` gave.
   */
  readonly faultReasons: readonly string[];
  /** Whose first word is awaited before it takes part: trackers, its own device, and the sync group. */
  readonly pending: readonly string[];
  readonly trackers: Readonly<Record<string, TrackerEffect>>;
  readonly effectivePriority: number;
  /** An owner that gave way to another owner, with priority 254 until that one is gone. */
  readonly conceded: boolean;
  /** It is master, or would be if it were alone. */
  readonly willing: boolean;
  /** What the sync group was told last. */
  readonly reported: MemberStanding | null;
  /** How long nobody may become master, counted from `instance.started`. */
  readonly holdUs: number;
  /** Whom a backup follows; null before the first advert and while master. */
  readonly master: AwaitedAdvert | null;
  readonly rival: Rival | null;
  /** Last time this process did not run when it should have; null if never. */
  readonly lastStallUs: number | null;
  /** Why adverts cannot leave; null while they can. */
  readonly sendError: string | null;
  /** Set when it was told to end. */
  readonly farewell: Farewell | null;
  /** What reloads took out of the configuration and the kernel may still hold. */
  readonly leftover: KernelObjects;
  /** A reload changed what is to be held after the kernel was asked for something else. */
  readonly outdated: boolean;
  /** What it goes on from; none unless a former worker died. */
  readonly former?: FormerSelf | null;
  /** Why it does not go on from a former worker that there was. */
  readonly refusal?: Refusal;
};

export function initialContext(input: VrrpInput): VrrpContext {
  const group = input?.group ?? null;
  const trackers = (input?.trackers ?? []).filter(({ pending }) => pending).map(({ tracker }) => tracker);
  const devices = (input?.devices ?? []).length > 0 ? [OWN_DEVICE] : [];
  return {
    input,
    started: false,
    sourceAddress: input?.sourceAddress ?? null,
    faultReasons: input?.faultsAtStart ?? [],
    pending: [...trackers, ...devices, ...(group === null ? [] : [group])],
    trackers: {},
    effectivePriority: input?.priority ?? 0,
    conceded: false,
    willing: isWillingAtStart(input),
    reported: null,
    holdUs: 0,
    master: null,
    rival: null,
    lastStallUs: null,
    sendError: null,
    farewell: null,
    leftover: NO_OBJECTS,
    outdated: false,
  };
}

/** RFC 9568 section 6.4.1: the owner of the addresses does not wait. */
export function isWillingAtStart(input: VrrpInput): boolean {
  return input?.startAsMaster === true && input.priority === OWNER_PRIORITY;
}

export function wireIdentity({ input }: VrrpContext): WireIdentity {
  return {
    version: input.version,
    virtualRouterId: input.virtualRouterId,
    family: input.family,
    interface: input.advertInterface,
    unicastPeers: input.unicastPeers,
    addresses: input.addresses.map((vip) => vip.address),
    advertIntervalUs: input.advertIntervalUs,
    checksumWithoutPseudoHeader: input.checksumWithoutPseudoHeader,
    wire: input.wire,
    ...(input.expiredTimerPriority === null
      ? {}
      : { expiredLatenessUs: expiredLatenessUs(input, input.expiredTimerPriority) }),
  };
}

/** The facts of an advert that make it "the same again". */
export function awaitedFrom({ source, priority, advertIntervalUs, addresses }: AdvertFact): AwaitedAdvert {
  return { source, priority, advertIntervalUs, addresses };
}

/** RFC 9568 section 6.4.3: a master yields to a higher priority, or to an equal one from a higher address. */
export function winsAgainstUs(context: VrrpContext, advert: AdvertFact): boolean {
  if (advert.priority !== context.effectivePriority) return advert.priority > context.effectivePriority;
  return context.sourceAddress !== null && compareIp(advert.source, context.sourceAddress) > 0;
}

/** Two owners, and ours is the higher address: the other one should give way (keepalived). */
export function isLesserOwner(context: VrrpContext, advert: AdvertFact): boolean {
  const bothOwn = advert.priority === OWNER_PRIORITY && context.effectivePriority === OWNER_PRIORITY;
  return bothOwn && context.sourceAddress !== null && compareIp(advert.source, context.sourceAddress) < 0;
}
