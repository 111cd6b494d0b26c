import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seedOfRun } from '../../../test/harness/seed.ts';
import { Deadline, DeadlineHeap, NEVER } from './deadline-heap.ts';

test('agrees with a sorted list whatever is armed, pushed back, brought forward and disarmed', () => {
  const step = fc.record({
    which: fc.nat(11),
    atUs: fc.oneof(fc.nat(50), fc.constant(NEVER)),
    disarm: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.nat(50), (steps, nowUs) => {
      const heap = new DeadlineHeap<number>();
      const deadlines = Array.from({ length: 12 }, (_, index) => new Deadline(index));
      for (const { which, atUs, disarm } of steps) {
        const deadline = deadlines[which];
        if (deadline === undefined) continue;
        if (disarm && atUs % 3 === 0) heap.disarm(deadline);
        else heap.arm(deadline, atUs);
        const earliest = Math.min(...deadlines.map((one) => one.atUs));
        if (atUs % 2 === 0) expect(heap.peek()?.atUs ?? NEVER).toBe(earliest);
      }
      const due = deadlines.filter((one) => one.atUs <= nowUs).map((one) => one.owner);
      expect(
        heap
          .dueAt(nowUs)
          .map((one) => one.owner)
          .sort((a, b) => a - b),
      ).toEqual(due);
      const drained: number[] = [];
      for (let next = heap.peek(); next !== null; next = heap.peek()) {
        drained.push(next.atUs);
        heap.disarm(next);
      }
      expect(drained).toEqual([...drained].sort((a, b) => a - b));
      expect(heap.size).toBe(0);
    }),
    { numRuns: 1000, seed: seedOfRun() },
  );
});
