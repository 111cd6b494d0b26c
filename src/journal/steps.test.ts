/** Rows of a transaction as one for each actor: folding these gives what folding the rows gives. */
import { expect, it } from 'vitest';
import { seedOfRun } from '../../test/harness/seed.ts';
import type { JournalRow, RowKind } from '../engine/types.ts';
import { Fold } from './fold.ts';
import { startRow } from './journal.fixture.ts';
import { written } from './lines.ts';
import { Steps } from './steps.ts';

const KINDS: readonly RowKind[] = ['step', 'step', 'step', 'start', 'crash', 'note'];

it('comes to the same states as the rows themselves, whatever their kinds', () => {
  let dice = seedOfRun();
  const roll = (most: number): number => {
    dice = (Math.imul(dice, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((dice / 2 ** 32) * most);
  };
  const [byRow, bySteps] = [new Fold(), new Fold()];
  let seq = 0;
  for (let transaction = 0; transaction < 300; transaction += 1) {
    const steps = new Steps();
    let changes = 0;
    for (let left = roll(12); left > 0; left -= 1) {
      seq += 1;
      const kind = KINDS[roll(KINDS.length)] ?? 'step';
      const delta = roll(4) === 0 ? {} : { [`key${roll(4)}`]: seq };
      const row: JournalRow = { ...startRow(seq, `vrrp/VI_${roll(4)}`), kind, state: { at: seq }, delta };
      byRow.apply(row);
      steps.add(written(row));
      if (kind !== 'note') changes += 1;
    }
    for (const step of steps) {
      bySteps.apply({ ...step, state: JSON.parse(step.state) });
      changes -= step.rows;
    }
    expect(changes).toBe(0);
    expect(new Set(bySteps.all())).toEqual(new Set(byRow.all()));
  }
});
