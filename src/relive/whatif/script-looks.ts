/** The runs of a tracker's script, of which the journal tells only those that came to something else than expected. */
import type { ActorEvent, ActorId, Scheduler } from '../../engine/types.ts';
import type { ExpectedResult } from '../../machines/tracker/tracker.effects.ts';

export interface ScriptLooksOptions {
  readonly scheduler: Scheduler;
  readonly actor: ActorId;
  readonly recordedIntervalUs: number;
  readonly intervalUs: number;
  readonly post: (event: ActorEvent) => void;
}

/**
 * Every run that is not recorded came to what was expected at the time, which is what the one before came to. So each
 * further run is known; with another interval a run is taken to come to what the last recorded one had come to.
 */
export class ScriptLooks {
  readonly #options: ScriptLooksOptions;
  #result: ActorEvent | null = null;
  #expected: ExpectedResult | null = null;
  #lookedUs: number | null = null;
  #cancel: () => void = () => {};
  /** When recorded results come. */
  #foreseen: number[] = [];

  constructor(options: ScriptLooksOptions) {
    this.#options = options;
  }

  /** What a run came to when it was told last. */
  enter(result: ActorEvent | null, expected: ExpectedResult | null, atUs: number): void {
    this.#result = result;
    this.#expected = expected;
    this.#lookedUs = atUs;
  }

  /** A recorded result will come. */
  foresee(atUs: number): void {
    this.#foreseen.push(atUs);
  }

  /** A recorded result. */
  told(result: ActorEvent, nowUs: number): void {
    this.#result = result;
    this.#foreseen = this.#foreseen.filter((atUs) => atUs > nowUs);
    const { recordedIntervalUs, intervalUs } = this.#options;
    if (recordedIntervalUs === intervalUs || this.#lookedUs === null) this.#look(nowUs);
    else this.#arm(nowUs);
  }

  /** What the tracker does not want to be told from now on. */
  expect(expected: ExpectedResult | null, nowUs: number): void {
    this.#expected = expected;
    this.#arm(nowUs);
  }

  stop(): void {
    this.#cancel();
    this.#result = null;
  }

  #look(nowUs: number): void {
    const result = this.#result;
    this.#lookedUs = nowUs;
    this.#cancel();
    if (result !== null && !isExpected(result, this.#expected)) this.#options.post(result);
    this.#arm(nowUs);
  }

  /** The next run that has something to tell. */
  #arm(nowUs: number): void {
    this.#cancel();
    if (this.#result === null || isExpected(this.#result, this.#expected)) return;
    const { intervalUs, scheduler } = this.#options;
    const sinceUs = this.#lookedUs ?? nowUs;
    const steps = Math.floor((nowUs - sinceUs) / intervalUs) + 1;
    const dueUs = sinceUs + steps * intervalUs;
    this.#cancel = scheduler.at(dueUs, () => {
      // The run that is told at about this time is this one.
      if (this.#foreseen.some((atUs) => Math.abs(atUs - dueUs) <= intervalUs / 2)) return;
      this.#look(dueUs);
    });
  }
}

function isExpected(result: ActorEvent, expected: ExpectedResult | null): boolean {
  if (expected === null || result.what !== expected.what) return false;
  if (expected.what === 'script.exited') return result.code === expected.code;
  return expected.what === 'script.killed' ? result.signal === expected.signal : true;
}
