/** What the states of the checker chart may use: types, named actions and guards. */
import { assign, setup } from 'xstate';
import { type ActorEvent, actorEffects } from '../declare.ts';
import type { CheckerSignal } from '../signals.ts';
import type { CheckerContext } from './checker.context.ts';
import { checkerEffects } from './checker.effects.ts';
import type { CheckerEvent } from './checker.events.ts';
import type { CheckerInput } from './checker.input.ts';

type Args = { readonly context: CheckerContext; readonly event: CheckerEvent };

const hasFailed = ({ event }: Args): boolean => event.type === 'probe.reported' && event.outcome === 'failed';

export const checkerSetup = setup({
  types: {
    context: {} as CheckerContext,
    events: {} as CheckerEvent,
    input: {} as CheckerInput,
  },
  actions: {
    ...checkerEffects,
    ...actorEffects,
    record: assign(({ context, event }) => {
      if (event.type !== 'probe.reported') return { last: context.last };
      const { outcome, code, detail } = event;
      return { last: { outcome, code, detail } };
    }),
    /** keepalived: nothing is forgiven before the first result, but after a reload. */
    allowRetries: assign(({ context, event }) => ({
      retriesUsed: event.type === 'checker.started' && !event.atReload ? context.input.retry : 0,
    })),
    useRetry: assign(({ context }) => ({ retriesUsed: context.retriesUsed + 1 })),
    restoreRetries: assign({ retriesUsed: 0 }),
    adopt: assign(({ context, event }) => ({
      input: event.type === 'checker.reconfigured' ? event.input : context.input,
    })),
  },
  guards: {
    hasPassed: ({ event }) => event.type === 'probe.reported' && event.outcome === 'passed',
    hasFailed,
    hasFailedForGood: (args) => hasFailed(args) && args.context.retriesUsed >= args.context.input.retry,
    keepsAnotherPace: ({ context, event }) =>
      event.type === 'checker.reconfigured' && event.input.delayLoopUs !== context.input.delayLoopUs,
  },
});

export const probe = {
  type: 'probe' as const,
  params: ({ context: { input }, event }: Args) => {
    if (event.type !== 'checker.started') return null;
    return { plan: input.probe, firstDelayUs: event.firstDelayUs, everyUs: input.delayLoopUs };
  },
};

/** The next try comes sooner than the next probe would. */
export const retrySoon = {
  type: 'probeAgain' as const,
  params: ({ context: { input } }: Args) => ({
    afterUs: input.delayBeforeRetryUs,
    everyUs: input.delayLoopUs,
  }),
};

export const keepPace = {
  type: 'probeAgain' as const,
  params: ({ context: { input } }: Args) => ({ afterUs: input.delayLoopUs, everyUs: input.delayLoopUs }),
};

export function expectProbe(outcome: 'passed' | 'failed' | null) {
  return { type: 'expectProbe' as const, params: { outcome } };
}

/** Tells the real server. */
export function tell(passed: boolean) {
  return {
    type: 'signalActor' as const,
    params: ({ context: { input } }: Args) => {
      const event: CheckerSignal = { type: 'checker.changed', checker: input.actor, passed };
      return { actor: input.realServer, event: event as ActorEvent };
    },
  };
}
