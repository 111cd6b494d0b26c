/** Virtual time out of which quiet stretches can be cut, so that a month of peace costs nothing. */
import type { Clock, Scheduler } from '../../engine/types.ts';
import { VirtualClock } from '../../engine/virtual-clock.ts';

/** So that what happened shortly before the beginning has a time above zero. */
const LEAD_US = 86_400_000_000;

/**
 * Two times: that of the history, which jumps over what is cut out, and the one that is lived through, which does not. What
 * comes again and again (adverts and the waiting for them) runs in the latter, so a cut does not touch it; whatever is due
 * at a time of the history has to be over before a cut.
 */
export class CutTime {
  /** For adverts and deadlines. */
  readonly lived = new VirtualClock(LEAD_US);
  /** For timers and the answers of the kernel, in times of the history. */
  readonly history: Clock & Scheduler;
  #offsetUs: number;
  #pending = 0;

  constructor(startUs: number) {
    this.#offsetUs = startUs - LEAD_US;
    const nowUs = (): number => this.nowUs;
    this.history = {
      monotonicUs: nowUs,
      wallUs: nowUs,
      at: (atUs, due) => this.#at(atUs, due),
    };
  }

  /** Time of the history. */
  get nowUs(): number {
    return this.lived.monotonicUs() + this.#offsetUs;
  }

  /** The lived time of a time of the history, as far as nothing was cut in between. */
  livedUs(historyUs: number): number {
    return historyUs - this.#offsetUs;
  }

  /** True if nothing waits for a time of the history. */
  get isFree(): boolean {
    return this.#pending === 0;
  }

  /** When the next thing happens, in times of the history; null: nothing will. */
  nextUs(): number | null {
    const nextUs = this.lived.nextUs();
    return nextUs === null ? null : nextUs + this.#offsetUs;
  }

  /** Leaves this much out. Only while `isFree`. */
  cut(us: number): void {
    this.#offsetUs += us;
  }

  advanceTo(historyUs: number): void {
    this.lived.advanceTo(this.livedUs(historyUs));
  }

  #at(atUs: number, due: () => void): () => void {
    let isOpen = true;
    this.#pending += 1;
    const close = (): void => {
      if (isOpen) this.#pending -= 1;
      isOpen = false;
    };
    const cancel = this.lived.at(this.livedUs(atUs), () => {
      close();
      due();
    });
    return () => {
      close();
      cancel();
    };
  }
}
