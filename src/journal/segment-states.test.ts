/** Every actor at once is what each actor is by itself. */
import { expect, it } from 'vitest';
import { seedOfRun } from '../../test/harness/seed.ts';
import { SeededRandom } from '../../test/sim/seeded-random.ts';
import { temporaryDirectory } from './journal.fixture.ts';
import { life, ROWS, writeSome } from './life.fixture.ts';
import { JournalReader } from './reader.ts';
import { openJournal } from './writer.ts';

const byName = (a: { actor: string }, b: { actor: string }): number => (a.actor < b.actor ? -1 : 1);

/** At rows drawn by lot, all together and each alone. */
function compare(reader: JournalReader, random: SeededRandom): void {
  for (let look = 0; look < 40; look++) {
    const seq = random.integer(1, ROWS);
    const alone = reader.actors().flatMap((actor) => reader.stateAt(actor, seq) ?? []);
    expect([...reader.statesAt(seq)].sort(byName), `@${seq}`).toEqual(alone.sort(byName));
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
    compare(reader, random);
    reader.close();
  } finally {
    remove();
  }
});

it('knows which actors were in doubt when a segment began', () => {
  const random = new SeededRandom(seedOfRun());
  const { path, remove } = temporaryDirectory();
  try {
    // One goes silent for good after it was lost: nothing but its name tells of it later.
    const silent = 'vrrp/VI_1';
    const rows = [...life(random)].filter(({ actor, seq }) => actor !== silent || seq <= 300);
    const last = rows.findLast(({ actor, kind }) => actor === silent && kind === 'step')?.seq;
    writeSome(path, rows, ({ seq, kind }) => seq === last || (kind === 'step' && random.chance(0.002)));
    const reader = new JournalReader(path);
    expect(reader.segmentFiles().length).toBeGreaterThan(2);
    compare(reader, random);
    const end = reader.statesAt(ROWS - 60);
    expect(end.find(({ actor }) => actor === silent)?.uncertain).toBe(true);
    reader.close();
  } finally {
    remove();
  }
});
