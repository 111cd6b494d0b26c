/** Waiting for what leaves the machine at the end, or at a reload. */
import { realClock, realScheduler } from './clock.ts';

/** Long enough for netlink to delete a thousand addresses; after that the process ends all the same. */
const STOP_DEADLINE_US = 3_000_000;
const STOP_POLL_US = 5_000;

/** Gives whether the condition came to hold before the deadline of a stop. */
export async function waitUntil(condition: () => boolean): Promise<boolean> {
  const deadlineUs = realClock.monotonicUs() + STOP_DEADLINE_US;
  while (!condition()) {
    if (realClock.monotonicUs() >= deadlineUs) return false;
    await new Promise<void>((resolve) => realScheduler.at(realClock.monotonicUs() + STOP_POLL_US, resolve));
  }
  return true;
}
