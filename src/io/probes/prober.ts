/** Which function makes which probe. */
import { Observable } from 'rxjs';
import type { Clock } from '../../engine/types.ts';
import type { ProbePlan } from '../../machines/checker/checker.input.ts';
import type { HttpProbe } from '../../machines/http-checker/http-probe.ts';
import { agentProbe } from './agent-probe.ts';
import { dnsProbe } from './dns-probe.ts';
import { grpcProbe } from './grpc-probe.ts';
import { http2Page } from './http2-page.ts';
import { miscProbe, type RunMisc } from './misc-probe.ts';
import { pageFetch } from './page-fetch.ts';
import { pingProbe } from './ping-probe.ts';
import { smtpProbe } from './smtp-probe.ts';
import { tcpProbe } from './tcp-probe.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { udpProbe } from './udp-probe.ts';
import { brokenOff, type ProbeResult, type Verdict } from './verdict.ts';

/** Emits one result and completes; never errors. Unsubscribing gives the probe up. `page`: of a plan that has several. */
export type Prober = (plan: ProbePlan, page: number) => Observable<ProbeResult>;

/** Each emits one verdict and completes; what it throws or errors with is a mistake in it, and one failed probe. */
export type ProbesByKind = {
  readonly [K in ProbePlan['kind']]: (
    plan: Extract<ProbePlan, { kind: K }>,
    page: number,
  ) => Observable<Verdict>;
};

/** What probes need beside their plans. */
export interface ProbeMeans {
  /** What this machine presents where a server asks for it. */
  readonly identity: TlsIdentity;
  readonly runMisc: RunMisc;
}

export function allProbes({ identity, runMisc }: ProbeMeans): ProbesByKind {
  const fetch = (plan: HttpProbe, page: number): Observable<Verdict> =>
    plan.protocol === '2' ? http2Page(plan, page, identity) : pageFetch(plan, page, identity);
  return {
    tcp: tcpProbe,
    http: fetch,
    ssl: fetch,
    smtp: smtpProbe,
    dns: dnsProbe,
    udp: udpProbe,
    ping: pingProbe(),
    misc: miscProbe(runMisc),
    grpc: grpcProbe(identity),
    agent: agentProbe,
  };
}

export function createProber(clock: Clock, probes: ProbesByKind): Prober {
  // No chain of operators: each of them costs a probe a kilobyte, and the collector that takes it away more than the probe.
  return (plan, page) =>
    new Observable<ProbeResult>((subscriber) => {
      const beganUs = clock.monotonicUs();
      const end = (verdict: Verdict): void => {
        subscriber.next({ ...verdict, durationUs: clock.monotonicUs() - beganUs });
        subscriber.complete();
      };
      const broken = (error: unknown): void => end(brokenOff(error));
      let verdicts: Observable<Verdict>;
      try {
        verdicts = probeOf(plan.kind, plan, page, probes);
      } catch (error) {
        broken(error);
        return;
      }
      return verdicts.subscribe({
        next: end,
        error: broken,
        complete: () => broken('it ended without a verdict'),
      });
    });
}

function probeOf<K extends ProbePlan['kind']>(
  kind: K,
  plan: ProbePlan,
  page: number,
  probes: ProbesByKind,
): Observable<Verdict> {
  return probes[kind](plan as Extract<ProbePlan, { kind: K }>, page);
}
