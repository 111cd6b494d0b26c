/** Every actor at once is what each actor is by itself. */
import { expect, it } from 'vitest';
import { seedOfRun } from '../../test/harness/seed.ts';
import { SeededRandom } from '../../test/sim/seeded-random.ts';
import type { JournalRow } from '../engine/types.ts';
import { Changes } from './changes.ts';
import { changedRow, idleRow, startRow, temporaryDirectory } from './journal.fixture.ts';
import { given, written } from './lines.ts';
import { DEFAULT_LIMITS, type GapNote, type Item } from './messages.ts';
import { JournalReader } from './reader.ts';
import { Store } from './store.ts';
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

function lossOf({ seq, wallUs, actor }: JournalRow): GapNote {
  return {
    ...{ fromSeq: seq, toSeq: seq, fromWallUs: wallUs, toWallUs: wallUs, reason: 'lost', lostRows: 1 },
    ...{ lostChanges: 1, lostRuns: 0, writtenLate: 0, actors: [actor], segment: null },
  };
}

/** Writes without a thread; `lost`: rows that never came, as from a full queue. */
function writeSome(path: string, rows: Iterable<JournalRow>, lost: (row: JournalRow) => boolean): void {
  const limits = { ...DEFAULT_LIMITS, segmentBytes: 300_000 };
  const store = new Store({ directory: path, node: 'r1', process: 'vrrp', limits, resume: null }, () => {});
  const changes = new Changes();
  let items: Item[] = [];
  let gaps: GapNote[] = [];
  for (const row of rows) {
    const changed = changes.take(row);
    if (lost(row)) {
      store.doubt([row.actor]);
      gaps.push(lossOf(row));
    } else items.push({ row: written(row), changed });
    if (row.seq % 50 !== 0) continue;
    store.write(given(items), gaps);
    items = [];
    gaps = [];
  }
  store.close();
}

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
