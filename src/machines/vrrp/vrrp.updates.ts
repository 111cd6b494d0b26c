/** Pure updaters of the vrrp context: each returns the keys that an event changes. */
import { awaitedFrom, type FaultReason, type VrrpContext } from './vrrp.context.ts';
import type { VrrpEvent, VrrpInternalEvent } from './vrrp.events.ts';

type AnyVrrpEvent = VrrpEvent | VrrpInternalEvent;
type Update = Partial<VrrpContext>;

const REASON_OF: Partial<Record<AnyVrrpEvent['type'], FaultReason>> = {
  'link.down': 'link',
  'link.up': 'link',
  'source.lost': 'source',
  'source.found': 'source',
};

/** Fault reasons that stay open after an event that ends one. */
export function remainingFaults(context: VrrpContext, event: AnyVrrpEvent): readonly FaultReason[] {
  return context.faultReasons.filter((reason) => reason !== REASON_OF[event.type]);
}

export const vrrpUpdates = {
  recordStart(_context: VrrpContext, event: AnyVrrpEvent): Update {
    if (event.type !== 'instance.started') return {};
    const faultReasons: FaultReason[] = [];
    if (!event.linkUp) faultReasons.push('link');
    if (event.sourceAddress === null) faultReasons.push('source');
    return { sourceAddress: event.sourceAddress, faultReasons };
  },

  recordFault(context: VrrpContext, event: AnyVrrpEvent): Update {
    const reason = REASON_OF[event.type];
    if (reason === undefined || context.faultReasons.includes(reason)) return {};
    const faultReasons = [...context.faultReasons, reason];
    return reason === 'source' ? { faultReasons, sourceAddress: null } : { faultReasons };
  },

  clearFault(context: VrrpContext, event: AnyVrrpEvent): Update {
    const faultReasons = remainingFaults(context, event);
    return event.type === 'source.found' ? { faultReasons, sourceAddress: event.address } : { faultReasons };
  },

  adoptSource(event: AnyVrrpEvent): Update {
    return event.type === 'source.found' ? { sourceAddress: event.address } : {};
  },

  learnMaster(event: AnyVrrpEvent): Update {
    return event.type === 'advert.received' ? { master: awaitedFrom(event) } : {};
  },

  noteRival(context: VrrpContext, event: AnyVrrpEvent): Update {
    if (event.type !== 'advert.received') return {};
    const { source, priority } = event;
    if (context.rival?.source === source && context.rival.priority === priority) return {};
    return { rival: { source, priority } };
  },

  recordStall(event: AnyVrrpEvent): Update {
    return event.type === 'self.stalled' ? { lastStallUs: event.stalledUs } : {};
  },

  recordSendError(event: AnyVrrpEvent): Update {
    if (event.type === 'adverts.sendFailed') return { sendError: event.error };
    return event.type === 'adverts.sendRecovered' ? { sendError: null } : {};
  },
};
