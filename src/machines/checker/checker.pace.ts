/**
 * How often a checker wants its server probed, whatever kind it is. keepalived knows two delays, `delay_loop` and
 * `delay_before_retry`; `delay_loop_failing` and `delay_loop_down` are extensions, for what HAProxy calls fastinter and
 * downinter.
 */
import type { CheckerInput } from './checker.input.ts';

export type Paced = Pick<
  CheckerInput,
  'delayLoopUs' | 'delayBeforeRetryUs' | 'delayFailingUs' | 'delayDownUs'
>;

type Args = { readonly context: { readonly input: Paced } };

export type Pace = { readonly afterUs: number; readonly everyUs: number; readonly page?: number };

/** Asks for another pace; null asks for nothing. */
export function probeAgain<Input extends Paced>(paceOf: (input: Input) => Pace | null) {
  return {
    type: 'probeAgain' as const,
    params: ({ context: { input } }: { readonly context: { readonly input: Input } }) => paceOf(input),
  };
}

const steadily = (everyUs: number): Pace => ({ afterUs: everyUs, everyUs });

/** Between a try that failed and the next one. */
export function retryDelayUs({ delayFailingUs, delayBeforeRetryUs }: Paced): number {
  return delayFailingUs ?? delayBeforeRetryUs;
}

/** Between probes of a server that is down. keepalived: pages are fetched at the slower of its two paces. */
export function downDelayUs(
  { delayDownUs, delayLoopUs, delayBeforeRetryUs }: Paced,
  ofPages = false,
): number {
  return delayDownUs ?? (ofPages ? Math.max(delayBeforeRetryUs, delayLoopUs) : delayLoopUs);
}

/** Between pages that pass while the server is not up yet. */
export function risingDelayUs({ delayFailingUs, delayLoopUs }: Paced): number {
  return delayFailingUs ?? delayLoopUs;
}

/** That of pages while their server comes up. */
export const keepRisingPace = probeAgain((input) => steadily(risingDelayUs(input)));

/** The usual one. */
export const keepPace = probeAgain(({ delayLoopUs }) => steadily(delayLoopUs));

/** The next try comes sooner than the next probe would. */
export const retrySoon = probeAgain((input) => ({
  ...{ afterUs: retryDelayUs(input), everyUs: input.delayLoopUs },
}));

/** The usual one again after it was, or may have been, another one. */
export function resumePace(after: 'delayDownUs' | 'delayFailingUs') {
  return probeAgain((input) => (input[after] === undefined ? null : steadily(input.delayLoopUs)));
}

export function keepDownPace(ofPages: boolean) {
  return probeAgain((input) => steadily(downDelayUs(input, ofPages)));
}

/** It goes down: without a pace of its own for that, the usual one goes on. */
export const slowDown = probeAgain((input) =>
  input.delayDownUs === undefined ? null : steadily(input.delayDownUs),
);

type Reconfigured = { readonly type: string; readonly input?: Paced };

/** Whether a new configuration changes what `delayOf` makes of it. */
export function changesPace(delayOf: (input: Paced) => number) {
  return ({ context, event }: Args & { readonly event: Reconfigured }): boolean =>
    event.type === 'checker.reconfigured' &&
    event.input !== undefined &&
    delayOf(event.input) !== delayOf(context.input);
}
