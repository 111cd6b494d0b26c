/** Effects of the vrrp chart with the parameters it gives them: each is a line in its states. */
import type { ActorEvent } from '../declare.ts';
import { type KernelObjects, together } from '../kernel-objects.ts';
import type { MemberSignal, Notice } from '../signals.ts';
import { heldObjects } from './input/objects.ts';
import { awaitedFrom, type VrrpContext, wireIdentity } from './vrrp.context.ts';
import type { VrrpEvent, VrrpInternalEvent } from './vrrp.events.ts';
import { memberStanding } from './vrrp.standing.ts';
import { adjusted, listeningWatch, revisedWatch, rivalWatch, skewingWatch } from './vrrp.watches.ts';

type Args = { readonly context: VrrpContext };
type EventArgs = Args & { readonly event: VrrpEvent | VrrpInternalEvent };

export const announce = {
  type: 'announce' as const,
  params: ({ context }: Args) => ({ priority: context.effectivePriority }),
};
export const answerNow = {
  type: 'sendAdvert' as const,
  params: ({ context }: Args) => ({ priority: context.effectivePriority }),
};
/** RFC 9568 section 5.2.4: priority 0 says that the master has stopped, so that a backup need not wait. */
export const resign = { type: 'sendAdvert' as const, params: { priority: 0 } };
export const reviseAnnouncement = {
  type: 'reviseAnnouncement' as const,
  params: ({ context }: Args) => ({ priority: context.effectivePriority }),
};
export const stopAnnouncing = { type: 'stopAnnouncing' as const, params: {} };
export const stopWatching = { type: 'stopWatching' as const, params: {} };
export const closeHeartbeat = { type: 'closeHeartbeat' as const, params: {} };
export const watchListening = {
  type: 'watchMaster' as const,
  params: ({ context }: Args) => ({ ...listeningWatch(context) }),
};
export const watchSkewing = {
  type: 'watchMaster' as const,
  params: ({ context }: Args) => ({ ...skewingWatch(context) }),
};
export const watchRival = {
  type: 'watchMaster' as const,
  params: ({ context, event }: EventArgs) =>
    event.type === 'advert.received' ? { ...rivalWatch(context, awaitedFrom(event)) } : null,
};
/** The priority changed while it listens, or preempt_delay is over. */
export const reviseListening = {
  type: 'adjustWatch' as const,
  params: ({ context }: Args) => adjusted(revisedWatch(context)),
};
export const reviseSkewing = {
  type: 'adjustWatch' as const,
  params: ({ context }: Args) => adjusted(skewingWatch(context)),
};
export const open = {
  type: 'openHeartbeat' as const,
  params: ({ context }: Args) => ({ identity: wireIdentity(context) }),
};
export const setSource = {
  type: 'setSourceAddress' as const,
  params: ({ context }: Args) => (context.sourceAddress === null ? null : { address: context.sourceAddress }),
};
/** With `blocked` where nobody may talk to the addresses. */
export function addingOf(objects: KernelObjects, { blocked }: VrrpContext['input']) {
  return { ...objects, ...(blocked === null ? {} : { blocked }) };
}
export const addVips = {
  type: 'addVips' as const,
  params: ({ context: { input } }: Args) => addingOf(heldObjects(input), input),
};
export const removeVips = {
  type: 'removeVips' as const,
  params: ({ context: { input, leftover } }: Args) => together(heldObjects(input), leftover),
};
export const removeLeftover = {
  type: 'removeVips' as const,
  params: ({ context }: Args) => context.leftover,
};
function toGroup({ input }: VrrpContext, event: MemberSignal) {
  return input.group === null ? null : { actor: input.group, event: event as ActorEvent };
}
const self = ({ input }: VrrpContext): string => input.actor;

/** Tells the sync group what this member is by itself, if that has changed. Goes before `recordReport`. */
export const reportToGroup = {
  type: 'signalActor' as const,
  params: ({ context }: Args) => {
    const standing = memberStanding(context);
    if (!context.started || standing === context.reported) return null;
    return toGroup(context, { type: 'member.reported', member: self(context), standing });
  },
};
export const claimInGroup = {
  type: 'signalActor' as const,
  params: ({ context }: Args) => toGroup(context, { type: 'member.claimed', member: self(context) }),
};
export const resignInGroup = {
  type: 'signalActor' as const,
  params: ({ context }: Args) => toGroup(context, { type: 'member.resigned', member: self(context) }),
};
export const contestInGroup = {
  type: 'signalActor' as const,
  params: ({ context }: Args) => toGroup(context, { type: 'member.contested', member: self(context) }),
};

function notice({ input, effectivePriority }: VrrpContext, state: Notice['state']): Notice {
  return { scope: 'INSTANCE', name: input.name, state, priority: effectivePriority };
}
function notifyOf(state: Notice['state']) {
  return { type: 'notify' as const, params: ({ context }: Args) => notice(context, state) };
}
/** Nobody, if a former worker did. */
export const notifyMaster = {
  type: 'notify' as const,
  params: ({ context }: Args) => (context.former?.told === true ? null : notice(context, 'MASTER')),
};
export const notifyBackup = notifyOf('BACKUP');
export const notifyFault = notifyOf('FAULT');
export const notifyContested = notifyOf('MASTER_RX_LOWER_PRI');
export const notifyFarewell = {
  type: 'notify' as const,
  params: ({ context }: Args) =>
    context.farewell === null || context.farewell === 'nothing' ? null : notice(context, context.farewell),
};
function notifyPriorityOf(state: 'MASTER_PRIORITY' | 'BACKUP_PRIORITY') {
  return {
    type: 'notify' as const,
    params: ({ context }: Args) => (context.input.notifyPriorityChanges ? notice(context, state) : null),
  };
}
export const notifyMasterPriority = notifyPriorityOf('MASTER_PRIORITY');
export const notifyBackupPriority = notifyPriorityOf('BACKUP_PRIORITY');
