/** Every actor at once is what each actor is by itself. */
import { expect, it } from 'vitest';
import { seedOfRun } from '../../test/harness/seed.ts';
import { SeededRandom } from '../../test/sim/seeded-random.ts';
import type { JournalRow } from '../engine/types.ts';
import { changedRow, idleRow, startRow, temporaryDirectory } from './journal.fixture.ts';
import { JournalReader } from './reader.ts';
import { openJournal } from './writer.ts';

const ACTORS = 30;
const ROWS = 6000;

function* life(random: SeededRandom): Generator<JournalRow> {
  const alive = new Set<string>();
  for (let seq = 1; seq <= ROWS; seq++) {
    const actor = `vrrp/VI_${random.integer(1, ACTORS)}`;
    const chance = random.next();
    if (!alive.has(actor) || chance < 0.002) {
      alive.add(actor);
      yield startRow(seq, actor);
    } else if (chance < 0.01) yield { ...changedRow(seq, actor), kind: 'crash', delta: { error: 'x' } };
    else if (chance < 0.02)
      yield { ...changedRow(seq, 'relived'), kind: 'note', machine: null, state: null, delta: {} };
    else if (chance < 0.2) yield idleRow(seq, actor);
    else {
      const row = changedRow(seq, actor);
      const delta = random.chance(0.5) ? row.delta : { [`k${random.integer(0, 5)}`]: seq };
      yield { ...row, state: random.chance(0.5) ? row.state : { protocol: 'master' }, delta };
    }
  }
}

it('gives what each actor gives alone, at any row, over rolls, rounds, starts and crashes', async () => {
  const random = new SeededRandom(seedOfRun());
  const { path, remove } = temporaryDirectory();
  const limits = { segmentBytes: 400_000, queueItems: ROWS };
  const writer = openJournal({ directory: path, node: 'r1', process: 'vrrp', limits });
  try {
    for (const row of life(random)) {
      writer.row(row);
      if (row.seq % 100 === 0) await writer.flush();
    }
    await writer.close();
    const reader = new JournalReader(path);
    expect(reader.segmentFiles().length).toBeGreaterThan(1);
    for (let look = 0; look < 40; look++) {
      const seq = random.integer(1, ROWS);
      const alone = reader.actors().flatMap((actor) => reader.stateAt(actor, seq) ?? []);
      const byName = (a: { actor: string }, b: { actor: string }): number => (a.actor < b.actor ? -1 : 1);
      expect([...reader.statesAt(seq)].sort(byName), `@${seq}`).toEqual(alone.sort(byName));
    }
    reader.close();
  } finally {
    remove();
  }
});
