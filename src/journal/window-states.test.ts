/** A window gives the states that whoever reads from the beginning has, or says that it cannot. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JournalRow } from '../engine/types.ts';
import type { Json } from '../protocol/json.ts';
import { changedRow, idleRow, startRow, temporaryDirectory } from './journal.fixture.ts';
import { writeSome } from './life.fixture.ts';
import { JournalReader } from './reader.ts';
import { StatesBefore } from './states-before.ts';
import { Unsure, WindowStates } from './window-states.ts';

const QUIET = 'vrrp/VI_1';
const BUSY = 'vrrp/VI_2';
const MASTER = { protocol: 'master' };
const ROWS = 4000;

let path: string;
let remove: () => void;

beforeEach(() => {
  ({ path, remove } = temporaryDirectory());
});

afterEach(() => remove());

/** The quiet one becomes master early, and says in the end that nothing has changed. */
function* quietLife(): Generator<JournalRow> {
  yield startRow(1, QUIET);
  yield startRow(2, BUSY);
  for (let seq = 3; seq <= ROWS; seq++) {
    if (seq === 10) yield { ...changedRow(seq, QUIET), state: MASTER };
    else if (seq === 20 || seq > ROWS - 20) yield { ...idleRow(seq, QUIET), state: MASTER };
    else yield changedRow(seq, BUSY);
  }
}

const segments = (): string[] => readdirSync(path).filter((file) => file.endsWith('.db'));

function write(rows: Iterable<JournalRow>, lostSeq: number | null = null): void {
  writeSome(path, rows, ({ seq }) => seq === lostSeq);
  expect(segments().length).toBeGreaterThan(4);
}

/** The state before each row of the window, read from the beginning and from the window's own. @throws Unsure */
function both(beginsAtSeq: number, changedOnly = false, fromSeq = 0): [Map<number, Json>, Map<number, Json>] {
  const reader = new JournalReader(path);
  const states = (from: number, before: StatesBefore): Map<number, Json> =>
    new Map([...reader.rows({ fromSeq: from, changedOnly })].map((row) => [row.seq, before.next(row)]));
  try {
    const all = states(fromSeq, new StatesBefore(reader));
    const window = new WindowStates(reader, { fromSeq, beginsAtSeq, changedOnly });
    return [new Map([...all].filter(([seq]) => seq >= beginsAtSeq)), states(beginsAtSeq, window)];
  } finally {
    reader.close();
  }
}

it('finds a change of long ago', () => {
  write(quietLife());
  const [all, window] = both(ROWS - 10);
  expect(window).toEqual(all);
  expect(window.get(ROWS)).toEqual(MASTER);
});

it('finds what the segment began with where the change is kept no more', () => {
  write(quietLife());
  for (const file of segments().slice(0, 2)) rmSync(join(path, file));
  const [all, window] = both(ROWS - 10);
  expect(window).toEqual(all);
  expect(window.get(ROWS)).toEqual(MASTER);
});

it('knows who is new', () => {
  write(
    (function* () {
      for (const row of quietLife()) if (row.actor === BUSY || row.seq < 5 || row.seq > ROWS - 20) yield row;
      yield* Array.from({ length: 49 }, (_, i) => changedRow(ROWS + 1 + i, BUSY));
      yield startRow(ROWS + 50, 'vrrp/VI_3');
    })(),
  );
  const [all, window] = both(ROWS + 40);
  expect(window).toEqual(all);
  expect(window.get(ROWS + 50)).toBeNull();
});

it.each([
  ['early', 10],
  ['just before', ROWS - 19],
])('is unsure where a change was lost %s', (_, lostSeq) => {
  write(
    (function* () {
      for (const row of quietLife()) {
        const isBefore = row.seq < lostSeq && row.actor === QUIET;
        yield isBefore ? { ...row, state: startRow(1).state } : row;
      }
    })(),
    lostSeq,
  );
  expect(() => both(ROWS - 10)).toThrow(Unsure);
});

it('is unsure where a segment is missing in the middle', () => {
  write(quietLife());
  rmSync(join(path, segments()[2] ?? ''));
  expect(() => both(ROWS - 10)).toThrow(Unsure);
});

it('tells changes by the changes that are told, whatever was lost before them', () => {
  function* changes(): Generator<JournalRow> {
    for (const row of quietLife()) yield row.seq > ROWS - 20 ? { ...row, delta: { count: row.seq } } : row;
  }
  write(changes(), 10);
  for (const fromSeq of [0, 2, 12, 2000]) {
    const [all, window] = both(ROWS - 10, true, fromSeq);
    expect(window).toEqual(all);
    const [early, earlier] = both(ROWS - 19, true, fromSeq);
    expect(earlier).toEqual(early);
  }
});
