/**
 * Probes that keep passing, made by somebody else than the schedule, as the addon does it (src/io/probes/probe-repeater.ts). While the
 * server stays what it is none of them is an event: how many have been made is worked out when somebody asks.
 */
import type { ProbeRepeater, Repeated, Repetition } from '../../../src/io/probes/probe-repeater.ts';
import type { Verdict } from '../../../src/io/probes/verdict.ts';
import type { ProbePlan } from '../../../src/machines/checker/checker.input.ts';
import { addressOf, answerOf, type ProbeParts } from './simulated-probes.ts';

/**
 * Which probes that pass are no events: none; connections, as with the addon; or all kinds, which the addon does not repeat, so that
 * long stories do not consist of them.
 */
export type Skipped = 'none' | 'connections' | 'all';

/** Probes one after the other that are alike. Times are those of the router's own clock. */
interface Row {
  readonly beganUs: number;
  readonly takesUs: number;
  /** From one beginning to the next. */
  readonly periodUs: number;
}

/** No probe lasts so long. */
const OLD_US = 60_000_000;

type Ended = Parameters<ProbeRepeater['repeat']>[3];

class Repeating implements Repetition {
  readonly plan: ProbePlan;
  readonly #everyUs: number;
  readonly #ended: Ended;
  readonly #parts: ProbeParts;
  readonly #skips: boolean;
  readonly #over: (repeating: Repeating) => void;
  #count = 0;
  #dueUs: number;
  #isUnderWay = false;
  #last: Repeated['last'] = null;
  #passed: Verdict | null = null;
  /** Those that are no events. */
  #row: Row | null = null;
  #isHandedBack = false;
  #cancel: () => void;

  constructor(
    [plan, dueUs, everyUs, ended]: Parameters<ProbeRepeater['repeat']>,
    parts: ProbeParts,
    skips: boolean,
    over: (repeating: Repeating) => void,
  ) {
    this.plan = plan;
    this.#everyUs = everyUs;
    this.#ended = ended;
    this.#parts = parts;
    this.#skips = skips;
    this.#over = over;
    this.#dueUs = dueUs;
    this.#cancel = parts.scheduler.at(dueUs, () => this.#begin());
  }

  look(): Repeated {
    const { count, last, dueUs, isUnderWay } = this.#row === null ? this.#own() : this.#lookAt(this.#row);
    return { count, last, dueUs, isUnderWay };
  }

  end(): Repeated {
    const repeated = this.look();
    this.#cancel();
    this.#row = null;
    this.#over(this);
    return repeated;
  }

  /** What comes next is an event: something befalls. Of what the addon does not repeat it is the schedule's. */
  breakOff(): void {
    const row = this.#row;
    this.#isHandedBack = this.plan.kind !== 'tcp';
    if (row === null) return;
    const { count, last, dueUs, isUnderWay, beganUs } = this.#lookAt(row);
    this.#row = null;
    [this.#count, this.#last, this.#dueUs, this.#isUnderWay] = [count, last, dueUs, isUnderWay];
    const { scheduler } = this.#parts;
    this.#cancel = isUnderWay
      ? scheduler.at(beganUs + row.takesUs, () => this.#pass(row.takesUs))
      : scheduler.at(dueUs, () => this.#begin());
  }

  #begin(): void {
    if (this.#isHandedBack) {
      this.#over(this);
      this.#ended(null, this.#count);
      return;
    }
    const nowUs = this.#parts.clock.monotonicUs();
    const { verdict, takesUs } = answerOf(this.#parts.servers, this.plan, 0);
    this.#isUnderWay = true;
    if (verdict.outcome !== 'passed' || verdict.detail !== '') {
      this.#cancel = this.#parts.scheduler.at(nowUs + takesUs, () => {
        this.#over(this);
        this.#ended({ ...verdict, durationUs: takesUs }, this.#count);
      });
      return;
    }
    this.#passed = verdict;
    if (this.#skips) this.#row = { beganUs: nowUs, takesUs, periodUs: this.#periodUs(takesUs) };
    else this.#cancel = this.#parts.scheduler.at(nowUs + takesUs, () => this.#pass(takesUs));
  }

  #pass(takesUs: number): void {
    const nowUs = this.#parts.clock.monotonicUs();
    this.#isUnderWay = false;
    this.#count += 1;
    this.#last = this.#resultAt(nowUs, takesUs);
    this.#dueUs = nowUs - takesUs + this.#periodUs(takesUs);
    this.#cancel = this.#parts.scheduler.at(this.#dueUs, () => this.#begin());
  }

  /** keepalived: a program is run in its interval, however long it takes; everything else rests for that long. */
  #periodUs(takesUs: number): number {
    return this.plan.kind === 'misc' ? Math.max(this.#everyUs, takesUs) : takesUs + this.#everyUs;
  }

  #own() {
    return { count: this.#count, last: this.#last, dueUs: this.#dueUs, isUnderWay: this.#isUnderWay };
  }

  #lookAt({ beganUs, takesUs, periodUs }: Row) {
    const passedUs = this.#parts.clock.monotonicUs() - beganUs;
    const begun = Math.floor(passedUs / periodUs);
    const isUnderWay = passedUs - begun * periodUs < takesUs;
    const ended = isUnderWay ? begun : begun + 1;
    return {
      count: this.#count + ended,
      last: ended === 0 ? this.#last : this.#resultAt(beganUs + (ended - 1) * periodUs + takesUs, takesUs),
      dueUs: beganUs + (isUnderWay ? begun : begun + 1) * periodUs,
      isUnderWay,
      beganUs: beganUs + begun * periodUs,
    };
  }

  #resultAt(endedUs: number, durationUs: number): Repeated['last'] {
    return this.#passed === null ? null : { endedUs, result: { ...this.#passed, durationUs } };
  }
}

export class SimulatedRepeater implements ProbeRepeater {
  readonly #parts: ProbeParts;
  readonly #skipped: Skipped;
  readonly #repeating = new Set<Repeating>();
  readonly #changing = (address: string): void => {
    for (const repeating of this.#repeating) if (addressOf(repeating.plan) === address) repeating.breakOff();
  };

  constructor(parts: ProbeParts, skipped: Skipped) {
    this.#parts = parts;
    this.#skipped = skipped;
    parts.servers.changing.add(this.#changing);
  }

  repeat(...asked: Parameters<ProbeRepeater['repeat']>): Repetition | null {
    const [plan] = asked;
    if (plan.kind !== 'tcp' && (this.#skipped !== 'all' || !this.#isWell(plan))) return null;
    const repeating = new Repeating(asked, this.#parts, this.#skipped !== 'none', (over) =>
      this.#repeating.delete(over),
    );
    this.#repeating.add(repeating);
    return repeating;
  }

  /** And has been for so long that nothing else was found by its last probe. */
  #isWell(plan: ProbePlan): boolean {
    const { servers, clock } = this.#parts;
    const address = addressOf(plan);
    const { answers, weight } = servers.of(address);
    const isWell = answers === 'well' && weight === undefined;
    return isWell && clock.monotonicUs() - servers.sinceUs(address) > OLD_US;
  }

  /** The process is about not to run for a while. */
  pause(): void {
    for (const repeating of this.#repeating) repeating.breakOff();
  }

  close(): void {
    this.#parts.servers.changing.delete(this.#changing);
  }
}
