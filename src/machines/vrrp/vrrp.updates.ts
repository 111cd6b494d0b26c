/** Pure updaters of the vrrp context: each returns the keys that an event changes. */
import { awaitedFrom, type Farewell, OWNER_PRIORITY, type VrrpContext } from './vrrp.context.ts';
import type { VrrpEvent, VrrpInternalEvent } from './vrrp.events.ts';
import { memberStanding, standingAfter, standingAtStart } from './vrrp.standing.ts';

type AnyVrrpEvent = VrrpEvent | VrrpInternalEvent;
type Update = Partial<VrrpContext>;

export const vrrpUpdates = {
  recordStart(context: VrrpContext, event: AnyVrrpEvent): Update {
    return event.type === 'instance.started' ? standingAtStart(context, event) : {};
  },

  recordStanding(context: VrrpContext, event: AnyVrrpEvent): Update {
    return standingAfter(context, event);
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
