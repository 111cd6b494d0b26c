/**
 * The keeper of what IPVS has once for a network namespace: timeouts, the emptying of the whole table at start and end, and
 * the daemons that synchronise connections with another director (keepalived 2.4.3).
 */
import { assign, setup } from 'xstate';
import type { IpvsTimeouts, SyncRole } from '../../protocol/ipvs/daemon.ts';
import { ipvsEffects } from './ipvs.effects.ts';
import type { IpvsEvent } from './ipvs.events.ts';
import type { IpvsInput } from './ipvs.input.ts';

export type IpvsContext = {
  readonly input: IpvsInput;
  /** What the timeouts were before they were set; null: they have not been. */
  readonly original: IpvsTimeouts | null;
  /** Whether the instance that decides about the synchronisation is master. */
  readonly isMaster: boolean;
};

type Args = { readonly context: IpvsContext; readonly event: IpvsEvent };

const start = (role: SyncRole) => ({
  type: 'startSync' as const,
  params: ({ context: { input } }: Args) =>
    input.sync === null ? null : { role, daemon: input.sync.daemon },
});
const stop = (role: SyncRole, quietly = false) => ({
  type: 'stopSync' as const,
  params: () => ({ role, quietly }),
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

/** Nothing is to be restored once nothing is set. */
function originalAfter({ input, original }: IpvsContext, before: IpvsTimeouts): IpvsTimeouts | null {
  return input.timeouts === null ? null : (original ?? before);
}

const ipvsSetup = setup({
  types: {
    context: {} as IpvsContext,
    events: {} as IpvsEvent,
    input: {} as IpvsInput,
  },
  actions: {
    ...ipvsEffects,
    adopt: assign(({ event }) => (event.type === 'ipvs.reconfigured' ? { input: event.input } : {})),
    record: assign(({ context, event }) => {
      if (event.type === 'timeouts.set') return { original: originalAfter(context, event.before) };
      return event.type === 'ipvs.started' || event.type === 'instance.changed'
        ? { isMaster: event.isMaster }
        : {};
    }),
  },
  guards: {
    hasNoIpvs: ({ event }) => event.type === 'ipvs.started' && !event.driven,
    hasNoSync: (args) => inputThen(args).sync === null,
    followsNobody: (args) => inputThen(args).sync?.instance === null,
    isMaster: ({ context, event }) => (event.type === 'ipvs.started' ? event.isMaster : context.isMaster),
    becomesMaster: ({ event }) => event.type === 'instance.changed' && event.isMaster,
    losesMaster: ({ event }) => event.type === 'instance.changed' && !event.isMaster,
    sameSync: ({ context, event }) =>
      event.type === 'ipvs.reconfigured' &&
      JSON.stringify(event.input.sync) === JSON.stringify(context.input.sync),
  },
});

function inputThen({ context, event }: Args): IpvsInput {
  return event.type === 'ipvs.reconfigured' ? event.input : context.input;
}

/** Which daemons run is decided anew. */
function choosing<const A extends readonly unknown[]>(actions: A) {
  return [
    { guard: 'hasNoSync', target: '#ipvs.running.alone', actions },
    { guard: 'followsNobody', target: '#ipvs.running.both', actions },
    { guard: 'isMaster', target: '#ipvs.running.master', actions },
    { target: '#ipvs.running.backup', actions },
  ] as const;
}

const ends = { target: '#ipvs.ended', actions: [flushLast, restoreTimeouts] } as const;

export const ipvsMachine = ipvsSetup.createMachine({
  id: 'ipvs',
  context: ({ input }) => ({ input, original: null, isMaster: false }),
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
      initial: 'alone',
      on: {
        'timeouts.set': { actions: 'record' },
        'instance.changed': { actions: 'record' },
        'ipvs.reconfigured': [
          { guard: 'sameSync', actions: [restoreDropped, 'adopt', setTimeouts] },
          ...choosing([restoreDropped, 'adopt', setTimeouts]),
        ],
        'ipvs.removed': ends,
        'shutdown.requested': ends,
      },
      states: {
        /** No synchronisation is configured. */
        alone: {},
        both: { entry: [...stopBoth, start('master'), start('backup')], exit: stopBoth },
        master: {
          entry: start('master'),
          exit: stop('master'),
          on: {
            'instance.changed': { guard: 'losesMaster', target: 'backup', actions: 'record' },
          },
        },
        backup: {
          entry: start('backup'),
          exit: stop('backup'),
          on: {
            'instance.changed': { guard: 'becomesMaster', target: 'master', actions: 'record' },
          },
        },
      },
    },
    ended: {},
  },
});
