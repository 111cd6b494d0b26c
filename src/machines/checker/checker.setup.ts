/** What the states of the checker chart may use: types, named actions and guards. */
import { assign, setup } from 'xstate';
import { type ActorEvent, actorEffects } from '../declare.ts';
import type { CheckerSignal, WeightWord } from '../signals.ts';
import type { CheckerContext } from './checker.context.ts';
import { checkerEffects } from './checker.effects.ts';
import type { CheckerEvent } from './checker.events.ts';
import { type CheckerInput, isFollowing } from './checker.input.ts';
import { mailBody } from './checker.mail.ts';
import { changesPace, downDelayUs } from './checker.pace.ts';
import { hasFailed, hasFailedForGood, hasPassed } from './checker.parts.ts';

type Args = { readonly context: CheckerContext; readonly event: CheckerEvent };

/** What a fact says of the weight of the server. A failure that is forgiven changes nothing. */
function weightAfter({ context, event }: Args): WeightWord | null {
  if (event.type === 'tracker.changed') return event.weight === 0 ? null : { adds: event.weight };
  if (event.type !== 'probe.reported' || event.outcome !== 'passed') return context.weight;
  return event.weight === undefined ? null : { is: event.weight };
}

function lastAfter({ context, event }: Args): CheckerContext['last'] {
  if (event.type === 'tracker.changed') {
    const what = event.fault
      ? ({ outcome: 'failed', code: 'DOWN' } as const)
      : ({ outcome: 'passed', code: 'UP' } as const);
    return { ...what, detail: '' };
  }
  if (event.type !== 'probe.reported') return context.last;
  const { outcome, code, detail } = event;
  return { outcome, code, detail };
}

export const checkerSetup = setup({
  types: {
    context: {} as CheckerContext,
    events: {} as CheckerEvent,
    input: {} as CheckerInput,
  },
  actions: {
    ...checkerEffects,
    ...actorEffects,
    record: assign((args) => ({ last: lastAfter(args), weight: weightAfter(args) })),
    /** keepalived: a check that has failed has nothing to say of the weight. */
    dropWeight: assign({ weight: null }),
    /** keepalived: nothing is forgiven before the first result, but after a reload, and to mail servers. */
    allowRetries: assign(({ context: { input }, event }) => {
      const isForgiving = input.probe.kind === 'smtp' || (event.type === 'checker.started' && event.atReload);
      return { retriesUsed: isForgiving ? 0 : input.retry };
    }),
    useRetry: assign(({ context }) => ({ retriesUsed: context.retriesUsed + 1 })),
    restoreRetries: assign({ retriesUsed: 0 }),
    adopt: assign(({ context, event }) => ({
      input: event.type === 'checker.reconfigured' ? event.input : context.input,
    })),
  },
  guards: {
    hasPassed,
    hasFailed,
    hasFailedForGood,
    passesWithOtherWeight: (args) =>
      hasPassed(args) && JSON.stringify(weightAfter(args)) !== JSON.stringify(args.context.weight),
    keepsAnotherPace: changesPace(({ delayLoopUs }) => delayLoopUs),
    keepsAnotherDownPace: changesPace((input) => downDelayUs(input)),
    isFault: ({ event }) => event.type === 'tracker.changed' && event.fault,
  },
});

/** Of the plan only what makes no other checker of it can differ: how long a program may take. Before it is adopted. */
export const revise = {
  type: 'revisePlan' as const,
  params: ({ context, event }: Args) => {
    if (event.type !== 'checker.reconfigured') return null;
    const { probe: plan } = event.input;
    if (isFollowing(plan) || JSON.stringify(plan) === JSON.stringify(context.input.probe)) return null;
    return { plan };
  },
};

/** Tells the real server. */
export function tell(passed: boolean) {
  return {
    type: 'signalActor' as const,
    params: ({ context: { input, weight, last } }: Args) => {
      const mail = mailBody(input.probe, passed, last, input.name);
      const event: CheckerSignal = {
        ...{ type: 'checker.changed', checker: input.actor, passed },
        ...(weight === null ? {} : { weight }),
        ...(mail === null ? {} : { mail }),
      };
      return { actor: input.realServer, event: event as ActorEvent };
    },
  };
}
