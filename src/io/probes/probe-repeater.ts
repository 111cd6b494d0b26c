/**
 * Probes that keep coming to what is expected, made outside of JavaScript: whoever has ten thousand servers that are well
 * pays for their connections, and for little else. What comes to something else is told, and is the schedule's again.
 */
import { type ExchangeEnd, ExchangeRepeater } from '../../../native/exchange-repeater.ts';
import type { ProbePlan, TcpProbe } from '../../machines/checker/checker.input.ts';
import type { HttpPage, HttpProbe } from '../../machines/http-checker/http-probe.ts';
import { httpFailure, pagePassed, readFailure } from './http-verdicts.ts';
import { LONGEST_ANSWER_TIMEOUTS, requestFor } from './page-fetch.ts';
import { PageJudge } from './page-judge.ts';
import { ConnectFailure, isRefusal } from './tcp-connect.ts';
import { CONNECTED } from './tcp-probe.ts';
import { brokenOff, CONNECT_TIMEOUT, type ProbeResult, type Verdict, verdictOn } from './verdict.ts';

/** What was made so far. Times are in microseconds. */
export interface Repeated {
  /** Probes that passed. */
  readonly count: number;
  /** The last of them; null: none has ended yet. */
  readonly last: { readonly endedUs: number; readonly result: ProbeResult } | null;
  /** When the next one is due, or was if it is under way. */
  readonly dueUs: number;
  readonly isUnderWay: boolean;
}

/** A probe that is made again and again. */
export interface Repetition {
  look(): Repeated;
  /** One under way is given up. Gives what was made. */
  end(): Repeated;
}

export interface ProbeRepeater {
  /**
   * Begins it at `dueUs`, and again `everyUs` after each end, as long as it passes without a remark. `ended` hears the first
   * result that is another one, and how many passed before; it is over then. null: this cannot repeat such probes, or not now.
   */
  repeat(plan: ProbePlan, dueUs: number, everyUs: number, ended: Ended): Repetition | null;
  close(): void;
}

/** null: it cannot be repeated any more, and is to be made at once by whoever hears this. */
type Ended = (result: ProbeResult | null, passedBefore: number) => void;

/** Of one answer: null where it goes on. */
type Judge = (pieces: readonly Uint8Array[]) => Verdict | null;

/** What of a plan can be repeated: what is sent, and how an answer is judged. */
interface Repeatable {
  readonly plan: TcpProbe | HttpProbe;
  readonly request: Uint8Array;
  readonly passed: Verdict;
  readonly judge: Judge;
}

/**
 * Repeats TCP probes, and those of one page by HTTP in clear. Those due in the same stretch leave together; no more than
 * `limit` are under way at once.
 */
export class AddonRepeater implements ProbeRepeater {
  readonly #stretchUs: number;
  readonly #limit: number;
  #exchanges: ExchangeRepeater | null = null;
  /** Whose answers are too long. */
  readonly #tooLong = new WeakSet<ProbePlan>();

  constructor(stretchUs: number, limit: number) {
    this.#stretchUs = stretchUs;
    this.#limit = limit;
  }

  repeat(plan: ProbePlan, dueUs: number, everyUs: number, ended: Ended): Repetition | null {
    const repeatable = this.#tooLong.has(plan) ? null : repeatableOf(plan);
    const exchanges = repeatable === null ? null : this.#open();
    return repeatable === null || exchanges === null
      ? null
      : this.#begin(exchanges, repeatable, { dueUs, everyUs }, ended);
  }

  close(): void {
    this.#exchanges?.close();
    this.#exchanges = null;
  }

  #begin(
    exchanges: ExchangeRepeater,
    { plan, request, passed, judge }: Repeatable,
    pace: { readonly dueUs: number; readonly everyUs: number },
    ended: Ended,
  ): Repetition {
    const { address, port, origin, timeoutUs } = plan;
    const exchange = {
      address,
      port,
      origin,
      request,
      timeoutUs,
      longestAnswerTimeouts: LONGEST_ANSWER_TIMEOUTS,
    };
    const token = exchanges.begin(
      { ...exchange, ...pace },
      {
        answered: (pieces) => {
          const verdict = judge(pieces);
          if (verdict === null) return true;
          const { count, tookUs } = exchanges.read(token) ?? { count: 0, tookUs: 0 };
          ended({ ...verdict, durationUs: tookUs }, count);
          return false;
        },
        ended: (end) => {
          if (end.stage === 'tooMuch') this.#tooLong.add(plan);
          ended(end.stage === 'tooMuch' ? null : { ...verdictOnEnd(end), durationUs: end.tookUs }, end.count);
        },
      },
    );
    const look = (): Repeated => {
      const state = exchanges.read(token);
      if (state === null) return ABOUT_TO_BE_TOLD;
      const { count, endedUs, tookUs, dueUs: nextUs, isUnderWay } = state;
      const last = count === 0 ? null : { endedUs, result: { ...passed, durationUs: tookUs } };
      return { count, last, dueUs: nextUs, isUnderWay };
    };
    const end = (): Repeated => {
      const repeated = look();
      exchanges.stop(token);
      return repeated;
    };
    return { look, end };
  }

  /** null: no descriptor is to be had now. */
  #open(): ExchangeRepeater | null {
    try {
      this.#exchanges ??= new ExchangeRepeater(this.#stretchUs, this.#limit);
    } catch {
      // Nothing is lost: the schedule probes by itself, and asks again.
    }
    return this.#exchanges;
  }
}

const NOTHING = new Uint8Array(0);

function repeatableOf(plan: ProbePlan): Repeatable | null {
  if (plan.kind === 'tcp') return { plan, request: NOTHING, passed: CONNECTED, judge: () => null };
  if (plan.kind !== 'http' || plan.protocol === '2' || plan.pages.length !== 1) return null;
  const [page] = plan.pages;
  return page === undefined
    ? null
    : { plan, request: requestFor(page, plan), passed: pagePassed(''), judge: judgeOf(page) };
}

/** What passes with a remark is told as well: whether it is a new one the schedule knows. */
function judgeOf(page: HttpPage): Judge {
  return (pieces) => {
    try {
      const judge = new PageJudge(page);
      for (const piece of pieces) {
        const verdict = judge.take(piece);
        if (verdict !== null) return verdict;
      }
      const verdict = judge.end();
      return verdict.outcome === 'passed' && verdict.detail === '' ? null : verdict;
    } catch (error) {
      // A mistake in it is one failed probe, and never one of the process.
      return brokenOff(error);
    }
  };
}

/** It has ended with several others, and whoever heard of one of those asks first. */
const ABOUT_TO_BE_TOLD: Repeated = { count: 0, last: null, dueUs: 0, isUnderWay: true };

function verdictOnEnd({ stage, code }: ExchangeEnd): Verdict {
  switch (stage) {
    case 'timeout':
      return CONNECT_TIMEOUT;
    case 'send':
      return httpFailure('notSent', code);
    case 'read':
      return readFailure(code);
    case 'silent':
      return httpFailure('noAnswer');
    case 'unfinished':
      return httpFailure('unfinished');
    default: {
      const isOurs = stage === 'here' || (stage === 'connect' && !isRefusal(code));
      return verdictOn(new ConnectFailure(code, isOurs));
    }
  }
}
