/** Whom the schedule probes for, and what of a result it tells whom. */
import type { Observer, Subscription } from 'rxjs';
import type { ProbePlan } from '../../machines/checker/checker.input.ts';
import type { Repeated, Repetition } from './probe-repeater.ts';
import type { ProbeResult } from './verdict.ts';

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

/** One checker. */
export interface Member {
  readonly id: string;
  group: Group;
  /** The next one, of a plan that has several. */
  page: number;
  /** What was said of each that passed. */
  readonly remarks: Map<number, string>;
  everyUs: number;
  /** What it waits for now, from its last result or its beginning. */
  restUs: number;
  /** DUE: it hears of the next probe of its page to end. */
  dueUs: number;
  expected: 'passed' | 'failed' | null;
  runs: number;
  /** NEVER: no probe has ended yet. */
  endedUs: number;
  last: ProbeResult | null;
}

/** Checkers that have their probes in common; where none are shared, one alone. */
export interface Group {
  /** null: not shared. */
  readonly key: string | null;
  plan: ProbePlan;
  readonly members: Map<string, Member>;
  /** When the first of them is due; NEVER: no timer runs. */
  armedUs: number;
  cancel: () => void;
  readonly fire: () => void;
  running: Subscription | null;
  /** Its only member is expected to pass, and this sees to it; no timer runs and no probe beside it. */
  repetition: Repetition | null;
  readonly observer: Observer<ProbeResult>;
  /** Came before there was anything to unsubscribe from. */
  early: ProbeResult | null;
  /** Of the probe under way. */
  page: number;
  beganUs: number;
  runs: number;
}

/**
 * Times that are none. Before any time, and numbers like the others: where null were in their place, each new time would be
 * an object of its own, which every check would leave to the collector.
 */
export const DUE = -1;
export const NEVER = -2;

/** Counts what was made by itself. */
export function takeRepeated(member: Member, { count, last, dueUs, isUnderWay }: Repeated): void {
  member.runs += count;
  if (last !== null) {
    member.endedUs = last.endedUs;
    member.last = last.result;
  }
  member.dueUs = isUnderWay ? DUE : dueUs;
}

/** Gives whether there was anything to take back: nothing waits or runs then. */
export function takeBack(group: Group): boolean {
  const { repetition, members } = group;
  if (repetition === null) return false;
  group.repetition = null;
  const repeated = repetition.end();
  for (const member of members.values()) takeRepeated(member, repeated);
  return true;
}

/** Gives whether a result is to be told. */
export function take(member: Member, report: ProbeResult, endedUs: number): boolean {
  const isNews = countsAsNews(report, member);
  const { plan } = member.group;
  member.runs += 1;
  member.endedUs = endedUs;
  member.last = report;
  member.page = report.page ?? 0;
  if (report.outcome !== 'passed') return isNews;
  member.remarks.set(member.page, report.detail);
  if ('pages' in plan) member.page = (member.page + 1) % plan.pages.length;
  return isNews;
}

/**
 * A probe that cannot be made is told once, and that it can be made again, too; also another weight, and another remark on
 * one that passed.
 */
function countsAsNews(report: ProbeResult, { expected, last, remarks }: Member): boolean {
  const wasUnable = last?.outcome === 'unable';
  if (report.outcome === 'unable') return !wasUnable || last.detail !== report.detail;
  if (wasUnable || report.outcome !== expected || report.weight !== last?.weight) return true;
  return report.outcome === 'passed' && report.detail !== (remarks.get(report.page ?? 0) ?? '');
}
