/** Real servers as a story has them, and probes that look at them; what is made of a result is the real schedule's business. */
import { runMiscCheck } from '../../../src/effects/misc-check.ts';
import type { Clock, Scheduler } from '../../../src/engine/types.ts';
import { miscProbe } from '../../../src/io/probes/misc-probe.ts';
import type { ProbeRepeater, Repeated, Repetition } from '../../../src/io/probes/probe-repeater.ts';
import { createProber, type Prober } from '../../../src/io/probes/prober.ts';
import type { Verdict } from '../../../src/io/probes/verdict.ts';
import type { MiscProbe, ProbePlan } from '../../../src/machines/checker/checker.input.ts';
import type { ServerTruth } from '../story/service-model.ts';
import { serverAddress } from '../story/service-text.ts';

const WELL: ServerTruth = { answers: 'well', takesUs: 2_000 };

/** How every server is, for all routers. */
export class ServerTruths {
  readonly #servers = new Map<string, ServerTruth>();
  /** When each of them last became what it is. */
  readonly #sinceUs = new Map<string, number>();

  of(address: string): ServerTruth {
    return this.#servers.get(address) ?? WELL;
  }

  sinceUs(address: string): number {
    return this.#sinceUs.get(address) ?? Number.NEGATIVE_INFINITY;
  }

  /** Gives what ends it. */
  set(number: number, truth: ServerTruth, nowUs: () => number): () => void {
    const address = serverAddress(number);
    this.#servers.set(address, truth);
    this.#sinceUs.set(address, nowUs());
    return () => {
      if (this.#servers.get(address) !== truth) return;
      this.#servers.delete(address);
      this.#sinceUs.set(address, nowUs());
    };
  }
}

export interface ProbeParts {
  readonly servers: ServerTruths;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

interface Answer {
  readonly verdict: Verdict;
  readonly takesUs: number;
}

const CONNECTED: Verdict = { outcome: 'passed', code: 'L4OK', detail: '' };
const FETCHED: Verdict = { outcome: 'passed', code: 'L7OK', detail: '' };
const REFUSED: Verdict = { outcome: 'failed', code: 'L4CON', detail: 'ECONNREFUSED' };
const SILENT: Verdict = { outcome: 'failed', code: 'L4TOUT', detail: 'ETIMEDOUT' };
const WRONG_PAGE: Verdict = { outcome: 'failed', code: 'L7STS', detail: 'status 503' };

/** As the server is when it is asked. */
function answerOf(servers: ServerTruths, plan: ProbePlan, page: number): Answer {
  if (plan.kind !== 'tcp' && plan.kind !== 'http') throw new Error(`no story has probes by ${plan.kind}`);
  const { answers, takesUs } = servers.of(plan.address);
  if (answers === 'refuses') return { verdict: REFUSED, takesUs };
  if (answers === 'hangs' || takesUs >= plan.timeoutUs) return { verdict: SILENT, takesUs: plan.timeoutUs };
  if (plan.kind === 'tcp') return { verdict: CONNECTED, takesUs };
  return { verdict: answers === 'badPage' && page === 1 ? WRONG_PAGE : FETCHED, takesUs };
}

export function simulatedProber({ servers, clock, scheduler }: ProbeParts): Prober {
  const inTime = (takesUs: number, due: () => void): (() => void) =>
    scheduler.at(clock.monotonicUs() + takesUs, due);
  const program = (plan: MiscProbe, done: (verdict: Verdict) => void) =>
    runMiscCheck(
      ({ command, timeoutUs }, ended) => {
        const { answers, takesUs, weight } = servers.of(command[1] ?? '');
        const isLate = answers === 'hangs' || takesUs > timeoutUs;
        const durationUs = isLate ? timeoutUs : takesUs;
        const code = answers === 'refuses' ? 1 : weight === undefined ? 0 : weight + 2;
        const output = { output: '', outputBytes: 0, durationUs };
        const cancel = inTime(durationUs, () =>
          ended(isLate ? { kind: 'timedOut', ...output } : { kind: 'exited', code, ...output }),
        );
        return { signal: () => cancel() };
      },
      plan,
      done,
    );
  const ask = (plan: ProbePlan, page: number) =>
    miscProbe((_, done) => {
      const { verdict, takesUs } = answerOf(servers, plan, page);
      return inTime(takesUs, () => done(verdict));
    })(plan as MiscProbe);
  return createProber(clock, {
    ...{ tcp: ask, http: ask, ssl: ask, smtp: ask, dns: ask, udp: ask, ping: ask, grpc: ask, agent: ask },
    misc: miscProbe(program),
  } as Parameters<typeof createProber>[1]);
}

/** Repeats connections, as the addon does. */
export class SimulatedRepeater implements ProbeRepeater {
  readonly #parts: ProbeParts;

  constructor(parts: ProbeParts) {
    this.#parts = parts;
  }

  repeat(...[plan, dueUs, everyUs, ended]: Parameters<ProbeRepeater['repeat']>): Repetition | null {
    if (plan.kind !== 'tcp') return null;
    const { servers, clock, scheduler } = this.#parts;
    let [count, nextUs, isUnderWay]: [number, number, boolean] = [0, dueUs, false];
    let last: Repeated['last'] = null;
    const begin = (): void => {
      isUnderWay = true;
      const { verdict, takesUs } = answerOf(servers, plan, 0);
      cancel = scheduler.at(clock.monotonicUs() + takesUs, () => end(verdict, takesUs));
    };
    const end = (verdict: Verdict, durationUs: number): void => {
      if (verdict.outcome !== 'passed') {
        ended({ ...verdict, durationUs }, count);
        return;
      }
      isUnderWay = false;
      count += 1;
      last = { endedUs: clock.monotonicUs(), result: { ...verdict, durationUs } };
      nextUs = clock.monotonicUs() + everyUs;
      cancel = scheduler.at(nextUs, begin);
    };
    let cancel = scheduler.at(dueUs, begin);
    const look = (): Repeated => ({ count, last, dueUs: nextUs, isUnderWay });
    return {
      look,
      end: () => {
        cancel();
        return look();
      },
    };
  }

  close(): void {}
}
