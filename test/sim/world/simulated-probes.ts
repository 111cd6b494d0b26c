/** Real servers as a story has them, and probes that look at them; what is made of a result is the real schedule's business. */
import { runMiscCheck } from '../../../src/effects/misc-check.ts';
import type { ProgramResult } from '../../../src/effects/programs/programs.ts';
import type { Clock, Scheduler } from '../../../src/engine/types.ts';
import { miscProbe } from '../../../src/io/probes/misc-probe.ts';
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
  /** Are told of a server that is about to become something else. */
  readonly changing = new Set<(address: string) => void>();

  of(address: string): ServerTruth {
    return this.#servers.get(address) ?? WELL;
  }

  sinceUs(address: string): number {
    return this.#sinceUs.get(address) ?? Number.NEGATIVE_INFINITY;
  }

  /** Gives what ends it. */
  set(number: number, truth: ServerTruth, nowUs: () => number): () => void {
    const address = serverAddress(number);
    this.#tell(address);
    this.#servers.set(address, truth);
    this.#sinceUs.set(address, nowUs());
    return () => {
      if (this.#servers.get(address) !== truth) return;
      this.#tell(address);
      this.#servers.delete(address);
      this.#sinceUs.set(address, nowUs());
    };
  }

  #tell(address: string): void {
    for (const hear of [...this.changing]) hear(address);
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

/** Of the server that is probed. */
export function addressOf(plan: ProbePlan): string {
  if (plan.kind === 'misc') return plan.command[1] ?? '';
  return 'address' in plan ? plan.address : '';
}

/** As the server is when it is asked. */
export function answerOf(servers: ServerTruths, plan: ProbePlan, page: number): Answer {
  if (plan.kind === 'misc') return answerOfProgram(servers, plan);
  if (plan.kind !== 'tcp' && plan.kind !== 'http') throw new Error(`no story has probes by ${plan.kind}`);
  const { answers, takesUs } = servers.of(plan.address);
  if (answers === 'refuses') return { verdict: REFUSED, takesUs };
  if (answers === 'hangs' || takesUs >= plan.timeoutUs) return { verdict: SILENT, takesUs: plan.timeoutUs };
  if (plan.kind === 'tcp') return { verdict: CONNECTED, takesUs };
  return { verdict: answers === 'badPage' && page === 1 ? WRONG_PAGE : FETCHED, takesUs };
}

/** What the program says that looks at it. */
function answerOfProgram(servers: ServerTruths, plan: MiscProbe): Answer {
  let verdict = SILENT;
  const { result, takesUs } = programOf(servers, plan);
  runMiscCheck(
    (_, ended) => {
      ended(result);
      return null;
    },
    plan,
    (found) => {
      verdict = found;
    },
  );
  return { verdict, takesUs };
}

/** How a program ends that looks at a server. */
function programOf(
  servers: ServerTruths,
  { command, timeoutUs }: Pick<MiscProbe, 'command' | 'timeoutUs'>,
): { readonly result: ProgramResult; readonly takesUs: number } {
  const { answers, takesUs, weight } = servers.of(command[1] ?? '');
  const isLate = answers === 'hangs' || takesUs > timeoutUs;
  const durationUs = isLate ? timeoutUs : takesUs;
  const code = answers === 'refuses' ? 1 : weight === undefined ? 0 : weight + 2;
  const output = { output: '', outputBytes: 0, durationUs };
  return {
    result: isLate ? { kind: 'timedOut', ...output } : { kind: 'exited', code, ...output },
    takesUs: durationUs,
  };
}

export function simulatedProber({ servers, clock, scheduler }: ProbeParts): Prober {
  const inTime = (takesUs: number, due: () => void): (() => void) =>
    scheduler.at(clock.monotonicUs() + takesUs, due);
  const program = (plan: MiscProbe, done: (verdict: Verdict) => void) =>
    runMiscCheck(
      (asked, ended) => {
        const { result, takesUs } = programOf(servers, asked);
        const cancel = inTime(takesUs, () => ended(result));
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
