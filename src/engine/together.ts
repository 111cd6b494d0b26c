/** Timers that are due at nearly the same time, as one: waking up costs a process more than most of what it wakes up for. */
import type { Scheduler } from './types.ts';

/** All that is due in one stretch of time. */
interface Batch {
  readonly due: Set<() => void>;
  /** When the first of them is. */
  atUs: number;
  cancel: () => void;
}

/**
 * What is due in the same stretch of `stretchUs` comes together, with the first of it: nothing is late by that, and
 * something may be early by less than a stretch (where other schedulers never are). What comes at the same time comes in the order in which it was asked for.
 */
export function together(scheduler: Scheduler, stretchUs: number): Scheduler {
  const batches = new Map<number, Batch>();

  function arm(key: number, batch: Batch, atUs: number): void {
    batch.cancel();
    batch.atUs = atUs;
    batch.cancel = scheduler.at(atUs, () => {
      batches.delete(key);
      // One of them may call another off.
      for (const due of batch.due) due();
    });
  }

  return {
    at(atUs, isDue) {
      const key = Math.floor(atUs / stretchUs);
      const batch = batches.get(key) ?? { due: new Set(), atUs: Number.POSITIVE_INFINITY, cancel: () => {} };
      batches.set(key, batch);
      // Of its own, as the same function may be asked for twice.
      const due = (): void => isDue();
      batch.due.add(due);
      if (atUs < batch.atUs) arm(key, batch, atUs);
      return () => {
        batch.due.delete(due);
        if (batch.due.size > 0 || batches.get(key) !== batch) return;
        batch.cancel();
        batches.delete(key);
      };
    },
  };
}
