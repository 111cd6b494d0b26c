/** Pure updaters of the vrrp context: each returns the keys that an event changes. */
import {
  awaitedFrom,
  type Farewell,
  isWillingAtStart,
  OWNER_PRIORITY,
  type VrrpContext,
} from './vrrp.context.ts';
import type { VrrpEvent, VrrpInternalEvent } from './vrrp.events.ts';
import { refusalOf } from './vrrp.resumption.ts';
import { memberStanding, standingAfter, standingAtStart } from './vrrp.standing.ts';

type AnyVrrpEvent = VrrpEvent | VrrpInternalEvent;
type Update = Partial<VrrpContext>;

export const vrrpUpdates = {
  recordStart(context: VrrpContext, event: AnyVrrpEvent): Update {
    if (event.type !== 'instance.started') return {};
    const standing = standingAtStart(context, event);
    const { former } = event;
    if (former === undefined) return standing;
    const refusal = refusalOf(context.input, former);
    return refusal === null ? { ...standing, former, willing: true } : { ...standing, refusal };
  },

  recordStanding(context: VrrpContext, event: AnyVrrpEvent): Update {
    return standingAfter(context, event);
  },

  /** Nobody was asked: it wants what it would have wanted without a former worker. */
  endResumption({ input }: VrrpContext): Update {
    return { former: null, willing: isWillingAtStart(input) };
  },

  /** What people were told before counts until they are told again. */
  forgetFormer({ former }: VrrpContext): Update {
    return former === undefined || former === null ? {} : { former: null };
  },

  recordReport(context: VrrpContext): Update {
    const reported = context.started ? memberStanding(context) : null;
    return context.input.group === null || reported === context.reported ? {} : { reported };
  },

  learnMaster(event: AnyVrrpEvent): Update {
    return event.type === 'advert.received' ? { master: awaitedFrom(event) } : {};
  },

  noteRival(context: VrrpContext, event: AnyVrrpEvent): Update {
    if (event.type !== 'advert.received') return {};
    const { source, priority, advertIntervalUs } = event;
    const known = context.rival;
    const isKnown = known?.source === source && known.priority === priority;
    return isKnown && known.advertIntervalUs === advertIntervalUs
      ? {}
      : { rival: { source, priority, advertIntervalUs } };
  },

  /** keepalived: another owner that is still there after our patience; one of two must have the lower priority. */
  concede(): Update {
    return { conceded: true, effectivePriority: OWNER_PRIORITY - 1 };
  },

  /** keepalived: the other owner is gone, or no owner any more. */
  restoreOwner(context: VrrpContext, event: AnyVrrpEvent): Update {
    if (!context.conceded) return {};
    const isThatOwner =
      event.type === 'advert.received' &&
      event.priority === OWNER_PRIORITY &&
      event.source === context.master?.source;
    return isThatOwner ? {} : { conceded: false, effectivePriority: OWNER_PRIORITY };
  },

  recordStall(event: AnyVrrpEvent): Update {
    if (event.type === 'self.leaseLost') return { lastStallUs: event.leaseUs + event.lateUs };
    return event.type === 'self.stalled' ? { lastStallUs: event.stalledUs } : {};
  },

  recordSendError(event: AnyVrrpEvent): Update {
    if (event.type === 'adverts.sendFailed') return { sendError: event.error };
    return event.type === 'adverts.sendRecovered' ? { sendError: null } : {};
  },

  recordFarewell(context: VrrpContext, event: AnyVrrpEvent): Update {
    return { farewell: event.type === 'instance.removed' ? farewellOf(context) : 'STOP' };
  },
};

/** keepalived: an instance that a reload removes says FAULT, if it did not say so before, or DELETED if asked to. */
function farewellOf({ input, faultReasons }: VrrpContext): Farewell {
  if (input.notifyDeleted) return 'DELETED';
  return faultReasons.length > 0 ? 'nothing' : 'FAULT';
}
