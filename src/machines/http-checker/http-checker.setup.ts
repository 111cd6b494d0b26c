/** What the states of the chart may use: types, named actions and guards. */
import { assign, setup } from 'xstate';
import { checkerEffects } from '../checker/checker.effects.ts';
import { mailBody } from '../checker/checker.mail.ts';
import { type ActorEvent, actorEffects } from '../declare.ts';
import type { CheckerSignal } from '../signals.ts';
import type { HttpCheckerContext } from './http-checker.context.ts';
import type { HttpCheckerEvent } from './http-checker.events.ts';
import type { HttpCheckerInput } from './http-checker.input.ts';

type Args = { readonly context: HttpCheckerContext; readonly event: HttpCheckerEvent };

const hasPassed = ({ event }: Args): boolean => event.type === 'probe.reported' && event.outcome === 'passed';
const hasFailed = ({ event }: Args): boolean => event.type === 'probe.reported' && event.outcome === 'failed';

/** Shortest delay between tries that nothing else limits: a refused connection costs next to no time. */
const LEAST_DELAY_US = 100_000;

export const httpCheckerSetup = setup({
  types: {
    context: {} as HttpCheckerContext,
    events: {} as HttpCheckerEvent,
    input: {} as HttpCheckerInput,
  },
  actions: {
    ...checkerEffects,
    ...actorEffects,
    record: assign(({ context, event }) => {
      if (event.type !== 'probe.reported') return { last: context.last };
      const { outcome, code, detail, page = 0 } = event;
      return { last: { outcome, code, detail, page }, hasRun: context.hasRun || outcome === 'failed' };
    }),
    /** keepalived: nothing is forgiven before the first result, but after a reload, when nothing is assumed either. */
    begin: assign(({ context: { input }, event }) => {
      const isNew = event.type === 'checker.started' && !event.atReload;
      return { retriesUsed: isNew ? input.retry : 0, isTakenForFailed: isNew && input.alpha };
    }),
    /** keepalived: until all pages have passed once, the next one may not fail either, unless one has failed. */
    allowRetries: assign(({ context: { hasRun, input } }) => ({ retriesUsed: hasRun ? 0 : input.retry })),
    useRetry: assign(({ context }) => ({ retriesUsed: context.retriesUsed + 1 })),
    restoreRetries: assign({ retriesUsed: 0 }),
    complete: assign({ hasRun: true, retriesUsed: 0 }),
    adopt: assign(({ context, event }) => ({
      input: event.type === 'checker.reconfigured' ? event.input : context.input,
    })),
  },
  guards: {
    hasPassed,
    /** The last page of the list, so all of them. */
    hasPassedAll: (args) => hasPassed(args) && pageOf(args) === args.context.input.probe.pages.length - 1,
    hasFailed,
    hasFailedForGood: (args) => hasFailed(args) && args.context.retriesUsed >= args.context.input.retry,
    hasFailedAsAssumed: (args) => hasFailed(args) && args.context.isTakenForFailed,
    keepsAnotherPace: ({ context: { input }, event }) =>
      event.type === 'checker.reconfigured' &&
      (event.input.delayLoopUs !== input.delayLoopUs ||
        event.input.delayBeforeRetryUs !== input.delayBeforeRetryUs),
  },
});

function pageOf({ event }: Args): number {
  return event.type === 'probe.reported' ? (event.page ?? 0) : 0;
}

export const probe = {
  type: 'probe' as const,
  params: ({ context: { input }, event }: Args) => {
    if (event.type !== 'checker.started') return null;
    return { plan: input.probe, firstDelayUs: event.firstDelayUs, everyUs: input.delayLoopUs };
  },
};

/** A page that failed is tried again sooner than the next one would be. */
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

/** keepalived: the page that brought it down is tried at the slower of the two paces. */
export const keepFailingPace = {
  type: 'probeAgain' as const,
  params: ({ context: { input } }: Args) => {
    const everyUs = Math.max(input.delayBeforeRetryUs, input.delayLoopUs);
    return { afterUs: everyUs, everyUs };
  },
};

/** keepalived: one that fails while it comes up is tried at the pace of retries, without end. */
export const keepBlockedPace = {
  type: 'probeAgain' as const,
  params: ({ context: { input } }: Args) => {
    const everyUs = Math.max(input.delayBeforeRetryUs, LEAST_DELAY_US);
    return { afterUs: everyUs, everyUs };
  },
};

const delayOfNext = ({ probe: { fastRecovery }, delayLoopUs }: HttpCheckerInput): number =>
  fastRecovery ? 0 : delayLoopUs;

/** On to the next page; without fast recovery the pace brings it by itself. */
export const goOnFast = {
  type: 'probeAgain' as const,
  params: ({ context: { input } }: Args) =>
    input.probe.fastRecovery ? { afterUs: 0, everyUs: input.delayLoopUs } : null,
};

/** On to the next page, and the pace is the usual one again. */
export const goOn = {
  type: 'probeAgain' as const,
  params: ({ context: { input } }: Args) => ({ afterUs: delayOfNext(input), everyUs: input.delayLoopUs }),
};

/** keepalived: the page that had failed passes, and now all of them have to. */
export const startOver = {
  type: 'probeAgain' as const,
  params: ({ context: { input } }: Args) => ({
    ...{ afterUs: delayOfNext(input), everyUs: input.delayLoopUs, page: 0 },
  }),
};

export function expectProbe(outcome: 'passed' | 'failed' | null) {
  return { type: 'expectProbe' as const, params: { outcome } };
}

/** Tells the real server. */
export function tell(passed: boolean) {
  return {
    type: 'signalActor' as const,
    params: ({ context: { input, last } }: Args) => {
      const mail = mailBody(input.probe, passed, last, input.name) ?? '';
      const event: CheckerSignal = { type: 'checker.changed', checker: input.actor, passed, mail };
      return { actor: input.realServer, event: event as ActorEvent };
    },
  };
}
