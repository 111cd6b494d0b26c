/** How long a backup waits for which master. */
import { OWNER_PRIORITY, type VrrpContext } from './vrrp.context.ts';
import type { AdvertContent, AwaitedAdvert } from './vrrp.effects.ts';
import { masterDownIntervalUs, skewTimeUs } from './vrrp.timing.ts';

/** What a watch asks the heartbeat service for; `expectedIntervalUs` lets it count what did not come. */
export interface Watch {
  readonly awaited: AwaitedAdvert | null;
  readonly allowedUs: number;
  readonly expectedIntervalUs: number;
  readonly thenAnnounce?: AdvertContent;
}

/** What silence leads to, where nobody else has to be asked: a sync group decides for its members. */
function announcedThen({ input, conceded, effectivePriority }: VrrpContext): Pick<Watch, 'thenAnnounce'> {
  const isCertain = input.declaresFirstAdvert === true && input.group === null && !conceded;
  return isCertain ? { thenAnnounce: { priority: effectivePriority } } : {};
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
    ...announcedThen(context),
  };
}

/** After priority 0, or after losing an address: only the skew separates the candidates. */
export function skewingWatch(context: VrrpContext): Watch {
  return {
    awaited: null,
    allowedUs: skewTimeUs(skewTerms(context)),
    expectedIntervalUs: masterIntervalUs(context),
    ...announcedThen(context),
  };
}

/** Of an instance that its sync group holds back, or held back until a reload: silence has no certain consequence. */
function undeclared({ awaited, allowedUs, expectedIntervalUs }: Watch): Watch {
  return { awaited, allowedUs, expectedIntervalUs };
}

/** A lower priority that this instance may not replace yet, because its sync group holds it back. */
export function rivalWatch(context: VrrpContext, awaited: AwaitedAdvert): Watch {
  return { ...undeclared(listeningWatch(context)), awaited };
}

/** Does a backup follow this advert whatever preempt_delay says? RFC 9568 section 6.4.2: unless it may preempt. */
function isFollowed({ input, effectivePriority }: VrrpContext, { priority }: AwaitedAdvert): boolean {
  return input.nopreempt || priority >= effectivePriority;
}

/**
 * A listening watch after the priority or the configuration changed: the time left differs by the difference of the skews. The
 * next advert of a master that could be preempted now is news: it is passed over, or preempt_delay counts from it.
 */
export function revisedWatch(context: VrrpContext): Watch {
  const { master } = context;
  const awaited = master !== null && isFollowed(context, master) ? master : null;
  return { ...listeningWatch(context), awaited };
}

/** In the place of one that a reload made void, while the sync group of before holds the instance back. */
export function heldBackWatch(context: VrrpContext): Watch {
  return undeclared(revisedWatch(context));
}

/** What of a watch changes one that runs. */
export function adjusted({ awaited, allowedUs, thenAnnounce }: Watch): Omit<Watch, 'expectedIntervalUs'> {
  return { awaited, allowedUs, ...(thenAnnounce === undefined ? {} : { thenAnnounce }) };
}
