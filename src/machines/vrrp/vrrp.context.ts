/** What a VRRP instance knows: its configuration (input) and what it has learned. */
import { compareIp } from '../../protocol/ip.ts';
import type { AwaitedAdvert, WireIdentity } from './vrrp.effects.ts';
import type { AdvertFact } from './vrrp.events.ts';
import type { VrrpInput } from './vrrp.input.ts';
import { eagerStartUs, masterDownIntervalUs, skewTimeUs } from './vrrp.timing.ts';

/** Why an instance cannot take part. It leaves FAULT when none is left. */
export type FaultReason = 'link' | 'source';

/** A router that advertised, but that this one did not yield to. */
export type Rival = { readonly source: string; readonly priority: number };

export type VrrpContext = {
  readonly input: VrrpInput;
  /** Address that adverts are sent from; null while the interface has none. */
  readonly sourceAddress: string | null;
  readonly faultReasons: readonly FaultReason[];
  readonly effectivePriority: number;
  /** Whom a backup follows; null before the first advert and while master. */
  readonly master: AwaitedAdvert | null;
  readonly rival: Rival | null;
  /** Last time this process did not run when it should have; null if never. */
  readonly lastStallUs: number | null;
  /** Why adverts cannot leave; null while they can. */
  readonly sendError: string | null;
};

export function initialContext(input: VrrpInput): VrrpContext {
  return {
    input,
    sourceAddress: input?.sourceAddress ?? null,
    faultReasons: [],
    effectivePriority: input?.priority ?? 0,
    master: null,
    rival: null,
    lastStallUs: null,
    sendError: null,
  };
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
  };
}

/** The facts of an advert that make it "the same again". */
export function awaitedFrom({ source, priority, advertIntervalUs, addresses }: AdvertFact): AwaitedAdvert {
  return { source, priority, advertIntervalUs, addresses };
}

/** What a watch asks the heartbeat service for; `expectedIntervalUs` lets it count what did not come. */
export interface Watch {
  readonly awaited: AwaitedAdvert | null;
  readonly allowedUs: number;
  readonly expectedIntervalUs: number;
}

/** Interval in force: version 3 learns it from the master, version 2 only accepts its own (RFC 9568 section 6.1). */
function masterIntervalUs(context: VrrpContext): number {
  return context.master?.advertIntervalUs ?? context.input.advertIntervalUs;
}

function skewTerms(context: VrrpContext) {
  return {
    version: context.input.version,
    priority: context.effectivePriority,
    masterAdvertIntervalUs: masterIntervalUs(context),
  };
}

/** Master_Down_Timer of a listening backup. */
export function listeningWatch(context: VrrpContext): Watch {
  return {
    awaited: context.master,
    allowedUs: masterDownIntervalUs(skewTerms(context)),
    expectedIntervalUs: masterIntervalUs(context),
  };
}

/** After priority 0, or after losing an address: only the skew separates the candidates. */
export function skewingWatch(context: VrrpContext): Watch {
  return {
    awaited: null,
    allowedUs: skewTimeUs(skewTerms(context)),
    expectedIntervalUs: masterIntervalUs(context),
  };
}

/** `state MASTER` at start. */
export function startingWatch({ input }: VrrpContext): Watch {
  return {
    awaited: null,
    allowedUs: eagerStartUs(input.version, input.advertIntervalUs),
    expectedIntervalUs: input.advertIntervalUs,
  };
}

/** RFC 9568 section 6.4.3: a master yields to a higher priority, or to an equal one from a higher address. */
export function winsAgainstUs(context: VrrpContext, advert: AdvertFact): boolean {
  if (advert.priority !== context.effectivePriority) return advert.priority > context.effectivePriority;
  return context.sourceAddress !== null && compareIp(advert.source, context.sourceAddress) > 0;
}
