/** Which function makes which probe. */
import { catchError, defaultIfEmpty, defer, map, type Observable, of, take } from 'rxjs';
import type { Clock } from '../../engine/types.ts';
import type { ProbePlan } from '../../machines/checker/checker.input.ts';
import { tcpProbe } from './tcp-probe.ts';
import type { ProbeResult, Verdict } from './verdict.ts';

/** Emits one result and completes; never errors. Unsubscribing gives the probe up. */
export type Prober = (plan: ProbePlan) => Observable<ProbeResult>;

/** Each emits one verdict and completes; what it throws or errors with is a mistake in it, and one failed probe. */
export type ProbesByKind = {
  readonly [K in ProbePlan['kind']]: (plan: Extract<ProbePlan, { kind: K }>) => Observable<Verdict>;
};

const PROBES: ProbesByKind = {
  tcp: tcpProbe,
};

export function createProber(clock: Clock, probes: ProbesByKind = PROBES): Prober {
  return (plan) =>
    defer(() => {
      const beganUs = clock.monotonicUs();
      return defer(() => probeOf(plan.kind, plan, probes)).pipe(
        take(1),
        catchError((error: unknown) => of(brokenOff(error))),
        defaultIfEmpty(brokenOff('it ended without a verdict')),
        map((verdict) => ({ ...verdict, durationUs: clock.monotonicUs() - beganUs })),
      );
    });
}

function probeOf<K extends ProbePlan['kind']>(
  kind: K,
  plan: ProbePlan,
  probes: ProbesByKind,
): Observable<Verdict> {
  return probes[kind](plan as Extract<ProbePlan, { kind: K }>);
}

function brokenOff(error: unknown): Verdict {
  return {
    outcome: 'failed',
    code: 'INTERNAL',
    detail: error instanceof Error ? error.message : String(error),
  };
}
