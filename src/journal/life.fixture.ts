/** A long life of many actors, drawn by lot, and writing one without a thread. */
import type { SeededRandom } from '../../test/sim/seeded-random.ts';
import type { JournalRow } from '../engine/types.ts';
import { Changes } from './changes.ts';
import { changedRow, idleRow, startRow } from './journal.fixture.ts';
import { given, written } from './lines.ts';
import { DEFAULT_LIMITS, type GapNote, type Item } from './messages.ts';
import { Store } from './store.ts';

const ACTORS = 30;
export const ROWS = 6000;

/** Starts, steps that change something or nothing, crashes, and notes of the process. */
export function* life(random: SeededRandom): Generator<JournalRow> {
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

function lossOf({ seq, wallUs, actor }: JournalRow): GapNote {
  return {
    ...{ fromSeq: seq, toSeq: seq, fromWallUs: wallUs, toWallUs: wallUs, reason: 'lost', lostRows: 1 },
    ...{ lostChanges: 1, lostRuns: 0, writtenLate: 0, actors: [actor], segment: null },
  };
}

/** Writes without a thread; `lost`: rows that never came, as from a full queue. */
export function writeSome(
  path: string,
  rows: Iterable<JournalRow>,
  lost: (row: JournalRow) => boolean,
): void {
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
