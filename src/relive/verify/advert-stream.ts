/**
 * Runs of identical adverts against what the machine declared: an actor's effects say which adverts leave and which are
 * awaited, from when to when. A run is one fact about up to a minute of them, so it is checked as a block.
 *
 * What is not checked: how many adverts were heard, beyond what the gaps of the run itself say. Others send them, and a
 * network may repeat them.
 */
import { STALL_FLOOR_US } from '../../engine/heartbeat/instance.ts';
import type { StoredRun } from '../../journal/model.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';

/** Adverts of one content, declared from one moment to another. Times are CLOCK_MONOTONIC. */
export interface Period {
  readonly fromUs: number;
  toUs: number;
  readonly source: string;
  readonly priority: number;
  /** 0: not known, or it varies (BFD). */
  readonly intervalUs: number;
  /** Received: the longest silence that was allowed so far. Infinity: not known, or there is no limit. */
  allowedUs: number;
  /** Sent: adverts beside the schedule, at most. */
  extra: number;
  runs: number;
}

/** Why a run is none that the machine asked for. */
export interface RunFault {
  readonly rule: string;
  readonly declared: Json;
  /** A stall accounts for it, and may be told a moment after the run was closed. */
  readonly isTrouble?: true;
}

/** What is known of a run beside what was declared. */
export interface RunTerms {
  /** It was closed before this time, CLOCK_MONOTONIC. */
  readonly closedUs: number;
  /** No run was lost while storage failed. */
  readonly hasEveryRun: boolean;
}

/** Declarations in doubt at the same time: a run is judged after the row that ended it. */
const PERIODS_KEPT = 8;

/** What repeats does so on a thread of its own, until the effects of the row that ends it are carried out. */
const CARRIED_OUT_US = 1_000_000;

/** Of stalls one after the other one a second is told, with hundreds of instances one in ten. */
const TOLD_AGAIN_US = 10_000_000;

/** An advert may wait so long for others that are due a little later, to leave with them; the one before it may not have. */
const patienceUs = (intervalUs: number): number => Math.min(25_000, intervalUs / 40);

const toleranceUs = (intervalUs: number): number => Math.max(STALL_FLOOR_US, intervalUs / 2);

/** What two adverts in a row may be nearer or further apart than the interval without anything to tell of. */
const slackUs = (intervalUs: number): number => toleranceUs(intervalUs) + patienceUs(intervalUs);

/** One direction of one actor. */
export class AdvertStream {
  readonly #direction: StoredRun['direction'];
  readonly #periods: Period[] = [];
  #open: Period | null = null;
  #last: StoredRun | null = null;
  /** What is declared is not known: the history began in the middle. */
  isUnknown = false;

  constructor(direction: StoredRun['direction']) {
    this.#direction = direction;
  }

  get open(): Period | null {
    return this.#open;
  }

  begin(period: Omit<Period, 'toUs' | 'extra' | 'runs'>): void {
    if (this.#open !== null) this.end(period.fromUs);
    this.isUnknown = false;
    this.#open = { ...period, toUs: Number.POSITIVE_INFINITY, extra: 0, runs: 0 };
    this.#periods.push(this.#open);
    if (this.#periods.length > PERIODS_KEPT) this.#periods.shift();
  }

  end(atUs: number): void {
    if (this.#open !== null) this.#open.toUs = atUs;
    this.#open = null;
    this.isUnknown = false;
  }

  /** `troubledUs`: when this process last stood still, or its adverts did not leave. */
  judge(run: StoredRun, troubledUs: number, { closedUs, hasEveryRun }: RunTerms): RunFault | null {
    const before = this.#last;
    this.#last = run;
    const shape = shapeFault(run, before, closedUs);
    if (shape !== null || this.isUnknown) return shape;
    const alike = this.#periods.filter(
      ({ source, priority }) => source === run.source && priority === run.priority,
    );
    // Where one ends and the next begins at the same instant it is of the next: adverts that wait are read together.
    const period = alike.findLast(
      ({ fromUs, toUs }) => fromUs <= run.firstUs && run.lastUs <= toUs + CARRIED_OUT_US,
    );
    if (period === undefined) return this.#undeclared(alike);
    period.runs += 1;
    if (hasEveryRun && before !== null && period.runs > 1) {
      const missing = missingFault(run, before, period);
      if (missing !== null) return missing;
    }
    const isQuiet = troubledUs < period.fromUs - TOLD_AGAIN_US;
    if (this.#direction === 'sent') return sentFault(run, period, isQuiet);
    return receivedFault(run, period, isQuiet);
  }

  #undeclared(alike: readonly Period[]): RunFault {
    const verb = this.#direction === 'sent' ? 'announced' : 'awaited';
    const rule = alike.length === 0 ? `no such adverts were ${verb}` : `they were not ${verb} all that time`;
    const near = (alike.length === 0 ? this.#periods : alike).slice(-3);
    return {
      rule,
      declared: near.map(({ fromUs, toUs, source, priority }) => shown(fromUs, toUs, source, priority)),
    };
  }
}

/** Infinity is no JSON. */
function shown(fromUs: number, toUs: number, source: string, priority: number): JsonObject {
  const bound = (us: number): number | null => (Number.isFinite(us) ? us : null);
  return { source, priority, fromUs: bound(fromUs), toUs: bound(toUs) };
}

/** What is wrong with a run whatever was declared. */
function shapeFault(run: StoredRun, before: StoredRun | null, closedUs: number): RunFault | null {
  const lengthUs = run.lastUs - run.firstUs;
  const isRight = run.count >= 1 && lengthUs >= 0 && (run.count - 1) * run.largestGapUs >= lengthUs;
  if (!isRight) return { rule: 'its count, length and largest gap cannot all be true', declared: null };
  if (run.lastUs > closedUs) return { rule: 'it ends after it was closed', declared: { closedUs } };
  if (before === null || run.firstUs >= before.lastUs) return null;
  return { rule: 'it begins before the run before it ends', declared: { endsUs: before.lastUs } };
}

/** The silence before a run is a part of its largest gap, so that adverts between two runs cannot vanish. */
function missingFault(run: StoredRun, before: StoredRun, { intervalUs, fromUs }: Period): RunFault | null {
  if (before.firstUs < fromUs) return null;
  const silentUs = run.firstUs - before.lastUs;
  if (silentUs <= Math.max(run.largestGapUs, intervalUs + slackUs(intervalUs))) return null;
  return { rule: 'adverts between it and the run before it are in no run', declared: { silentUs } };
}

function sentFault(
  { count, firstUs, lastUs, largestGapUs }: StoredRun,
  period: Period,
  isQuiet: boolean,
): RunFault | null {
  const { intervalUs, extra } = period;
  if (intervalUs === 0) return null;
  const slack = slackUs(intervalUs);
  const most = 1 + Math.floor((lastUs - firstUs + slack) / intervalUs) + extra;
  if (count > most) return { rule: 'more adverts than the interval allows', declared: { intervalUs, most } };
  if (!isQuiet || largestGapUs <= intervalUs + slack) return null;
  return { rule: 'a gap for which nothing accounts', declared: { intervalUs }, isTrouble: true };
}

/** A longer silence would have been an event. */
function receivedFault(
  { firstUs, largestGapUs }: StoredRun,
  period: Period,
  isQuiet: boolean,
): RunFault | null {
  const { intervalUs, allowedUs, fromUs, runs } = period;
  const limitUs = allowedUs + toleranceUs(intervalUs);
  if (!isQuiet || largestGapUs <= limitUs) return null;
  // The time before the watch is in the gap of its first run, but not in what was allowed.
  if (runs === 1 && firstUs - fromUs <= limitUs) return null;
  return { rule: 'a longer silence than was allowed', declared: { allowedUs }, isTrouble: true };
}
