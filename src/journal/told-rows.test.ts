/** What a line is made of is what the row itself holds, and the state before it what the single question gives. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedOfRun } from '../../test/harness/seed.ts';
import { SeededRandom } from '../../test/sim/seeded-random.ts';
import type { JournalRow } from '../engine/types.ts';
import type { Json } from '../protocol/json.ts';
import { temporaryDirectory } from './journal.fixture.ts';
import { life, ROWS, writeSome } from './life.fixture.ts';
import type { StoredRow } from './model.ts';
import type { RowRange } from './ranges.ts';
import { JournalReader } from './reader.ts';
import { type LookedAt, type ToldStep, toldRows } from './told-rows.ts';

const random = new SeededRandom(seedOfRun());
const { path, remove } = temporaryDirectory();
let reader: JournalReader;

/** More states than SQLite is asked to look for, effects that come again, and one who is silent for long. */
function* lives(): Generator<JournalRow> {
  for (const row of life(random)) {
    if (row.actor === 'vrrp/VI_1' && row.seq > 300 && row.seq < ROWS - 300) continue;
    const effects = [{ type: 'announce', params: { priority: random.integer(1, 5) } }];
    const state = random.chance(0.3) ? { protocol: `state${random.integer(1, 40)}` } : row.state;
    const isChange = row.kind === 'step' && Object.keys(row.delta).length > 0;
    yield isChange ? { ...row, effects, state } : row;
  }
}

beforeAll(() => {
  // Two process starts, and rows that were lost in both.
  for (let start = 0; start < 2; start++)
    writeSome(path, lives(), ({ kind }) => kind === 'step' && random.chance(0.002));
  reader = new JournalReader(path);
  expect(reader.segmentFiles().length).toBeGreaterThan(6);
});

afterAll(() => {
  reader.close();
  remove();
});

/** Each actor's first row of a process asks for itself what was before; later ones follow those that were seen. */
function* oneByOne(range: RowRange): Generator<ToldStep> {
  const states = new Map<string, Json>();
  for (const row of reader.rows(range)) {
    const key = `${row.epoch} ${row.actor}`;
    const known = states.get(key);
    states.set(key, row.state);
    const before = known ?? (row.kind === 'note' ? null : reader.stateBefore(row.actor, row.seq));
    const { seq, wallUs, kind, actor, changed, event, effects, state, delta } = row;
    const told = { seq, wallUs, kind, actor, changed, event, effects, state };
    yield { row: { ...told, delta: kind === 'crash' ? delta : {} }, before };
  }
}

const isWanted = ({ seq, kind }: Pick<StoredRow, 'seq' | 'kind'>): boolean =>
  kind !== 'step' || seq % 3 === 0;

it.each([
  ['all rows', {}],
  ['changes', { changedOnly: true }],
  ['one actor', { actor: 'vrrp/VI_2' }],
  ['changes of one that is silent for long', { actor: 'vrrp/VI_1', changedOnly: true }],
  ['an actor that there is not', { actor: 'vrrp/VI_0' }],
])('gives of %s those that are wanted, wherever it begins', (_, range: RowRange) => {
  const last = reader.lastSeq();
  for (let look = 0; look < 12; look++) {
    const fromSeq = look === 0 ? 0 : random.integer(1, last);
    const bounds = look < 2 ? { fromSeq } : { fromSeq, toSeq: fromSeq + random.integer(0, 3000) };
    const part = { ...range, ...bounds };
    const all = [...oneByOne(part)];
    const seen: [LookedAt, Json][] = [];
    const told = toldRows(reader, part, (row, before) => {
      seen.push([row, before]);
      return isWanted(row);
    });
    expect([...told], JSON.stringify(part)).toEqual(all.filter(({ row }) => isWanted(row)));
    const looks = all.map(({ row: { seq, kind, actor, changed, state }, before }) => [
      { seq, kind, actor, changed, state, epoch: reader.epochOf(seq)?.epoch.epoch },
      before,
    ]);
    expect(seen).toEqual(looks);
  }
});

it('gives the same object for what is the same, so that its words need be found once', () => {
  const told = [...toldRows(reader, { fromSeq: 1, toSeq: 2000 }, () => true)];
  const objects = (of: (step: ToldStep) => unknown) => new Set(told.map(of)).size;
  const texts = (of: (step: ToldStep) => unknown) =>
    new Set(told.map((step) => JSON.stringify(of(step)))).size;
  expect(objects(({ row }) => row.effects)).toBe(texts(({ row }) => row.effects));
  expect(objects(({ row }) => row.state)).toBeLessThan(told.length / 10);
});
