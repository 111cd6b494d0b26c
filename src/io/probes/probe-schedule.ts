/**
 * When each checker looks at its server: one schedule for all of them, so that a thousand that are due at once neither
 * flood the network nor hold up the adverts. A result that was expected is counted and not told: steady state is no
 * transition.
 */
import type { Subscription } from 'rxjs';
import type { Clock, Scheduler } from '../../engine/types.ts';
import type { ProbePlan } from '../../machines/checker/checker.input.ts';
import type { Prober } from './prober.ts';
import type { ProbeResult } from './verdict.ts';

/** Probes under way at once; more wait for their turn, in the order in which they were due. */
export const MAX_PROBES = 1_024;
/** Probes that begin before other work of the process gets its turn. */
const BEGINNINGS_PER_TURN = 32;

export interface ProbeScheduleOptions {
  readonly probe: Prober;
  readonly report: (id: string, report: ProbeResult) => void;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly limit?: number;
}

/** For status requests. Times are in microseconds. */
export interface ProbeSummary {
  readonly runs: number;
  readonly isRunning: boolean;
  /** When the last probe ended; null before the first end. */
  readonly endedUs: number | null;
  readonly last: ProbeResult | null;
  /** When the next one is due; null while one runs or waits for its turn. */
  readonly dueUs: number | null;
}

interface Probed {
  readonly plan: ProbePlan;
  /** The next one, of a plan that has several. */
  page: number;
  /** What was said of each that passed. */
  readonly remarks: Map<number, string>;
  everyUs: number;
  dueUs: number | null;
  cancel: () => void;
  running: Subscription | null;
  beganUs: number;
  expected: 'passed' | 'failed' | null;
  runs: number;
  endedUs: number | null;
  last: ProbeResult | null;
}

export class ProbeSchedule {
  readonly #options: ProbeScheduleOptions;
  readonly #limit: number;
  readonly #probed = new Map<string, Probed>();
  /** Due, in that order. */
  readonly #waiting = new Map<string, Probed>();
  readonly #suspended = new Set<string>();
  #running = 0;
  #turn: NodeJS.Immediate | null = null;

  constructor(options: ProbeScheduleOptions) {
    this.#options = options;
    this.#limit = options.limit ?? MAX_PROBES;
  }

  /**
   * Probes for the first time after `firstDelayUs`, and again `everyUs` after each end, programs after each beginning.
   * Replaces what runs.
   */
  probe(id: string, plan: ProbePlan, firstDelayUs: number, everyUs: number): void {
    this.stop(id);
    const probed: Probed = {
      ...{ plan, page: 0, remarks: new Map<number, string>() },
      ...{ everyUs, dueUs: null, cancel: () => {}, running: null, beganUs: 0, expected: null },
      ...{ runs: 0, endedUs: null, last: null },
    };
    this.#probed.set(id, probed);
    this.#arm(id, probed, firstDelayUs, this.#options.clock.monotonicUs());
  }

  /**
   * The next probe begins then, and those after it `everyUs` after each end. One under way is not disturbed. After a page
   * that passed follows the next one of the plan, and the first after the last; null leaves it at that.
   */
  again(id: string, afterUs: number, everyUs: number, page: number | null = null): void {
    const probed = this.#probed.get(id);
    if (probed === undefined) return;
    if (page !== null) probed.page = page;
    probed.everyUs = everyUs;
    if (probed.running === null) this.#arm(id, probed, afterUs, this.#paceFrom(probed));
  }

  /** A probe that comes to this is not told; null: each one is. */
  expect(id: string, outcome: 'passed' | 'failed' | null): void {
    const probed = this.#probed.get(id);
    if (probed !== undefined) probed.expected = outcome;
  }

  /** A probe under way is given up. */
  stop(id: string): void {
    const probed = this.#probed.get(id);
    if (probed === undefined) return;
    this.#probed.delete(id);
    this.#waiting.delete(id);
    probed.cancel();
    if (probed.running === null) return;
    this.#release(probed);
    this.#pump();
  }

  /** Checkers of a virtual server (`[10.0.0.1]:tcp:80`) let their time pass without a probe. One under way ends. */
  suspend(virtualServer: string, isSuspended: boolean): void {
    if (isSuspended) this.#suspended.add(virtualServer);
    else this.#suspended.delete(virtualServer);
  }

  close(): void {
    for (const id of [...this.#probed.keys()]) this.stop(id);
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
  }

  summary(id: string): ProbeSummary | null {
    const probed = this.#probed.get(id);
    if (probed === undefined) return null;
    const { runs, running, endedUs, last, dueUs } = probed;
    return { runs, isRunning: running !== null, endedUs, last, dueUs };
  }

  /** keepalived: a program is run in its interval, however long it takes; everything else rests for that long. */
  #paceFrom({ plan, beganUs, runs }: Probed): number {
    return plan.kind === 'misc' && runs > 0 ? beganUs : this.#options.clock.monotonicUs();
  }

  #arm(id: string, probed: Probed, delayUs: number, fromUs: number): void {
    const { clock, scheduler } = this.#options;
    probed.cancel();
    this.#waiting.delete(id);
    probed.dueUs = Math.max(fromUs + delayUs, clock.monotonicUs());
    probed.cancel = scheduler.at(probed.dueUs, () => {
      if (this.#isSuspended(id)) return this.#arm(id, probed, probed.everyUs, clock.monotonicUs());
      probed.dueUs = null;
      this.#waiting.set(id, probed);
      this.#pump();
    });
  }

  /** By `checker/VIRTUAL SERVER/REAL SERVER/NUMBER`; the name of a group may have slashes. */
  #isSuspended(id: string): boolean {
    return this.#suspended.size > 0 && this.#suspended.has(id.split('/').slice(1, -2).join('/'));
  }

  /** Begins what may begin. The rest follows when a probe ends, or in the next turn. */
  #pump(): void {
    if (this.#turn !== null) return;
    let begun = 0;
    for (const [id, probed] of this.#waiting) {
      if (this.#running >= this.#limit) return;
      if (begun === BEGINNINGS_PER_TURN) {
        this.#turn = setImmediate(() => {
          this.#turn = null;
          this.#pump();
        });
        return;
      }
      begun += 1;
      this.#waiting.delete(id);
      this.#begin(id, probed);
    }
  }

  #begin(id: string, probed: Probed): void {
    this.#running += 1;
    probed.runs += 1;
    probed.beganUs = this.#options.clock.monotonicUs();
    probed.running = this.#options.probe(probed.plan, probed.page).subscribe((report) => {
      // In a turn of its own, as what is refused at once comes before there is anything to unsubscribe from.
      queueMicrotask(() => this.#ended(id, probed, report));
    });
  }

  #ended(id: string, probed: Probed, result: ProbeResult): void {
    if (probed.running === null) return;
    this.#release(probed);
    probed.endedUs = this.#options.clock.monotonicUs();
    const pages = 'pages' in probed.plan ? probed.plan.pages.length : null;
    const report = pages === null ? result : { ...result, page: probed.page };
    const isNews = countsAsNews(report, probed);
    probed.last = report;
    if (report.outcome === 'passed') {
      probed.remarks.set(probed.page, report.detail);
      if (pages !== null) probed.page = (probed.page + 1) % pages;
    }
    this.#arm(id, probed, probed.everyUs, this.#paceFrom(probed));
    if (isNews) this.#options.report(id, report);
    this.#pump();
  }

  #release(probed: Probed): void {
    probed.running?.unsubscribe();
    probed.running = null;
    this.#running -= 1;
  }
}

/**
 * A probe that cannot be made is told once, and that it can be made again, too; also another weight, and another remark on
 * one that passed.
 */
function countsAsNews(report: ProbeResult, { expected, last, page, remarks }: Probed): boolean {
  const wasUnable = last?.outcome === 'unable';
  if (report.outcome === 'unable') return !wasUnable || last.detail !== report.detail;
  if (wasUnable || report.outcome !== expected || report.weight !== last?.weight) return true;
  return report.outcome === 'passed' && report.detail !== (remarks.get(page) ?? '');
}
