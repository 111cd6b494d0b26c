/** What the states of the chart may use: types, named actions and guards. */
import { assign, or, setup } from 'xstate';
import { checkerEffects } from '../checker/checker.effects.ts';
import { mailBody } from '../checker/checker.mail.ts';
import {
  changesPace,
  downDelayUs,
  type Pace,
  probeAgain,
  retryDelayUs,
  risingDelayUs,
} from '../checker/checker.pace.ts';
import { hasFailed, hasFailedForGood, hasPassed } from '../checker/checker.parts.ts';
import { type ActorEvent, actorEffects } from '../declare.ts';
import type { CheckerSignal } from '../signals.ts';
import type { HttpCheckerContext } from './http-checker.context.ts';
import type { HttpCheckerEvent } from './http-checker.events.ts';
import type { HttpCheckerInput } from './http-checker.input.ts';

type Args = { readonly context: HttpCheckerContext; readonly event: HttpCheckerEvent };

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
    hasFailedForGood,
    hasFailedAsAssumed: (args) => hasFailed(args) && args.context.isTakenForFailed,
    keepsAnotherPace: or([
      changesPace(({ delayLoopUs }) => delayLoopUs),
      changesPace(({ delayBeforeRetryUs }) => delayBeforeRetryUs),
      changesPace(({ delayFailingUs = -1 }) => delayFailingUs),
    ]),
    keepsAnotherDownPace: changesPace((input) => downDelayUs(input, true)),
  },
});

function pageOf({ event }: Args): number {
  return event.type === 'probe.reported' ? (event.page ?? 0) : 0;
}

/** keepalived: one that fails while it comes up is tried at the pace of retries, without end. */
export const keepBlockedPace = probeAgain((input) => {
  const everyUs = Math.max(retryDelayUs(input), LEAST_DELAY_US);
  return { afterUs: everyUs, everyUs };
});

/** On to the next page while it comes up. */
function risingPace(input: HttpCheckerInput): Pace {
  const everyUs = risingDelayUs(input);
  return { afterUs: input.probe.fastRecovery ? 0 : everyUs, everyUs };
}

/** Without fast recovery the pace brings it by itself. */
export const goOnFast = probeAgain((input: HttpCheckerInput) =>
  input.probe.fastRecovery ? risingPace(input) : null,
);

/** And the pace is that again. */
export const goOn = probeAgain(risingPace);

/** keepalived: the page that had failed passes, and now all of them have to. */
export const startOver = probeAgain((input: HttpCheckerInput) => ({ ...risingPace(input), page: 0 }));

/**
 * Tells the real server that it is as was assumed. keepalived tells nobody, but has nothing to take back either: here an
 * entry that a killed process left in the kernel waits for a verdict.
 */
export const tellAssumed = {
  type: 'signalActor' as const,
  params: ({ context: { input } }: Args) => {
    const event: CheckerSignal = {
      type: 'checker.changed',
      checker: input.actor,
      passed: false,
      assumed: true,
    };
    return { actor: input.realServer, event: event as ActorEvent };
  },
};

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
