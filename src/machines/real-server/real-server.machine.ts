/**
 * The statechart of one real server: down as soon as one of its checkers has failed, up when none has (keepalived
 * 2.4.3). Its virtual server hears of every change, scripts and FIFOs of most.
 */
import { assign, setup } from 'xstate';
import { type ActorEvent, actorEffects } from '../declare.ts';
import type { RealServerSignal, ServerMail, ServerNotice } from '../signals.ts';
import {
  contextAfter,
  failedAfter,
  initialContext,
  type RealServerContext,
  standingOf,
  weightOf,
} from './real-server.context.ts';
import { realServerEffects } from './real-server.effects.ts';
import type { RealServerEvent } from './real-server.events.ts';
import type { RealServerInput } from './real-server.input.ts';

function isAlive(context: RealServerContext): boolean {
  const standing = standingOf(context);
  return standing === 'up' || standing === 'drained';
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

function told(context: RealServerContext) {
  const { actor: real, virtualServer } = context.input;
  const alive = isAlive(context);
  const event: RealServerSignal = { type: 'real.changed', real, alive, weight: weightOf(context) };
  return { actor: virtualServer, event: event as ActorEvent };
}

/** Alive exactly while nobody has failed, and it is not out for maintenance. */
const tell = { type: 'signalActor' as const, params: ({ context }: Args) => told(context) };

/**
 * Before the fact is recorded: only if its virtual server sees a difference. What one weighs that is down makes none, and to be told
 * of would be more than is known of one that is only assumed to be down.
 */
const tellChange = {
  type: 'signalActor' as const,
  params: ({ context, event }: Args) => {
    const after = contextAfter(context, event);
    const [is, was] = [isAlive(after), isAlive(context)];
    const isSame = is === was && (!is || weightOf(after) === weightOf(context));
    return isSame ? null : told(after);
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
    failsNow: ({ context, event }) => failedAfter(context, event).length > 0,
    /** The first result of a checker that has counted as failed already. */
    failsAsAssumed: ({ context, event }) =>
      event.type === 'checker.changed' && !event.passed && context.failed.includes(event.checker),
    /** So that its virtual server alone is to know. */
    failsUntold: ({ context, event }) =>
      event.type === 'checker.changed' && event.assumed === true && context.failed.includes(event.checker),
    isOut: standsAs('maintenance'),
    isDown: standsAs('down'),
    isDrained: standsAs('drained'),
    isUp: standsAs('up'),
  },
});

/** What the fact makes of it. */
function standsAs(standing: ReturnType<typeof standingOf>) {
  return ({ context, event }: Args): boolean => standingOf(contextAfter(context, event)) === standing;
}

/** A change that leaves it in its state may be one of its weight. */
const RECORD = { actions: [tellChange, 'record'] } as const;

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
const LEAVES = { guard: 'isOut', target: 'maintenance', actions: ['record', notify('DOWN'), tell] } as const;
const RECOVERS = ['record', notify('UP'), tell] as const;

/** What an operator orders, an agent says, or a new configuration changes. */
function restanding<const T>(transitions: T) {
  return {
    'operator.ready': transitions,
    'operator.drain': transitions,
    'operator.maintenance': transitions,
    'operator.weight': RECORD,
    'agent.changed': transitions,
    'real.reconfigured': transitions,
  };
}

const up = realServerSetup.createStateConfig({
  on: {
    ...ending,
    'checker.changed': [FAILS, RECORD],
    ...restanding([LEAVES, { guard: 'isDrained', target: 'drained', ...RECORD }, RECORD]),
  },
});

/** Alive, with weight 0. */
const drained = realServerSetup.createStateConfig({
  on: {
    ...ending,
    'checker.changed': [FAILS, { actions: 'record' }],
    ...restanding([LEAVES, { guard: 'isUp', target: 'up', ...RECORD }, RECORD]),
  },
});

const down = realServerSetup.createStateConfig({
  on: {
    'checker.changed': [
      { guard: 'isDrained', target: 'drained', actions: [mailCheck, ...RECOVERS] },
      { guard: 'isUp', target: 'up', actions: [mailCheck, ...RECOVERS] },
      { guard: 'failsUntold', actions: tell },
      // keepalived: that what was assumed is true is told, too.
      { guard: 'failsAsAssumed', actions: [notify('DOWN'), tell] },
      { actions: [mailCheck, tellChange, 'record'] },
    ],
    ...restanding([
      // Told in any case, as before its start.
      { guard: 'isOut', target: 'maintenance', actions: ['record', tell] },
      { guard: 'isDrained', target: 'drained', actions: RECOVERS },
      { guard: 'isUp', target: 'up', actions: RECOVERS },
      RECORD,
    ]),
  },
});

/** Its checks go on, so that how it does is known when it is wanted again; nobody is sent mails of them. */
const maintenance = realServerSetup.createStateConfig({
  on: {
    'checker.changed': RECORD,
    ...restanding([
      { guard: 'isDown', target: 'down', ...RECORD },
      { guard: 'isDrained', target: 'drained', actions: RECOVERS },
      { guard: 'isUp', target: 'up', actions: RECOVERS },
      RECORD,
    ]),
  },
});

export const realServerMachine = realServerSetup.createMachine({
  id: 'real-server',
  context: ({ input }) => initialContext(input),
  initial: 'idle',
  states: {
    /** Its virtual server has not begun; what is known before counts from the start, as do orders from before it. */
    idle: {
      on: {
        'real.started': [
          { guard: 'isOut', target: 'maintenance' },
          { guard: 'isDown', target: 'down' },
          { guard: 'isDrained', target: 'drained', actions: notifyStart },
          { target: 'up', actions: notifyStart },
        ],
        'checker.changed': RECORD,
        'operator.drain': RECORD,
        'operator.weight': RECORD,
        // Told in any case: then it is no longer an assumption that it is not wanted in the table.
        'operator.maintenance': { actions: ['record', tell] },
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
