import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from './digests.ts';
import { type Column, SCHEMA } from './format.ts';
import { type EvContent, RowInserter } from './row-inserter.ts';

let db: Database.Database;
let rows: RowInserter;

beforeEach(() => {
  db = new Database(':memory:');
  db.exec(SCHEMA);
  rows = new RowInserter(db);
});

const columnsOf = (seq: number, event: string | null = `{"type":"é ${seq}"}`) =>
  [
    seq,
    seq * 10,
    1_700_000_000_000_000 + seq,
    'step',
    5,
    'vrrp@1',
    null,
    1,
    event,
    null,
    '"up"',
    null,
  ] as const;
const contentOf = (seq: number): EvContent => ['ev', ...columnsOf(seq)];

function stored(): Column[][] {
  return db.prepare<[], Column[]>('SELECT * FROM ev ORDER BY seq').raw().all();
}

describe('the inserter of rows', () => {
  it.each([0, 1, 15, 16, 17, 32, 3001])('stores %i rows of a transaction with their digests', (count) => {
    const expected = Array.from({ length: count }, (_, i) => {
      const columns = columnsOf(i + 1);
      return [...columns, digestOf('ev', columns)];
    });
    rows.begin();
    for (let seq = 1; seq <= count; seq += 1) rows.add(contentOf(seq));
    const { rows: number, digests } = rows.finish();
    expect(number).toBe(count);
    expect(stored()).toEqual(expected);
    expect(Buffer.from(digests)).toEqual(Buffer.concat(expected.map((row) => row.at(-1) as Buffer)));
  });

  it('forgets what a transaction that failed left', () => {
    const failing = db.transaction(() => {
      rows.begin();
      for (let seq = 1; seq <= 20; seq += 1) rows.add(contentOf(seq));
      rows.add(['ev', ...columnsOf(21, null)]);
      rows.finish();
    });
    expect(failing).toThrow('NOT NULL constraint failed: ev.event');
    rows.begin();
    rows.add(contentOf(7));
    expect(rows.finish().rows).toBe(1);
    expect(stored().map(([seq]) => seq)).toEqual([7]);
  });
});
