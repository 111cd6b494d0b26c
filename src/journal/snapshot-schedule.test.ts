import { expect, it } from 'vitest';
import { SnapshotSchedule } from './snapshot-schedule.ts';

function serve(schedule: SnapshotSchedule, bytes: number): string[] {
  const due = [...schedule.due];
  for (const actor of due) schedule.taken(actor, bytes);
  schedule.served();
  return due;
}

it('an actor that changes alone has its turn after 200 changes, more for a large context', () => {
  const schedule = new SnapshotSchedule();
  for (let change = 1; change <= 199; change++) schedule.changed('a', true);
  expect(serve(schedule, 200_000)).toEqual([]);
  schedule.changed('a', true);
  expect(serve(schedule, 200_000)).toEqual(['a']);
  for (let change = 1; change <= 499; change++) schedule.changed('a', true);
  expect(serve(schedule, 200_000)).toEqual([]);
  schedule.changed('a', true);
  expect(serve(schedule, 200_000)).toEqual(['a']);
});

it('all that changed have theirs in a round, as often as their size allows', () => {
  const schedule = new SnapshotSchedule();
  const actors = Array.from({ length: 100 }, (_, i) => `vrrp/VI_${i}`);
  const changesToRound = (): number => {
    for (let changes = 1; ; changes++) {
      schedule.changed(actors[changes % actors.length] ?? '', true);
      if (schedule.due.size > 0) return changes;
      expect(changes).toBeLessThan(1_000_000);
    }
  };
  expect(changesToRound()).toBe(1500);
  expect(serve(schedule, 4000)).toEqual(expect.arrayContaining(actors));
  // 100 contexts of 4000 bytes, four times, in rows of 400 bytes.
  expect(changesToRound()).toBe(4000);
});

it('a round leaves out who did not change', () => {
  const schedule = new SnapshotSchedule();
  schedule.changed('a', true);
  schedule.changed('b', true);
  schedule.taken('b', 100);
  for (let i = 0; i < 20; i++) for (let j = 0; j < 110; j++) schedule.changed(`c${j}`, true);
  expect(schedule.due.has('a')).toBe(true);
  expect(schedule.due.has('b')).toBe(false);
});

it('a lost row asks for a snapshot; who is uncertain cannot have one and is not asked for again and again', () => {
  const schedule = new SnapshotSchedule();
  schedule.demand('a');
  expect(serve(schedule, 100)).toEqual(['a']);
  for (let change = 1; change <= 500; change++) schedule.changed('u', false);
  expect(schedule.due.size).toBe(0);
});
