/**
 * The statechart of one virtual server: whether the real servers that are alive weigh enough together, its quorum, and what
 * of it shall stand in the kernel's table (keepalived 2.4.3).
 */
import { assign, setup } from 'xstate';
import type { ServerNotice } from '../signals.ts';
import { initialContext, type VirtualServerContext } from './virtual-server.context.ts';
import { virtualServerEffects } from './virtual-server.effects.ts';
import type { VirtualServerEvent } from './virtual-server.events.ts';
import type { VirtualServerInput } from './virtual-server.input.ts';
import { quorumMail, stopMail } from './virtual-server.mail.ts';
import { after, changesBy, wholeTable } from './virtual-server.updates.ts';

type Args = { readonly context: VirtualServerContext; readonly event: VirtualServerEvent };

function notice({ name }: VirtualServerInput, state: 'UP' | 'DOWN', stopping = false): ServerNotice {
  return { scope: 'VS', name, state, stopping };
}

function notify(state: 'UP' | 'DOWN') {
  return { type: 'notify' as const, params: ({ context }: Args) => notice(context.input, state) };
}

/** keepalived: only with omega is the end of the program the end of its services, also of those without a quorum. */
const notifyStop = {
  type: 'notify' as const,
  params: ({ context: { input } }: Args) => (input.notifiesStop ? notice(input, 'DOWN', true) : null),
};

function mail(state: 'UP' | 'DOWN', when: 'change' | 'start' = 'change') {
  return { type: 'mail' as const, params: ({ context }: Args) => quorumMail(context, state, when) };
}

/** By then nobody serves any more. */
const mailRemoval = {
  type: 'mail' as const,
  params: ({ context }: Args) => quorumMail(context, 'DOWN', 'change', 0),
};
const mailStop = { type: 'mail' as const, params: ({ context }: Args) => stopMail(context) };

/** The table comes first, as keepalived has it: who is told of a change can rely on it. So this sees what was before. */
const holdAll = {
  type: 'holdServices' as const,
  params: ({ context, event }: Args) => wholeTable(after(context, event)),
};
const setChanged = {
  type: 'setDestinations' as const,
  params: ({ context, event }: Args) => ({ changes: changesBy(context, event) }),
};
const mendAll = { type: 'mendServices' as const, params: () => ({}) };
const suspend = { type: 'suspendChecks' as const, params: () => ({}) };
const resume = { type: 'resumeChecks' as const, params: () => ({}) };
const releaseAll = { type: 'releaseServices' as const, params: () => ({}) };

const virtualServerSetup = setup({
  types: {
    context: {} as VirtualServerContext,
    events: {} as VirtualServerEvent,
    input: {} as VirtualServerInput,
  },
  actions: {
    ...virtualServerEffects,
    record: assign(({ context, event }) => after(context, event)),
  },
  guards: {
    isDriven: ({ event }) => event.type === 'virtual.started' && event.driven,
    changesTable: ({ context, event }) => changesBy(context, event).length > 0,
    /** keepalived: the whole table is emptied at once, or stays. */
    leavesTable: ({ context }) => context.input.leavesTableAtStop === true,
    hasQuorumThen: ({ context, event }) => after(context, event).hasQuorum === true,
    suspendsThen: ({ context, event }) => {
      const now = 'held' in event && event.held === false;
      const input = event.type === 'virtual.reconfigured' ? event.input : context.input;
      return now && input.suspends === true;
    },
    suspends: ({ context }) => context.input.suspends === true,
    hasSorryServer: ({ context }) => context.input.sorryServer !== null,
  },
});

/** Whatever the table is about: a change is asked for, a reload asks for all, and an end lets go of it. */
const changes = {
  'real.changed': { guard: 'changesTable', target: 'applying', actions: setChanged },
  'virtual.reconfigured': { target: 'applying', actions: holdAll },
  'virtual.removed': { target: 'withdrawing', actions: releaseAll },
  'shutdown.requested': [
    { guard: 'leavesTable', target: 'withdrawn' },
    { target: 'withdrawing', actions: releaseAll },
  ],
} as const;
/** By somebody else. */
const mends = { 'table.drifted': { target: 'mending', actions: mendAll } } as const;
const answers = { 'table.applied': 'applied', 'table.refused': 'refused' } as const;
const over = { 'virtual.removed': 'withdrawn', 'shutdown.requested': 'withdrawn' } as const;

export const virtualServerMachine = virtualServerSetup.createMachine({
  id: 'virtual-server',
  type: 'parallel',
  context: ({ input }) => initialContext(input),
  states: {
    table: {
      initial: 'unread',
      states: {
        unread: {
          on: {
            'virtual.started': [
              { guard: 'isDriven', target: 'applying', actions: holdAll },
              { target: 'observed' },
            ],
            ...over,
          },
        },
        /** The kernel has no such table. */
        observed: { on: over },
        applying: { on: { ...changes, ...answers } },
        /** Asked for again at every look at the table for as long as it is not so, which is told where it comes to something else. */
        applied: { on: { ...changes, ...mends, ...answers } },
        /** Something does not stand that should. */
        refused: { on: { ...changes, ...mends, ...answers } },
        mending: { on: { ...changes, ...answers } },
        withdrawing: { on: { 'table.applied': 'withdrawn', 'table.refused': 'withdrawn' } },
        withdrawn: {},
      },
    },
    quorum: {
      initial: 'idle',
      states: {
        /** Its real servers have not begun yet. */
        idle: {
          on: {
            'virtual.started': [
              {
                guard: 'hasQuorumThen',
                target: 'up',
                actions: ['record', notify('UP'), mail('UP', 'start')],
              },
              // keepalived: without a quorum from the start it is told only where somebody else serves instead.
              {
                guard: 'hasSorryServer',
                target: 'down',
                actions: ['record', notify('DOWN'), mail('DOWN', 'start')],
              },
              { target: 'down', actions: 'record' },
            ],
            'real.changed': { actions: 'record' },
            'virtual.reconfigured': { actions: 'record' },
            'virtual.removed': 'ended',
            'shutdown.requested': { target: 'ended', actions: [notifyStop, mailStop] },
          },
        },
        up: {
          on: {
            'real.changed': [
              { guard: 'hasQuorumThen', actions: 'record' },
              { target: 'down', actions: ['record', notify('DOWN'), mail('DOWN')] },
            ],
            'virtual.reconfigured': [
              { guard: 'hasQuorumThen', actions: 'record' },
              { target: 'down', actions: ['record', notify('DOWN'), mail('DOWN')] },
            ],
            'virtual.removed': { target: 'ended', actions: [notify('DOWN'), mailRemoval] },
            'shutdown.requested': { target: 'ended', actions: [notifyStop, mailStop] },
          },
        },
        down: {
          on: {
            'real.changed': [
              { guard: 'hasQuorumThen', target: 'up', actions: ['record', notify('UP'), mail('UP')] },
              { actions: 'record' },
            ],
            'virtual.reconfigured': [
              { guard: 'hasQuorumThen', target: 'up', actions: ['record', notify('UP'), mail('UP')] },
              { actions: 'record' },
            ],
            'virtual.removed': 'ended',
            'shutdown.requested': { target: 'ended', actions: [notifyStop, mailStop] },
          },
        },
        ended: {},
      },
    },
    checks: {
      initial: 'running',
      states: {
        running: {
          on: {
            'virtual.started': { guard: 'suspendsThen', target: 'suspended', actions: suspend },
            'virtual.reconfigured': { guard: 'suspendsThen', target: 'suspended', actions: suspend },
            'address.lost': { guard: 'suspends', target: 'suspended', actions: suspend },
          },
        },
        /** keepalived: what is known of real servers stays as it is. */
        suspended: {
          on: {
            'virtual.reconfigured': [{ guard: 'suspendsThen' }, { target: 'running', actions: resume }],
            'address.found': { target: 'running', actions: resume },
            'virtual.removed': { target: 'running', actions: resume },
          },
        },
      },
    },
  },
});
