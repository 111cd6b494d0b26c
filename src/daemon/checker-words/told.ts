/** What log lines about a probe are made of, and what several kinds say alike. */
import type { ProbeReport } from '../../machines/checker/checker.events.ts';
import type { CheckerInput } from '../../machines/checker/checker.input.ts';

/** One probe that was reported. */
export interface Told {
  readonly input: CheckerInput;
  readonly report: ProbeReport;
  /** Names: `[10.0.0.2]:tcp:80` and `[10.0.0.1]:tcp:80`. */
  readonly rs: string;
  readonly vs: string;
  /** Of the checker before it. */
  readonly hasRun: boolean;
  readonly wasUp: boolean;
  /**
   * What the checker is from now on, where that is news: its first result, and every change. A try that is forgiven, and
   * one more of the same, is none: null.
   */
  readonly change: 'up' | 'down' | null;
  /** Failures in a row that were forgiven, with this one. */
  readonly retriesUsed: number;
}

/** What keepalived 2.4.3 says of a kind of checker, none for most probes. */
export type CheckerWords = (told: Told) => readonly string[];

/** Each try that fails is to be told, as long as the server counts as up. */
export function tellsEachTry({ report, wasUp, input }: Told): boolean {
  return report.outcome === 'failed' && wasUp && input.logAllFailures;
}

/** The one line of a failure: the last try, and each try where that is asked for. */
export function isToldOf({ report, change, wasUp, hasRun, input }: Told): boolean {
  if (report.outcome !== 'failed') return false;
  return change === 'down' || ((wasUp || !hasRun) && input.logAllFailures);
}

/** `[10.0.0.2]:53`: where the check goes, which need not be the real server. */
export function serverPair({ probe }: CheckerInput): string {
  return 'address' in probe ? `[${probe.address}]:${probe.port}` : '';
}

/** keepalived speaks of retries but at the first result, which has had none. */
export function afterRetries({ input, hasRun }: Told): string {
  return input.retry > 0 && hasRun ? ` after ${input.retry} retries` : '';
}

/** What a checker's socket cannot be had for: there are too many, or no memory. */
const NO_SOCKET: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EAFNOSUPPORT']);

export function hasNoSocket({ report }: Told): boolean {
  return NO_SOCKET.has(report.detail);
}

/** The reason, which keepalived's own line that follows does not tell, nor of whom it speaks. */
export function cannotRun(keyword: string, { rs, report }: Told): string {
  return `${keyword} on service ${rs} cannot run: ${report.detail}`;
}

/** What is wrong with a certificate, when that brings a server down: keepalived verifies none. */
export function certificateLines(keyword: string, { rs, report, change }: Told): readonly string[] {
  const isOfIt = report.code === 'L6RSP' && /^(no )?certificate\b/.test(report.detail);
  return change === 'down' && isOfIt ? [`${keyword} on service ${rs}: ${report.detail}`] : [];
}
