/** What the charts of checkers have in common, whatever they probe. */
import type { CheckerInput } from './checker.input.ts';
import { isFollowing } from './checker.input.ts';

type Event = { readonly type: string; readonly outcome?: string; readonly firstDelayUs?: number };

type Args = {
  readonly context: { readonly input: Pick<CheckerInput, 'probe' | 'delayLoopUs'> };
  readonly event: Event;
};

export const hasPassed = ({ event }: { readonly event: Event }): boolean =>
  event.type === 'probe.reported' && event.outcome === 'passed';

export const hasFailed = ({ event }: { readonly event: Event }): boolean =>
  event.type === 'probe.reported' && event.outcome === 'failed';

type Tries = {
  readonly context: { readonly retriesUsed: number; readonly input: Pick<CheckerInput, 'retry'> };
  readonly event: Event;
};

/** No further try is left. */
export const hasFailedForGood = (args: Tries): boolean =>
  hasFailed(args) && args.context.retriesUsed >= args.context.input.retry;

/** It begins. */
export const probe = {
  type: 'probe' as const,
  params: ({ context: { input }, event: { firstDelayUs } }: Args) => {
    if (firstDelayUs === undefined || isFollowing(input.probe)) return null;
    return { plan: input.probe, firstDelayUs, everyUs: input.delayLoopUs };
  },
};

export function expectProbe(outcome: 'passed' | 'failed' | null) {
  return { type: 'expectProbe' as const, params: { outcome } };
}

/** A new configuration is taken as it is; where `guard` says that it means another pace, that is asked for. */
export function adopting<const Guard extends string, Pace>(guard: Guard, pace: Pace) {
  return [{ guard, actions: ['adopt', pace] as const }, { actions: 'adopt' }] as const;
}
