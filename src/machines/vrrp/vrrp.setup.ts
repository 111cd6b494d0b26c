/** What every region of the vrrp chart may use: types, named actions, guards and delays. */
import { and, assign, not, or, raise, setup, stateIn } from 'xstate';
import { actorEffects } from '../declare.ts';
import { NO_OBJECTS } from '../kernel-objects.ts';
import type { VrrpContext } from './vrrp.context.ts';
import { vrrpEffects } from './vrrp.effects.ts';
import type { VrrpEvent, VrrpInternalEvent } from './vrrp.events.ts';
import { vrrpGuards } from './vrrp.guards.ts';
import type { VrrpInput } from './vrrp.input.ts';
import { leftoverAfter, reloadUpdate } from './vrrp.reload.ts';
import { leftUs } from './vrrp.resumption.ts';
import { vrrpUpdates } from './vrrp.updates.ts';

/** How long to wait before deleting an address again that the Linux kernel would not let go. */
const REMOVE_RETRY_US = 1_000_000;

/** The same for a device that cannot be made. Its interface coming up is a better sign, and is not waited for. */
const DEVICE_RETRY_US = 10_000_000;

/** The same for an address that could not be added. It may never be: often enough for what passes, seldom enough for a journal. */
const ADD_RETRY_US = 30_000_000;

const addressesSettled = or([
  stateIn({ addresses: 'absent' }),
  stateIn({ addresses: 'stuck' }),
  stateIn({ addresses: 'unknown' }),
]);

const stateGuards = {
  addressesSettled,
  isMaster: stateIn({ protocol: 'master' }),
  isBackup: stateIn({ protocol: 'backup' }),
  isFault: stateIn({ protocol: 'fault' }),
  isHeld: stateIn({ startup: 'holding' }),
  isResuming: stateIn({ startup: 'resuming' }),
  mayPreempt: stateIn({ preemption: 'due' }),
  holdsAddresses: or([
    stateIn({ addresses: 'held' }),
    stateIn({ addresses: 'incomplete' }),
    stateIn({ addresses: 'untidy' }),
  ]),
  /** It has asked for addresses, and has not been told to give them back. */
  isGainingAddresses: or([
    stateIn({ addresses: 'adding' }),
    stateIn({ addresses: 'completing' }),
    stateIn({ addresses: 'exchanging' }),
    stateIn({ addresses: 'extending' }),
    stateIn({ addresses: 'shedding' }),
    stateIn({ addresses: 'renewing' }),
  ]),
};

export const vrrpSetup = setup({
  types: {
    context: {} as VrrpContext,
    events: {} as VrrpEvent | VrrpInternalEvent,
    input: {} as VrrpInput,
    tags: {} as 'holdsVips',
  },
  actions: {
    ...vrrpEffects,
    ...actorEffects,
    recordStart: assign(({ context, event }) => vrrpUpdates.recordStart(context, event)),
    recordStanding: assign(({ context, event }) => vrrpUpdates.recordStanding(context, event)),
    adoptInput: assign(({ context, event }) => reloadUpdate(context, event)),
    rememberGone: assign(({ context, event }) => ({ leftover: leftoverAfter(context, event) })),
    forgetLeftover: assign({ leftover: NO_OBJECTS }),
    markOutdated: assign({ outdated: true }),
    markCurrent: assign({ outdated: false }),
    recordReport: assign(({ context }) => vrrpUpdates.recordReport(context)),
    recordFarewell: assign(({ context, event }) => vrrpUpdates.recordFarewell(context, event)),
    learnMaster: assign(({ event }) => vrrpUpdates.learnMaster(event)),
    noteRival: assign(({ context, event }) => vrrpUpdates.noteRival(context, event)),
    concede: assign(() => vrrpUpdates.concede()),
    restoreOwner: assign(({ context, event }) => vrrpUpdates.restoreOwner(context, event)),
    recordStall: assign(({ event }) => vrrpUpdates.recordStall(event)),
    recordSendError: assign(({ event }) => vrrpUpdates.recordSendError(event)),
    wantMaster: assign({ willing: true }),
    wantBackup: assign({ willing: false }),
    forgetMaster: assign({ master: null }),
    forgetRival: assign({ rival: null }),
    gainMastership: raise({ type: 'mastership.gained' }),
    loseMastership: raise({ type: 'mastership.lost' }),
    reportHeld: raise({ type: 'addresses.held' }),
    reportCompleted: raise({ type: 'addresses.completed' }),
    reportGood: raise({ type: 'standing.good' }),
    reportBad: raise({ type: 'standing.bad' }),
    reviewStanding: raise({ type: 'standing.reviewed' }),
    changePriority: raise({ type: 'priority.changed' }),
    endHold: raise({ type: 'hold.ended' }),
    endResumption: assign(({ context }) => vrrpUpdates.endResumption(context)),
    reportResumptionEnd: raise({ type: 'resumption.ended' }),
    forgetFormer: assign(({ context }) => vrrpUpdates.forgetFormer(context)),
    allowPreemption: raise({ type: 'preemption.due' }),
    reviewRole: raise({ type: 'role.reviewed' }),
    reportContested: raise({ type: 'mastership.contested' }),
  },
  guards: {
    ...vrrpGuards,
    ...stateGuards,
    /** RFC 9568 section 6.4.2: a backup follows any master that it may not or need not preempt. */
    isAcceptable: or(['needsNoPatience', and(['delaysPreemption', not('mayPreempt')])]),
    /** A lower priority that it could preempt, were it not for its sync group. */
    isPassedOver: and([
      not('isDeaf'),
      not('isPriorityZero'),
      not('needsNoPatience'),
      or([not('delaysPreemption'), 'mayPreempt']),
    ]),
    /** First advert of a lower priority that preempt_delay makes us follow. */
    startsPatience: and([
      'isBackup',
      not('isHeld'),
      'delaysPreemption',
      not('isDeaf'),
      not('isPriorityZero'),
      not('needsNoPatience'),
    ]),
    endsPatience: and(['isBackup', 'needsNoPatience', not('isPriorityZero')]),
    beginsToRefresh: and(['isMaster', 'holdsAddresses', 'refreshesAfterReload']),
    meetsLesserOwner: and(['isMaster', 'isLesserOwner']),
    /** It still claims to own the addresses, after all the time it was given. */
    isStubbornOwner: and([stateIn({ ownership: 'judging' }), 'isLesserOwner']),
    mustRenew: and(['isMaster', 'isOutdated']),
    mustTidy: and(['isMaster', 'hasLeftover']),
    /** Somebody else took away what it holds, or is about to hold. */
    isDeprived: and(['isForeignDeletion', or(['holdsAddresses', 'isGainingAddresses'])]),
    resumesInGroup: and([stateIn({ startup: 'resuming' }), 'mustAgree']),
    /** A role is told when the kernel has what belongs to it, or when it is over. */
    masterIsDue: or(['holdsAddresses', not('isMaster')]),
    backupIsDue: or([addressesSettled, not('isBackup')]),
    faultIsDue: or([addressesSettled, not('isFault')]),
  },
  delays: {
    garpDelay: ({ context }) => context.input.garpMasterDelayUs,
    contestDelay: ({ context }) => context.input.garpLowerPriorityDelayUs,
    removeRetry: REMOVE_RETRY_US,
    addRetry: ADD_RETRY_US,
    tidyRetry: REMOVE_RETRY_US,
    deviceRetry: DEVICE_RETRY_US,
    startupHold: ({ context }) => context.holdUs,
    lease: ({ context: { input, former } }) =>
      former === undefined || former === null ? 0 : Math.max(0, leftUs(input, former)),
    preemptDelay: ({ context }) => context.input.preemptDelayUs,
    /** keepalived gives a second owner the time of two of our adverts to notice ... */
    ownerPatience: ({ context }) => 2 * context.input.advertIntervalUs,
    /** ... and then a bit more than the longer of the two intervals to fall silent. */
    ownerVerdict: ({ context }) =>
      Math.floor(1.2 * Math.max(context.rival?.advertIntervalUs ?? 0, context.input.advertIntervalUs)),
  },
});
