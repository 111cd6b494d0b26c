/**
 * The keeper of what IPVS has once for a network namespace: timeouts, the emptying of the whole table at start and end, and
 * the daemons that synchronise connections with another director (keepalived 2.4.3).
 */
import { assign, setup } from 'xstate';
import type { SyncRole } from '../../protocol/ipvs/daemon.ts';
import { after, type IpvsContext, initialContext, isSameSync, isWanted } from './ipvs.context.ts';
import { ipvsEffects } from './ipvs.effects.ts';
import type { Askable, IpvsEvent } from './ipvs.events.ts';
import type { IpvsInput } from './ipvs.input.ts';

/** How long after a refusal it is asked for again; each time twice as long, and at most five minutes and twenty seconds. */
const AGAIN_US = 10_000_000;
const MOST_DOUBLINGS = 5;

type Args = { readonly context: IpvsContext; readonly event: IpvsEvent };

const start = (role: SyncRole) => ({
  type: 'startSync' as const,
  params: ({ context: { input } }: Args) =>
    input.sync === null ? null : { role, daemon: input.sync.daemon },
});
/** One that the kernel refused to start does not run. */
const stop = (role: SyncRole, quietly = false) => ({
  type: 'stopSync' as const,
  params: ({ context }: Args) => ({ role, quietly: quietly || context.refused.includes(role) }),
});
/** keepalived: of those that nobody decides about, what a killed predecessor has left goes first. */
const stopBoth = [stop('master', true), stop('backup', true)];

const flushFirst = {
  type: 'flushTable' as const,
  params: ({ context: { input } }: Args) => (input.flushesAtStart ? {} : null),
};
const flushLast = {
  type: 'flushTable' as const,
  params: ({ context: { input } }: Args) => (input.flushesAtStop ? {} : null),
};
const setTimeouts = {
  type: 'setTimeouts' as const,
  params: ({ context: { input } }: Args) => input.timeouts,
};
/** keepalived: at the end, and when a reload says nothing of them any more. */
const restoreTimeouts = {
  type: 'setTimeouts' as const,
  params: ({ context: { original } }: Args) => original,
};
const restoreDropped = {
  type: 'setTimeouts' as const,
  params: (args: Args) => (inputThen(args).timeouts === null ? args.context.original : null),
};

const isOpen = ({ context }: Args, what: Askable): boolean =>
  context.refused.includes(what) && isWanted(context, what);
const startAgain = (role: SyncRole) => ({
  type: 'startSync' as const,
  params: (args: Args) => {
    const { sync } = args.context.input;
    return sync !== null && isOpen(args, role) ? { role, daemon: sync.daemon, again: true as const } : null;
  },
});
const setTimeoutsAgain = {
  type: 'setTimeouts' as const,
  params: (args: Args) => {
    const { timeouts } = args.context.input;
    return timeouts !== null && isOpen(args, 'timeouts') ? { ...timeouts, again: true as const } : null;
  },
};
const askAgain = [setTimeoutsAgain, startAgain('master'), startAgain('backup')];

const ipvsSetup = setup({
  types: {
    context: {} as IpvsContext,
    events: {} as IpvsEvent,
    input: {} as IpvsInput,
  },
  actions: {
    ...ipvsEffects,
    record: assign(({ context, event }) => after(context, event)),
    countTry: assign(({ context }) => ({ tries: Math.min(context.tries + 1, MOST_DOUBLINGS) })),
  },
  delays: { again: ({ context }) => AGAIN_US * 2 ** context.tries },
  guards: {
    hasNoIpvs: ({ event }) => event.type === 'ipvs.started' && !event.driven,
    hasNoSync: (args) => inputThen(args).sync === null,
    followsNobody: (args) => inputThen(args).sync?.instance === null,
    isMaster: ({ context, event }) => (event.type === 'ipvs.started' ? event.isMaster : context.isMaster),
    becomesMaster: ({ event }) => event.type === 'instance.changed' && event.isMaster,
    losesMaster: ({ event }) => event.type === 'instance.changed' && !event.isMaster,
    sameSync: ({ context, event }) =>
      event.type === 'ipvs.reconfigured' && isSameSync(context.input, event.input),
    grantsAll: ({ context, event }) => after(context, event).refused.length === 0,
    isRefused: ({ context, event }) => after(context, event).refused.length > 0,
  },
});

function inputThen({ context, event }: Args): IpvsInput {
  return event.type === 'ipvs.reconfigured' ? event.input : context.input;
}

/** Which daemons run is decided anew. */
function choosing<const A extends readonly unknown[]>(actions: A) {
  return [
    { guard: 'hasNoSync', target: '#ipvs.running.sync.alone', actions },
    { guard: 'followsNobody', target: '#ipvs.running.sync.both', actions },
    { guard: 'isMaster', target: '#ipvs.running.sync.master', actions },
    { target: '#ipvs.running.sync.backup', actions },
  ] as const;
}

const ends = { target: '#ipvs.ended', actions: [flushLast, restoreTimeouts] } as const;

/** The daemons that synchronise connections. */
const sync = {
  initial: 'alone',
  on: {
    'ipvs.reconfigured': [
      { guard: 'sameSync', actions: [restoreDropped, 'record', setTimeouts] },
      ...choosing([restoreDropped, 'record', setTimeouts]),
    ],
  },
  states: {
    /** No synchronisation is configured. */
    alone: {},
    both: { entry: [...stopBoth, start('master'), start('backup')], exit: stopBoth },
    master: {
      entry: start('master'),
      exit: stop('master'),
      on: { 'instance.changed': { guard: 'losesMaster', target: 'backup', actions: 'record' } },
    },
    backup: {
      entry: start('backup'),
      exit: stop('backup'),
      on: { 'instance.changed': { guard: 'becomesMaster', target: 'master', actions: 'record' } },
    },
  },
} as const;

/** Whether the kernel does what it is asked. Whatever keeps it from that may pass: an interface comes later, say. */
const requests = {
  initial: 'granted',
  states: {
    granted: { on: { 'ipvs.refused': { guard: 'isRefused', target: 'refused', actions: 'record' } } },
    refused: {
      after: { again: { target: 'refused', reenter: true, actions: ['countTry', ...askAgain] } },
      on: {
        'ipvs.refused': [{ guard: 'grantsAll', target: 'granted', actions: 'record' }, { actions: 'record' }],
        'ipvs.accepted': [
          { guard: 'grantsAll', target: 'granted', actions: 'record' },
          { actions: 'record' },
        ],
        // What is asked for instead is asked for anew, and that is recorded there.
        'instance.changed': { guard: 'grantsAll', target: 'granted' },
        'ipvs.reconfigured': { guard: 'grantsAll', target: 'granted' },
      },
    },
  },
} as const;

export const ipvsMachine = ipvsSetup.createMachine({
  id: 'ipvs',
  context: ({ input }) => initialContext(input),
  initial: 'idle',
  states: {
    idle: {
      on: {
        'ipvs.started': [
          { guard: 'hasNoIpvs', target: 'observed' },
          ...choosing(['record', setTimeouts, flushFirst]),
        ],
        'ipvs.removed': 'ended',
        'shutdown.requested': 'ended',
      },
    },
    /** The kernel has no IPVS. */
    observed: { on: { 'ipvs.removed': 'ended', 'shutdown.requested': 'ended' } },
    running: {
      type: 'parallel',
      on: {
        'timeouts.set': { actions: 'record' },
        'instance.changed': { actions: 'record' },
        'ipvs.removed': ends,
        'shutdown.requested': ends,
      },
      states: { sync, requests },
    },
    ended: {},
  },
});
