/** Named predicates of the vrrp statechart. The chart shows these names, so they read as sentences. */
import { garpRefreshes } from './requests/garp.ts';
import { type VrrpContext, winsAgainstUs } from './vrrp.context.ts';
import type { AdvertFact, VrrpEvent, VrrpInternalEvent } from './vrrp.events.ts';
import { remainingFaults } from './vrrp.updates.ts';

type Args = { readonly context: VrrpContext; readonly event: VrrpEvent | VrrpInternalEvent };

function advert(event: VrrpEvent | VrrpInternalEvent): AdvertFact | null {
  return event.type === 'advert.received' ? event : null;
}

export const vrrpGuards = {
  /** The link is down or there is nothing to send from. */
  cannotTakePart: ({ event }: Args): boolean =>
    event.type === 'instance.started' && (!event.linkUp || event.sourceAddress === null),

  /**
   * RFC 9568 section 6.4.1: the owner claims its addresses at once.
   * keepalived (2.2.7 seen): not if the configuration says `state BACKUP` all the same.
   */
  isOwner: ({ context }: Args): boolean => context.effectivePriority === 255 && context.input.startAsMaster,

  startsAsMaster: ({ context }: Args): boolean => context.input.startAsMaster,

  isPriorityZero: ({ event }: Args): boolean => advert(event)?.priority === 0,

  /** RFC 9568 section 6.4.2: a backup follows any master that it may not or need not preempt. */
  isAcceptable: ({ context, event }: Args): boolean => {
    const heard = advert(event);
    return heard !== null && (context.input.nopreempt || heard.priority >= context.effectivePriority);
  },

  winsAgainstUs: ({ context, event }: Args): boolean => {
    const heard = advert(event);
    return heard !== null && winsAgainstUs(context, heard);
  },

  /** Equal priority from our own address: a second router with our address, or our echo. Nobody can win. */
  isOurselves: ({ context, event }: Args): boolean => {
    const heard = advert(event);
    return (
      heard !== null && heard.priority === context.effectivePriority && heard.source === context.sourceAddress
    );
  },

  /** keepalived's lower_prio_no_advert. */
  staysQuietToLower: ({ context }: Args): boolean => context.input.lowerPriorityNoAdvert,

  /** This event removes the last reason for FAULT. */
  isLastFault: ({ context, event }: Args): boolean => remainingFaults(context, event).length === 0,

  wantsSecondBurst: ({ context }: Args): boolean => context.input.garpMasterDelayUs > 0,

  /** garp_lower_prio_repeat 0 means not even once, whatever garp_lower_prio_delay says. */
  answersRivalsTwice: ({ context: { input } }: Args): boolean =>
    input.garpLowerPriorityRepeat > 0 && input.garpLowerPriorityDelayUs > 0,

  hasDevices: ({ context }: Args): boolean => context.input.devices.length > 0,

  refreshes: ({ context }: Args): boolean => garpRefreshes(context).length > 0,
};
