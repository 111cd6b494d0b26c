/**
 * Probes that keep coming to what is expected, made outside of JavaScript: whoever has ten thousand servers that are well
 * pays for their connections, and for little else. What comes to something else is told, and is the schedule's again.
 */
import { type ConnectEnd, ConnectRepeater } from '../../../native/connect-repeater.ts';
import type { ProbePlan, TcpProbe } from '../../machines/checker/checker.input.ts';
import { ConnectFailure, isRefusal } from './tcp-connect.ts';
import { CONNECTED } from './tcp-probe.ts';
import { CONNECT_TIMEOUT, type ProbeResult, type Verdict, verdictOn } from './verdict.ts';

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

type Ended = (result: ProbeResult, passedBefore: number) => void;

/** Repeats TCP probes. Those due in the same stretch leave together; no more than `limit` are under way at once. */
export class TcpRepeater implements ProbeRepeater {
  readonly #stretchUs: number;
  readonly #limit: number;
  #connects: ConnectRepeater | null = null;

  constructor(stretchUs: number, limit: number) {
    this.#stretchUs = stretchUs;
    this.#limit = limit;
  }

  repeat(plan: ProbePlan, dueUs: number, everyUs: number, ended: Ended): Repetition | null {
    const connects = plan.kind === 'tcp' ? this.#open() : null;
    if (connects === null) return null;
    const { address, port, origin, timeoutUs } = plan as TcpProbe;
    const token = connects.begin(address, port, origin, { timeoutUs, everyUs, dueUs }, (end) =>
      ended({ ...verdictOnEnd(end), durationUs: end.tookUs }, end.count),
    );
    const look = (): Repeated => {
      const state = connects.read(token);
      if (state === null) return ABOUT_TO_BE_TOLD;
      const { count, endedUs, tookUs, dueUs: nextUs, isUnderWay } = state;
      const last = count === 0 ? null : { endedUs, result: { ...CONNECTED, durationUs: tookUs } };
      return { count, last, dueUs: nextUs, isUnderWay };
    };
    const end = (): Repeated => {
      const repeated = look();
      connects.stop(token);
      return repeated;
    };
    return { look, end };
  }

  close(): void {
    this.#connects?.close();
    this.#connects = null;
  }

  /** null: no descriptor is to be had now. */
  #open(): ConnectRepeater | null {
    try {
      this.#connects ??= new ConnectRepeater(this.#stretchUs, this.#limit);
    } catch {
      // Nothing is lost: the schedule probes by itself, and asks again.
    }
    return this.#connects;
  }
}

/** It has ended with several others, and whoever heard of one of those asks first. */
const ABOUT_TO_BE_TOLD: Repeated = { count: 0, last: null, dueUs: 0, isUnderWay: true };

function verdictOnEnd({ stage, code }: ConnectEnd): Verdict {
  if (stage === 'timeout') return CONNECT_TIMEOUT;
  const isOurs = stage === 'here' || (stage === 'connect' && !isRefusal(code));
  return verdictOn(new ConnectFailure(code, isOurs));
}
