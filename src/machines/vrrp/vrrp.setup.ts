/** What every region of the vrrp chart may use: types, named actions, guards and delays. */
import { assign, or, raise, setup, stateIn } from 'xstate';
import type { VrrpContext } from './vrrp.context.ts';
import { vrrpEffects } from './vrrp.effects.ts';
import type { VrrpEvent, VrrpInternalEvent } from './vrrp.events.ts';
import { vrrpGuards } from './vrrp.guards.ts';
import type { VrrpInput } from './vrrp.input.ts';
import { vrrpUpdates } from './vrrp.updates.ts';

/** How long to wait before deleting an address again that the Linux kernel would not let go. */
const REMOVE_RETRY_US = 1_000_000;

/** The same for a device that cannot be made. Its interface coming up is a better sign, and is not waited for. */
const DEVICE_RETRY_US = 10_000_000;

export const vrrpSetup = setup({
  types: {
    context: {} as VrrpContext,
    events: {} as VrrpEvent | VrrpInternalEvent,
    input: {} as VrrpInput,
    tags: {} as 'holdsVips',
  },
  actions: {
    ...vrrpEffects,
    recordStart: assign(({ context, event }) => vrrpUpdates.recordStart(context, event)),
    recordFault: assign(({ context, event }) => vrrpUpdates.recordFault(context, event)),
    adoptSource: assign(({ event }) => vrrpUpdates.adoptSource(event)),
    clearFault: assign(({ context, event }) => vrrpUpdates.clearFault(context, event)),
    learnMaster: assign(({ event }) => vrrpUpdates.learnMaster(event)),
    noteRival: assign(({ context, event }) => vrrpUpdates.noteRival(context, event)),
    recordStall: assign(({ event }) => vrrpUpdates.recordStall(event)),
    recordSendError: assign(({ event }) => vrrpUpdates.recordSendError(event)),
    forgetMaster: assign({ master: null }),
    forgetRival: assign({ rival: null }),
    gainMastership: raise({ type: 'mastership.gained' }),
    loseMastership: raise({ type: 'mastership.lost' }),
    reportHeld: raise({ type: 'addresses.held' }),
    reportContested: raise({ type: 'mastership.contested' }),
  },
  guards: {
    ...vrrpGuards,
    isMaster: stateIn({ protocol: 'master' }),
    holdsAddresses: or([stateIn({ addresses: 'held' }), stateIn({ addresses: 'incomplete' })]),
  },
  delays: {
    garpDelay: ({ context }) => context.input.garpMasterDelayUs,
    contestDelay: ({ context }) => context.input.garpLowerPriorityDelayUs,
    removeRetry: REMOVE_RETRY_US,
    deviceRetry: DEVICE_RETRY_US,
  },
});
