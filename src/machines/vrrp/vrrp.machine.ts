/**
 * The statechart of one vrrp_instance (RFC 9568 section 6.4), in three regions that tell one story:
 * who speaks for the virtual router (protocol), who holds its addresses (addresses), who told the LAN (garp).
 *
 * State names are keepalived's (initialize, backup, master, fault), which operators know; RFC 9568 says Active
 * where they say master.
 */
import { assign, or, raise, setup, stateIn } from 'xstate';
import {
  initialContext,
  listeningWatch,
  skewingWatch,
  startingWatch,
  type VrrpContext,
  type VrrpInput,
  wireIdentity,
} from './vrrp.context.ts';
import { vrrpEffects } from './vrrp.effects.ts';
import type { VrrpEvent, VrrpInternalEvent } from './vrrp.events.ts';
import { vrrpGuards } from './vrrp.guards.ts';
import { vrrpUpdates } from './vrrp.updates.ts';

/** How long to wait before deleting an address again that the Linux kernel would not let go. */
const REMOVE_RETRY_US = 1_000_000;

type Args = { readonly context: VrrpContext };

const announce = {
  type: 'announce' as const,
  params: ({ context }: Args) => ({ priority: context.effectivePriority }),
};
const answerNow = {
  type: 'sendAdvert' as const,
  params: ({ context }: Args) => ({ priority: context.effectivePriority }),
};
/** RFC 9568 section 5.2.4: priority 0 says that the master has stopped, so that a backup need not wait. */
const resign = { type: 'sendAdvert' as const, params: { priority: 0 } };
const stopAnnouncing = { type: 'stopAnnouncing' as const, params: {} };
const stopWatching = { type: 'stopWatching' as const, params: {} };
const closeHeartbeat = { type: 'closeHeartbeat' as const, params: {} };
const watchListening = {
  type: 'watchMaster' as const,
  params: ({ context }: Args) => ({ ...listeningWatch(context) }),
};
const watchSkewing = {
  type: 'watchMaster' as const,
  params: ({ context }: Args) => ({ ...skewingWatch(context) }),
};
const watchStarting = {
  type: 'watchMaster' as const,
  params: ({ context }: Args) => ({ ...startingWatch(context) }),
};
const open = {
  type: 'openHeartbeat' as const,
  params: ({ context }: Args) => ({ identity: wireIdentity(context) }),
};
const setSource = {
  type: 'setSourceAddress' as const,
  params: ({ context }: Args) => ({ address: context.sourceAddress ?? '' }),
};
const addVips = {
  type: 'addVips' as const,
  params: ({ context }: Args) => ({ addresses: context.input.addresses }),
};
const removeVips = {
  type: 'removeVips' as const,
  params: ({ context }: Args) => ({ addresses: context.input.addresses }),
};
const garpMaster = {
  type: 'sendGratuitousArps' as const,
  params: ({ context }: Args) => ({
    addresses: context.input.addresses,
    repeat: context.input.garpMasterRepeat,
  }),
};
const garpContested = {
  type: 'sendGratuitousArps' as const,
  params: ({ context }: Args) => ({
    addresses: context.input.addresses,
    repeat: context.input.garpLowerPriorityRepeat,
  }),
};

const vrrpSetup = setup({
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
  },
  guards: {
    ...vrrpGuards,
    isMaster: stateIn({ protocol: 'master' }),
    holdsAddresses: or([stateIn({ addresses: 'held' }), stateIn({ addresses: 'incomplete' })]),
  },
  delays: {
    garpDelay: ({ context }) => context.input.garpMasterDelayUs,
    removeRetry: REMOVE_RETRY_US,
  },
});

const protocol = vrrpSetup.createStateConfig({
  initial: 'initialize',
  states: {
    initialize: {
      on: {
        'instance.started': [
          { guard: 'cannotTakePart', target: 'fault', actions: ['recordStart', open] },
          { guard: 'isOwner', target: 'master', actions: ['recordStart', open, setSource] },
          { guard: 'startsAsMaster', target: 'backup.starting', actions: ['recordStart', open, setSource] },
          { target: 'backup', actions: ['recordStart', open, setSource] },
        ],
      },
    },
    backup: {
      initial: 'listening',
      exit: stopWatching,
      states: {
        starting: { entry: watchStarting },
        listening: { entry: watchListening },
        skewing: { entry: watchSkewing },
      },
      on: {
        'advert.received': [
          // The skew still follows the interval learned from the master that resigns.
          { guard: 'isPriorityZero', target: '.skewing' },
          { guard: 'isAcceptable', target: '.listening', actions: ['learnMaster', 'forgetRival'] },
          { actions: 'noteRival' },
        ],
        'master.silent': 'master',
        'source.found': { actions: ['adoptSource', setSource] },
        'link.down': { target: 'fault', actions: 'recordFault' },
        'source.lost': { target: 'fault', actions: 'recordFault' },
        'shutdown.requested': { target: 'initialize', actions: [closeHeartbeat] },
      },
    },
    master: {
      tags: 'holdsVips',
      entry: ['forgetMaster', announce, 'gainMastership'],
      exit: [stopAnnouncing, 'loseMastership'],
      on: {
        'advert.received': [
          // RFC 9568 section 6.4.3: answer a resignation at once, so that no backup starts to count.
          { guard: 'isPriorityZero', actions: answerNow },
          { guard: 'winsAgainstUs', target: 'backup', actions: ['learnMaster', 'forgetRival'] },
          { guard: 'isOurselves', actions: 'noteRival' },
          { guard: 'staysQuietToLower', actions: ['noteRival', garpContested] },
          { actions: ['noteRival', answerNow, garpContested] },
        ],
        'source.found': { actions: ['adoptSource', setSource] },
        // keepalived: resign and claim again after the skew, so that every address is added afresh.
        'address.deleted': { guard: 'holdsAddresses', target: 'backup.skewing', actions: resign },
        'link.down': { target: 'fault', actions: [resign, 'recordFault'] },
        'source.lost': { target: 'fault', actions: [resign, 'recordFault'] },
        'shutdown.requested': { target: 'initialize', actions: [resign, closeHeartbeat] },
      },
    },
    fault: {
      entry: 'forgetMaster',
      on: {
        'link.down': { actions: 'recordFault' },
        'source.lost': { actions: 'recordFault' },
        'link.up': [
          { guard: 'isLastFault', target: 'backup', actions: ['clearFault', setSource] },
          { actions: 'clearFault' },
        ],
        'source.found': [
          { guard: 'isLastFault', target: 'backup', actions: ['clearFault', setSource] },
          { actions: 'clearFault' },
        ],
        'shutdown.requested': { target: 'initialize', actions: closeHeartbeat },
      },
    },
  },
  on: {
    'self.stalled': { actions: 'recordStall' },
    'adverts.sendFailed': { actions: 'recordSendError' },
    'adverts.sendRecovered': { actions: 'recordSendError' },
  },
});

/**
 * One request to the Linux kernel at a time: whether its answer is still wanted is decided when it comes, so that no
 * answer is taken for that of a later request, and `absent` means that nothing is under way.
 */
const addresses = vrrpSetup.createStateConfig({
  initial: 'unknown',
  states: {
    /** A predecessor that was killed may have left addresses: find out by deleting them. */
    unknown: { on: { 'instance.started': 'removing' } },
    absent: { on: { 'mastership.gained': 'adding' } },
    adding: {
      entry: addVips,
      on: {
        'vips.added': [{ guard: 'isMaster', target: 'held' }, { target: 'removing' }],
        'vips.addFailed': [{ guard: 'isMaster', target: 'incomplete' }, { target: 'removing' }],
      },
    },
    held: { entry: 'reportHeld', on: { 'mastership.lost': 'removing' } },
    /** At least one address could not be added. As keepalived does, stay master with the others. */
    incomplete: { entry: 'reportHeld', on: { 'mastership.lost': 'removing' } },
    removing: {
      entry: removeVips,
      on: {
        'vips.removed': [{ guard: 'isMaster', target: 'adding' }, { target: 'absent' }],
        'vips.removeFailed': [{ guard: 'isMaster', target: 'adding' }, { target: 'stuck' }],
      },
    },
    /** An address that stays behind is a second holder on the LAN: try until it is gone. */
    stuck: { after: { removeRetry: 'removing' }, on: { 'mastership.gained': 'adding' } },
  },
});

const garp = vrrpSetup.createStateConfig({
  initial: 'idle',
  states: {
    idle: {
      on: {
        'addresses.held': [
          { guard: 'wantsSecondBurst', target: 'announced' },
          { target: 'settled', actions: garpMaster },
        ],
      },
    },
    announced: {
      entry: garpMaster,
      after: { garpDelay: { target: 'settled', actions: garpMaster } },
      on: { 'mastership.lost': 'idle' },
    },
    settled: { on: { 'mastership.lost': 'idle' } },
  },
});

export const vrrpMachine = vrrpSetup.createMachine({
  id: 'vrrp',
  type: 'parallel',
  context: ({ input }) => initialContext(input),
  states: { protocol, addresses, garp },
});
