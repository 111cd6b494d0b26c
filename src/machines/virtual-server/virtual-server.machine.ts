/**
 * The statechart of one virtual server: whether the real servers that are alive weigh enough together, its quorum
 * (keepalived 2.4.3).
 */
import { assign, raise, setup } from 'xstate';
import type { ServerNotice } from '../signals.ts';
import {
  gainThreshold,
  initialContext,
  liveWeight,
  lossThreshold,
  type VirtualServerContext,
  weightsAfter,
  weightsOf,
} from './virtual-server.context.ts';
import { virtualServerEffects } from './virtual-server.effects.ts';
import type { VirtualServerEvent, VirtualServerInternalEvent } from './virtual-server.events.ts';
import type { VirtualServerInput } from './virtual-server.input.ts';

type AnyEvent = VirtualServerEvent | VirtualServerInternalEvent;
type Args = { readonly context: VirtualServerContext };

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

const virtualServerSetup = setup({
  types: {
    context: {} as VirtualServerContext,
    events: {} as AnyEvent,
    input: {} as VirtualServerInput,
  },
  actions: {
    ...virtualServerEffects,
    record: assign(({ context, event }) => ({ weights: weightsAfter(context, event) })),
    adopt: assign(({ context, event }) =>
      event.type === 'virtual.reconfigured'
        ? { input: event.input, weights: weightsOf(context, event.input) }
        : { input: context.input },
    ),
    review: raise({ type: 'weights.reviewed' }),
  },
  guards: {
    gainsQuorum: ({ context }) => liveWeight(context) >= gainThreshold(context),
    losesQuorum: ({ context }) => liveWeight(context) === 0 || liveWeight(context) < lossThreshold(context),
    hasSorryServer: ({ context }) => context.input.sorryServer !== null,
  },
});

export const virtualServerMachine = virtualServerSetup.createMachine({
  id: 'virtual-server',
  context: ({ input }) => initialContext(input),
  initial: 'idle',
  states: {
    /** Its real servers have not begun yet. */
    idle: {
      on: {
        'virtual.started': [
          { guard: 'gainsQuorum', target: 'up', actions: notify('UP') },
          // keepalived: without a quorum from the start it is told only where somebody else serves instead.
          { guard: 'hasSorryServer', target: 'down', actions: notify('DOWN') },
          { target: 'down' },
        ],
      },
    },
    up: {
      on: {
        'weights.reviewed': { guard: 'losesQuorum', target: 'down', actions: notify('DOWN') },
        'virtual.removed': { target: 'ended', actions: notify('DOWN') },
      },
    },
    down: { on: { 'weights.reviewed': { guard: 'gainsQuorum', target: 'up', actions: notify('UP') } } },
    ended: { on: { 'shutdown.requested': {} } },
  },
  on: {
    'real.changed': { actions: ['record', 'review'] },
    'virtual.reconfigured': { actions: ['adopt', 'review'] },
    'virtual.removed': '.ended',
    'shutdown.requested': { target: '.ended', actions: notifyStop },
  },
});
