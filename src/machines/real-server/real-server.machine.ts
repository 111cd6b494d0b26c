/**
 * The statechart of one real server: down as soon as one of its checkers has failed, up when none has (keepalived
 * 2.4.3). Its virtual server hears of every change, scripts and FIFOs of most.
 */
import { and, assign, setup } from 'xstate';
import { type ActorEvent, actorEffects } from '../declare.ts';
import type { RealServerSignal, ServerMail, ServerNotice } from '../signals.ts';
import {
  contextAfter,
  failedAfter,
  initialContext,
  type RealServerContext,
  weightOf,
} from './real-server.context.ts';
import { realServerEffects } from './real-server.effects.ts';
import type { RealServerEvent } from './real-server.events.ts';
import type { RealServerInput } from './real-server.input.ts';

function isAlive({ failed, duty }: RealServerContext): boolean {
  return failed.length === 0 && duty !== 'maintenance';
}

type Args = { readonly context: RealServerContext; readonly event: RealServerEvent };

function notice({ name, virtualServerName }: RealServerInput, state: 'UP' | 'DOWN', stopping = false) {
  return { scope: 'RS', name, virtualServer: virtualServerName, state, stopping } satisfies ServerNotice;
}

function notify(state: 'UP' | 'DOWN') {
  return { type: 'notify' as const, params: ({ context }: Args) => notice(context.input, state) };
}

/** keepalived says nothing of a server that is up from the start, unless it is told to. */
const notifyStart = {
  type: 'notify' as const,
  params: ({ context: { input } }: Args) => (input.notifiesStart ? notice(input, 'UP') : null),
};

/** keepalived: only with omega is the end of the program the end of its servers. */
const notifyStop = {
  type: 'notify' as const,
  params: ({ context: { input } }: Args) => (input.notifiesStop ? notice(input, 'DOWN', true) : null),
};

function mailAs({ name, virtualServerName: vs }: RealServerInput, alive: boolean, body: string): ServerMail {
  return { subject: `Realserver ${name} of virtual server ${vs} - ${alive ? 'UP' : 'DOWN'}`, body };
}

/** keepalived: of a check that fails or recovers, whatever the others say, or only where that changes the server. */
const mailCheck = {
  type: 'mail' as const,
  params: ({ context, event }: Args) => {
    const { input, failed } = context;
    if (event.type !== 'checker.changed' || event.mail === undefined || input.mails === 'nothing')
      return null;
    const after = failedAfter(context, event);
    if (after.length === failed.length) return null;
    const alive = after.length === 0;
    if (input.mails === 'itself' && alive === (failed.length === 0)) return null;
    return mailAs(input, alive, event.mail);
  },
};

function mailEnd(body: string, isWanted: (input: RealServerInput) => boolean) {
  return {
    type: 'mail' as const,
    params: ({ context: { input } }: Args) =>
      input.mails !== 'nothing' && isWanted(input) ? mailAs(input, false, body) : null,
  };
}

/** Alive exactly while nobody has failed, and it is not out for maintenance. */
const tell = {
  type: 'signalActor' as const,
  params: ({ context }: Args) => {
    const { actor: real, virtualServer } = context.input;
    const alive = isAlive(context);
    const event: RealServerSignal = { type: 'real.changed', real, alive, weight: weightOf(context) };
    return { actor: virtualServer, event: event as ActorEvent };
  },
};

const realServerSetup = setup({
  types: {
    context: {} as RealServerContext,
    events: {} as RealServerEvent,
    input: {} as RealServerInput,
  },
  actions: {
    ...realServerEffects,
    ...actorEffects,
    /** What the fact changes: who has failed, what they say of the weight, the configuration. */
    record: assign(({ context, event }) => contextAfter(context, event)),
  },
  guards: {
    hasFailures: ({ context }) => context.failed.length > 0,
    failsNow: ({ context, event }) => failedAfter(context, event).length > 0,
    recoversNow: ({ context, event }) => failedAfter(context, event).length === 0,
    /** The first result of a checker that has counted as failed already. */
    failsAsAssumed: ({ context, event }) =>
      event.type === 'checker.changed' && !event.passed && context.failed.includes(event.checker),
    weighsOtherwise: ({ context, event }) => weightOf(contextAfter(context, event)) !== weightOf(context),
    standsOtherwise: ({ context, event }) => {
      const after = contextAfter(context, event);
      return weightOf(after) !== weightOf(context) || isAlive(after) !== isAlive(context);
    },
    recoversDrained: and(['recoversNow', ({ context }) => context.duty === 'drained']),
    hasFailuresAndWeighsOtherwise: and(['hasFailures', 'weighsOtherwise']),
  },
});

/** A change that leaves it in its state may be one of its weight. */
const RECORD = [{ guard: 'weighsOtherwise', actions: ['record', tell] }, { actions: 'record' }] as const;

/** While new connections are given to it, or at least old ones kept. */
const ending = {
  'real.removed': { target: 'ended', actions: [notify('DOWN'), mailEnd('=> Removing <=', () => true)] },
  'shutdown.requested': {
    target: 'ended',
    actions: [notifyStop, mailEnd('=> Shutting down <=', ({ notifiesStop }) => notifiesStop)],
  },
} as const;

const FAILS = {
  guard: 'failsNow',
  target: 'down',
  actions: [mailCheck, 'record', notify('DOWN'), tell],
} as const;
const LEAVES = { target: 'maintenance', actions: ['record', notify('DOWN'), tell] } as const;

/** To a state in which it is alive as it was; its weight may differ. */
function turns(target: 'up' | 'drained' | 'maintenance') {
  return [
    { guard: 'weighsOtherwise', target, actions: ['record', tell] },
    { target, actions: 'record' },
  ] as const;
}

const up = realServerSetup.createStateConfig({
  on: {
    ...ending,
    'checker.changed': [FAILS, ...RECORD],
    'real.reconfigured': RECORD,
    'operator.drain': turns('drained'),
    'operator.maintenance': LEAVES,
    'operator.weight': RECORD,
  },
});

/** Alive, with weight 0. */
const drained = realServerSetup.createStateConfig({
  on: {
    ...ending,
    'checker.changed': [FAILS, { actions: 'record' }],
    'real.reconfigured': { actions: 'record' },
    'operator.ready': turns('up'),
    'operator.maintenance': LEAVES,
    'operator.weight': { actions: 'record' },
  },
});

function recovers(target: 'up' | 'drained', before: readonly (typeof mailCheck)[] = []) {
  return { target, actions: [...before, 'record', notify('UP'), tell] } as const;
}

const down = realServerSetup.createStateConfig({
  on: {
    'checker.changed': [
      { guard: 'recoversDrained', ...recovers('drained', [mailCheck]) },
      { guard: 'recoversNow', ...recovers('up', [mailCheck]) },
      // keepalived: that what was assumed is true is told, too.
      { guard: 'failsAsAssumed', actions: [notify('DOWN'), tell] },
      { guard: 'weighsOtherwise', actions: [mailCheck, 'record', tell] },
      { actions: [mailCheck, 'record'] },
    ],
    'real.reconfigured': [
      { guard: 'recoversDrained', ...recovers('drained') },
      { guard: 'recoversNow', ...recovers('up') },
      ...RECORD,
    ],
    'operator.ready': RECORD,
    'operator.drain': RECORD,
    'operator.maintenance': turns('maintenance'),
    'operator.weight': RECORD,
  },
});

const STAYS_DOWN = [
  { guard: 'hasFailuresAndWeighsOtherwise', target: 'down', actions: ['record', tell] },
  { guard: 'hasFailures', target: 'down', actions: 'record' },
] as const;

/** Its checks go on, so that how it does is known when it is wanted again; nobody is sent mails of them. */
const maintenance = realServerSetup.createStateConfig({
  on: {
    'checker.changed': RECORD,
    'real.reconfigured': RECORD,
    'operator.ready': [...STAYS_DOWN, { target: 'up', actions: ['record', notify('UP'), tell] }],
    'operator.drain': [...STAYS_DOWN, { target: 'drained', actions: ['record', notify('UP'), tell] }],
    'operator.weight': RECORD,
  },
});

export const realServerMachine = realServerSetup.createMachine({
  id: 'real-server',
  context: ({ input }) => initialContext(input),
  initial: 'idle',
  states: {
    /** Its virtual server has not begun; what is known before counts from the start. */
    idle: {
      on: {
        'real.started': [
          { guard: 'hasFailures', target: 'down' },
          { target: 'up', actions: notifyStart },
        ],
        'checker.changed': [{ guard: 'standsOtherwise', actions: ['record', tell] }, { actions: 'record' }],
      },
    },
    up,
    drained,
    down,
    maintenance,
    ended: {},
  },
  on: {
    'real.removed': '.ended',
    'shutdown.requested': '.ended',
  },
});
