/** The real clocks and the real scheduler: the only place where time enters the engine. */
import type { Clock, Scheduler } from '../engine/types.ts';

/** Longest delay that setTimeout takes; a longer wait is made of several. */
const LONGEST_TIMEOUT_MS = 2_000_000_000;

export const realClock: Clock = {
  monotonicUs: () => Number(process.hrtime.bigint() / 1000n),
  wallUs: () => Date.now() * 1000,
};

/** setTimeout counts whole milliseconds and may fire up to one early: wait again until the time has really come. */
export const realScheduler: Scheduler = {
  at(atUs, due) {
    let timer: NodeJS.Timeout | undefined;
    const wait = () => {
      const leftUs = atUs - realClock.monotonicUs();
      if (leftUs <= 0) due();
      else timer = setTimeout(wait, Math.min(Math.ceil(leftUs / 1000), LONGEST_TIMEOUT_MS));
    };
    timer = setTimeout(
      wait,
      Math.min(Math.max(0, Math.ceil((atUs - realClock.monotonicUs()) / 1000)), LONGEST_TIMEOUT_MS),
    );
    return () => clearTimeout(timer);
  },
};
