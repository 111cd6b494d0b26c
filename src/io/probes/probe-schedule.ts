/**
 * When each checker looks at its server: one schedule for all of them, so that a thousand that are due at once neither
 * flood the network nor hold up the adverts. A result that was expected is counted and not told: steady state is no
 * transition. Where probes are shared, checkers with the same plan have one probe between them: it is made when the first of
 * them is due, and the others, who hear of it as well, are then due their own time later.
 */
import type { Clock, Scheduler } from '../../engine/types.ts';
import type { ProbePlan } from '../../machines/checker/checker.input.ts';
import {
  DUE,
  type Group,
  type Member,
  NEVER,
  type ProbeSummary,
  take,
  takeBack,
  takeRepeated,
} from './probe-member.ts';
import type { ProbeRepeater } from './probe-repeater.ts';
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
  /** Takes over what passes again and again; by the same clock. */
  readonly repeater?: ProbeRepeater;
  readonly limit?: number;
}

/**
 * Where each result counts, that is between two tries, those of others come too soon: a failure must not use up the tries
 * of a checker that wants to wait longer. But who would be due within this part of its rest takes it for its own.
 */
const OWN_SHARE = 1 / 8;
const NOBODY: readonly string[] = [];
export class ProbeSchedule {
  readonly #options: ProbeScheduleOptions;
  readonly #limit: number;
  readonly #members = new Map<string, Member>();
  /** Those that are shared, by what they do. */
  readonly #groups = new Map<string, Group>();
  /** Due, in that order. */
  readonly #waiting = new Set<Group>();
  readonly #suspended = new Set<string>();
  #isSharing = false;
  #running = 0;
  #turn: NodeJS.Immediate | null = null;

  constructor(options: ProbeScheduleOptions) {
    this.#options = options;
    this.#limit = options.limit ?? MAX_PROBES;
  }

  /** Whether checkers with the same plan share their probes from now on. Probes under way are made anew if that changes. */
  share(isSharing: boolean): void {
    if (isSharing === this.#isSharing) return;
    this.#isSharing = isSharing;
    for (const member of this.#members.values()) this.#move(member, member.group.plan);
    this.#pump();
  }

  /**
   * Probes for the first time after `firstDelayUs`, and again `everyUs` after each end, programs after each beginning.
   * Replaces what runs.
   */
  probe(id: string, plan: ProbePlan, firstDelayUs: number, everyUs: number): void {
    this.stop(id);
    const group = this.#groupOf(plan);
    const member: Member = {
      ...{ id, group, page: 0, remarks: new Map<number, string>(), everyUs, restUs: firstDelayUs },
      ...{ dueUs: this.#options.clock.monotonicUs() + firstDelayUs, expected: null },
      ...{ runs: 0, endedUs: NEVER, last: null },
    };
    this.#members.set(id, member);
    this.#join(member, plan);
  }

  /**
   * The next probe begins then, and those after it `everyUs` after each end. One under way is not disturbed. After a page
   * that passed follows the next one of the plan, and the first after the last; null leaves it at that.
   */
  again(id: string, afterUs: number, everyUs: number, page: number | null = null): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    const { group } = member;
    this.#recall(group);
    if (page !== null) member.page = page;
    member.everyUs = everyUs;
    if (group.running !== null && member.dueUs === DUE) return;
    this.#rest(member, afterUs, this.#options.clock.monotonicUs());
    this.#arm(group);
  }

  /** Probes from the next one on are these, and due when they were. One under way ends as it began, unless it is shared. */
  revise(id: string, plan: ProbePlan): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    this.#recall(member.group);
    if (member.group.key === null) {
      member.group.plan = plan;
      return;
    }
    this.#move(member, plan);
    this.#pump();
  }

  /** A probe that comes to this is not told; null: each one is. */
  expect(id: string, outcome: 'passed' | 'failed' | null): void {
    const member = this.#members.get(id);
    if (member === undefined || member.expected === outcome) return;
    this.#recall(member.group);
    member.expected = outcome;
  }

  /** A probe under way is given up, unless others share it. */
  stop(id: string): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    this.#members.delete(id);
    this.#leave(member);
    this.#pump();
  }

  /** Checkers of a virtual server (`[10.0.0.1]:tcp:80`) let their time pass without a probe. One under way ends. */
  suspend(virtualServer: string, isSuspended: boolean): void {
    if (!isSuspended) {
      this.#suspended.delete(virtualServer);
      return;
    }
    this.#suspended.add(virtualServer);
    for (const { id, group } of this.#members.values()) if (this.#isSuspended(id)) this.#recall(group);
  }

  close(): void {
    for (const id of [...this.#members.keys()]) this.stop(id);
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
    this.#options.repeater?.close();
  }

  summary(id: string): ProbeSummary | null {
    const member = this.#members.get(id);
    if (member === undefined) return null;
    const { group } = member;
    const seen = { ...member };
    if (group.repetition !== null) takeRepeated(seen, group.repetition.look());
    const { runs, page, endedUs, last } = seen;
    // No timer runs beside a probe: who has become due meanwhile waits for this one.
    const isDue = seen.dueUs <= this.#options.clock.monotonicUs();
    const isRunning = (group.running ?? group.repetition) !== null && isDue && group.page === page;
    return {
      runs,
      isRunning,
      endedUs: endedUs === NEVER ? null : endedUs,
      last,
      dueUs: isDue ? null : seen.dueUs,
    };
  }

  #groupOf(plan: ProbePlan): Group {
    const key = this.#isSharing ? JSON.stringify(plan) : null;
    const known = key === null ? undefined : this.#groups.get(key);
    if (known !== undefined) return known;
    const group: Group = {
      ...{ key, plan, members: new Map<string, Member>(), armedUs: NEVER, cancel: () => {} },
      ...{ running: null, repetition: null, early: null, page: 0, beganUs: 0, runs: 0 },
      fire: () => this.#fire(group),
      observer: {
        next: (result) => this.#heard(group, result),
        error: () => {},
        complete: () => {},
      },
    };
    if (key !== null) this.#groups.set(key, group);
    return group;
  }

  #join(member: Member, plan: ProbePlan): void {
    member.group = this.#groupOf(plan);
    this.#recall(member.group);
    member.group.members.set(member.id, member);
    this.#arm(member.group);
  }

  /** From its group to that of a plan. A probe under way that it leaves without members is made anew. */
  #move(member: Member, plan: ProbePlan): void {
    this.#leave(member);
    if (member.dueUs === DUE) member.dueUs = this.#options.clock.monotonicUs();
    this.#join(member, plan);
  }

  #leave({ id, group }: Member): void {
    takeBack(group);
    group.members.delete(id);
    if (group.members.size > 0) {
      this.#arm(group);
      return;
    }
    group.cancel();
    group.armedUs = NEVER;
    this.#waiting.delete(group);
    if (group.key !== null) this.#groups.delete(group.key);
    if (group.running !== null) this.#release(group);
  }

  /** keepalived: a program is run in its interval, however long it takes; everything else rests for that long. */
  #rest(member: Member, delayUs: number, nowUs: number): void {
    const { plan, beganUs, runs } = member.group;
    const fromUs = plan.kind === 'misc' && runs > 0 ? beganUs : nowUs;
    member.restUs = delayUs;
    member.dueUs = Math.max(fromUs + delayUs, nowUs);
  }

  /** Whatever has changed of when its members are due. */
  #arm(group: Group): void {
    if (group.running !== null || group.repetition !== null) return;
    let firstUs = Number.POSITIVE_INFINITY;
    for (const { dueUs } of group.members.values()) firstUs = Math.min(firstUs, dueUs);
    if (firstUs === group.armedUs) return;
    group.cancel();
    group.armedUs = NEVER;
    if (firstUs === DUE) {
      this.#waiting.add(group);
      return;
    }
    this.#waiting.delete(group);
    group.armedUs = firstUs;
    group.cancel = this.#options.scheduler.at(firstUs, group.fire);
  }

  #fire(group: Group): void {
    const nowUs = Math.max(this.#options.clock.monotonicUs(), group.armedUs);
    group.armedUs = NEVER;
    for (const member of group.members.values()) {
      if (member.dueUs === DUE || member.dueUs > nowUs) continue;
      member.dueUs = this.#isSuspended(member.id) ? nowUs + member.everyUs : DUE;
    }
    this.#arm(group);
    this.#pump();
  }

  /** By `checker/VIRTUAL SERVER/REAL SERVER/NUMBER`; the name of a group may have slashes. */
  #isSuspended(id: string): boolean {
    return this.#suspended.size > 0 && this.#suspended.has(id.split('/').slice(1, -2).join('/'));
  }

  /** Begins what may begin. The rest follows when a probe ends, or in the next turn. */
  #pump(): void {
    if (this.#turn !== null) return;
    let begun = 0;
    for (const group of this.#waiting) {
      if (this.#running >= this.#limit) return;
      if (begun === BEGINNINGS_PER_TURN) {
        this.#turn = setImmediate(() => {
          this.#turn = null;
          this.#pump();
        });
        return;
      }
      begun += 1;
      this.#waiting.delete(group);
      this.#begin(group);
    }
  }

  #begin(group: Group): void {
    this.#running += 1;
    group.runs += 1;
    group.beganUs = this.#options.clock.monotonicUs();
    for (const { dueUs, page } of group.members.values()) {
      if (dueUs !== DUE) continue;
      group.page = page;
      break;
    }
    group.running = this.#options.probe(group.plan, group.page).subscribe(group.observer);
    const { early, running } = group;
    if (early === null) return;
    // In a turn of its own: whoever asked for the probe has to hear first that it has begun.
    queueMicrotask(() => {
      if (group.running === running) this.#ended(group, early);
    });
  }

  #heard(group: Group, result: ProbeResult): void {
    if (group.running === null) group.early = result;
    else this.#ended(group, result);
  }

  #ended(group: Group, result: ProbeResult): void {
    this.#release(group);
    this.#conclude(group, result);
  }

  #conclude(group: Group, result: ProbeResult): void {
    const nowUs = this.#options.clock.monotonicUs();
    const report = 'pages' in group.plan ? { ...result, page: group.page } : result;
    let news: readonly string[] = NOBODY;
    for (const member of group.members.values()) {
      if (!this.#hears(member, nowUs)) continue;
      if (take(member, report, nowUs)) news = [...news, member.id];
      this.#rest(member, member.everyUs, nowUs);
    }
    if (news.length > 0 || !this.#handOver(group, report)) this.#arm(group);
    for (const id of news) this.#options.report(id, report);
    this.#pump();
  }

  /** Whether the probe of its group that has just ended counts for a member. */
  #hears({ id, group, page, dueUs, restUs, expected, last }: Member, nowUs: number): boolean {
    if (dueUs !== DUE && this.#isSuspended(id)) return false;
    // While all pages pass, which one is next does not matter.
    if (expected === 'passed') return true;
    if (page !== group.page) return false;
    return dueUs === DUE || expected === 'failed' || last === null || dueUs - nowUs <= restUs * OWN_SHARE;
  }

  /** What has passed as expected, without a remark whose end would be news, may go on by itself. Gives whether it does. */
  #handOver(group: Group, { outcome, detail }: ProbeResult): boolean {
    const { repeater } = this.#options;
    const isPlain = outcome === 'passed' && detail === '';
    if (repeater === undefined || !isPlain || group.members.size !== 1) return false;
    for (const member of group.members.values()) {
      if (member.expected !== 'passed' || this.#isSuspended(member.id)) return false;
      const ended = (result: ProbeResult | null, passedBefore: number): void => {
        group.repetition = null;
        member.runs += passedBefore;
        member.dueUs = DUE;
        if (result === null) this.#probeNow(group);
        else this.#conclude(group, result);
      };
      group.repetition = repeater.repeat(group.plan, member.dueUs, member.everyUs, ended);
    }
    return group.repetition !== null;
  }

  /** One that goes on by itself is probed by the schedule again. */
  #recall(group: Group): void {
    if (takeBack(group)) this.#probeNow(group);
  }

  #probeNow(group: Group): void {
    this.#arm(group);
    this.#pump();
  }

  #release(group: Group): void {
    const { running } = group;
    group.running = null;
    group.early = null;
    running?.unsubscribe();
    this.#running -= 1;
  }
}
