/** Named predicates of the vrrp statechart. The chart shows these names, so they read as sentences. */
import { isEmpty } from '../kernel-objects.ts';
import { garpRefreshes } from './requests/garp.ts';
import { isLesserOwner, OWNER_PRIORITY, type VrrpContext, winsAgainstUs } from './vrrp.context.ts';
import type { AdvertFact, VrrpEvent, VrrpInternalEvent } from './vrrp.events.ts';
import { afterReload, objectChanges } from './vrrp.reload.ts';
import { resumedFrom } from './vrrp.resumption.ts';
import { standingAfter, standingAtStart } from './vrrp.standing.ts';
import { expiredLatenessUs } from './vrrp.timing.ts';

type Args = { readonly context: VrrpContext; readonly event: VrrpEvent | VrrpInternalEvent };

function advert(event: VrrpEvent | VrrpInternalEvent): AdvertFact | null {
  return event.type === 'advert.received' ? event : null;
}

const isOwner = ({ input }: VrrpContext): boolean => input.priority === OWNER_PRIORITY;

export const vrrpGuards = {
  /** Something prevents it from taking part. */
  hasFault: ({ context }: Args): boolean => context.faultReasons.length > 0,

  /** Nothing prevents it, but something that could is not known yet. */
  mustWait: ({ context }: Args): boolean => context.pending.length > 0,

  changesPriority: ({ context, event }: Args): boolean =>
    standingAfter(context, event).effectivePriority !== context.effectivePriority,

  /** A former worker was master, so lately that nobody else can be. */
  mayResume: ({ context, event }: Args): boolean => resumedFrom(context, event) !== null,

  /** vrrp_startup_delay or vrrp_delay_after_boot. */
  mustHold: ({ context, event }: Args): boolean =>
    event.type === 'instance.started' && (standingAtStart(context, event).holdUs ?? 0) > 0,

  /**
   * RFC 9568 section 6.4.1: the owner claims its addresses at once.
   * keepalived (2.2.7 seen): not if the configuration says `state BACKUP` all the same.
   */
  claimsAtOnce: ({ context }: Args): boolean =>
    isOwner(context) && context.willing && context.input.group === null,

  claimsInGroup: ({ context }: Args): boolean =>
    isOwner(context) && context.willing && context.input.group !== null,

  /** The members of a sync group become master together. */
  mustAgree: ({ context }: Args): boolean => context.input.group !== null,

  isPromoted: ({ context, event }: Args): boolean =>
    event.type === 'group.decided' && event.state === 'master' && context.willing,

  isDemoted: ({ event }: Args): boolean => event.type === 'group.decided' && event.state === 'backup',

  /** Another member gave up for a moment only: this one, too. */
  isDemotedForNow: ({ event }: Args): boolean =>
    event.type === 'group.decided' && event.state === 'backup' && event.resigning,

  /** keepalived's owner_ignore_adverts; an owner that conceded listens. */
  isDeaf: ({ context, event }: Args): boolean =>
    advert(event) !== null &&
    context.input.ownerIgnoreAdverts &&
    context.effectivePriority === OWNER_PRIORITY,

  isPriorityZero: ({ event }: Args): boolean => advert(event)?.priority === 0,

  /** A priority of at least ours, or one that nopreempt makes us follow. */
  needsNoPatience: ({ context, event }: Args): boolean => {
    const heard = advert(event);
    return heard !== null && (context.input.nopreempt || heard.priority >= context.effectivePriority);
  },

  delaysPreemption: ({ context }: Args): boolean => context.input.preemptDelayUs > 0,

  /** The priority changed, and the master that is followed need not be preempted any more. */
  followsItsBetter: ({ context }: Args): boolean =>
    context.master !== null && context.master.priority >= context.effectivePriority,

  winsAgainstUs: ({ context, event }: Args): boolean => {
    const heard = advert(event);
    return heard !== null && winsAgainstUs(context, heard);
  },

  /** keepalived's higher_prio_send_advert. */
  winsAfterOneMore: ({ context, event }: Args): boolean => {
    const heard = advert(event);
    return heard !== null && context.input.higherPrioritySendAdvert && winsAgainstUs(context, heard);
  },

  /** Equal priority from our own address: a second router with our address, or our echo. Nobody can win. */
  isOurselves: ({ context, event }: Args): boolean => {
    const heard = advert(event);
    return (
      heard !== null && heard.priority === context.effectivePriority && heard.source === context.sourceAddress
    );
  },

  /** A second owner that should give way to ours. */
  isLesserOwner: ({ context, event }: Args): boolean => {
    const heard = advert(event);
    return heard !== null && isLesserOwner(context, heard);
  },

  /** keepalived's lower_prio_no_advert. */
  staysQuietToLower: ({ context }: Args): boolean => context.input.lowerPriorityNoAdvert,

  /** keepalived's timer_expired_backup: its own advert is so late that such a backup has taken over. */
  mayHaveBeenReplaced: ({ context, event }: Args): boolean => {
    const { input } = context;
    if (event.type !== 'self.stalled' || input.expiredTimerPriority === null) return false;
    return event.stalledUs >= expiredLatenessUs(input, input.expiredTimerPriority);
  },

  hasSaidGoodbye: ({ context }: Args): boolean => context.farewell !== null,

  wantsSecondBurst: ({ context }: Args): boolean => context.input.garpMasterDelayUs > 0,

  /** garp_lower_prio_repeat 0 means not even once, whatever garp_lower_prio_delay says. */
  answersRivalsTwice: ({ context: { input } }: Args): boolean =>
    input.garpLowerPriorityRepeat > 0 && input.garpLowerPriorityDelayUs > 0,

  hasDevices: ({ context }: Args): boolean => context.input.devices.length > 0,

  refreshes: ({ context }: Args): boolean => garpRefreshes(context).length > 0,

  /** Nothing told it to end. */
  goesOn: ({ context }: Args): boolean => context.farewell === null,

  gainsAddresses: ({ context, event }: Args): boolean => !isEmpty(objectChanges(context, event).come),
  losesAddresses: ({ context, event }: Args): boolean => !isEmpty(objectChanges(context, event).gone),
  changesAddresses: ({ context, event }: Args): boolean => {
    const { gone, come } = objectChanges(context, event);
    return !isEmpty(gone) || !isEmpty(come);
  },
  changesBoth: ({ context, event }: Args): boolean => {
    const { gone, come } = objectChanges(context, event);
    return !isEmpty(gone) && !isEmpty(come);
  },

  isOutdated: ({ context }: Args): boolean => context.outdated,
  hasLeftover: ({ context }: Args): boolean => !isEmpty(context.leftover),
  isForeignDeletion: ({ event }: Args): boolean => event.type === 'object.deleted' && event.own !== true,

  refreshesAfterReload: ({ context, event }: Args): boolean =>
    garpRefreshes(afterReload(context, event)).length > 0,
  changesRefreshes: ({ context, event }: Args): boolean =>
    JSON.stringify(garpRefreshes(context)) !== JSON.stringify(garpRefreshes(afterReload(context, event))),
};
