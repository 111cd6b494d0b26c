/** How long a backup waits for which master. */
import { OWNER_PRIORITY, type VrrpContext } from './vrrp.context.ts';
import type { AwaitedAdvert } from './vrrp.effects.ts';
import type { AdvertFact } from './vrrp.events.ts';
import { masterDownIntervalUs, skewTimeUs } from './vrrp.timing.ts';

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

function skewTerms({ input, effectivePriority, master }: VrrpContext) {
  return {
    version: input.version,
    // keepalived: an owner that conceded still counts with its own priority.
    priority: input.priority === OWNER_PRIORITY ? OWNER_PRIORITY : effectivePriority,
    masterAdvertIntervalUs: master?.advertIntervalUs ?? input.advertIntervalUs,
  };
}

function downIntervalUs(context: VrrpContext): number {
  return masterDownIntervalUs(skewTerms(context), context.input.downTimerAdverts);
}

/** Master_Down_Timer of a listening backup. */
export function listeningWatch(context: VrrpContext): Watch {
  return {
    awaited: context.master,
    allowedUs: downIntervalUs(context),
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

/** A lower priority that this instance may not replace yet, because its sync group holds it back. */
export function rivalWatch(context: VrrpContext, awaited: AwaitedAdvert): Watch {
  return { ...listeningWatch(context), awaited };
}

/** Does a backup follow this advert? RFC 9568 section 6.4.2: unless it may, and need not wait to, preempt. */
export function isFollowed(
  { input, effectivePriority }: VrrpContext,
  { priority }: Pick<AdvertFact, 'priority'>,
  mayPreempt: boolean,
): boolean {
  return input.nopreempt || priority >= effectivePriority || (input.preemptDelayUs > 0 && !mayPreempt);
}

/**
 * A listening watch after the priority changed: the time left differs by the difference of the skews. A master that is
 * no longer followed does not push it off any more.
 */
export function revisedWatch(
  context: VrrpContext,
  mayPreempt: boolean,
): Pick<Watch, 'awaited' | 'allowedUs'> {
  const { master } = context;
  const awaited = master !== null && isFollowed(context, master, mayPreempt) ? master : null;
  return { awaited, allowedUs: downIntervalUs(context) };
}
