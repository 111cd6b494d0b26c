/** The last entries are those that reading everything gives, wherever the range begins and whatever was lost in it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedOfRun } from '../../test/harness/seed.ts';
import { SeededRandom } from '../../test/sim/seeded-random.ts';
import type { JournalRow } from '../engine/types.ts';
import { startRow, temporaryDirectory } from '../journal/journal.fixture.ts';
import { life, ROWS, writeSome } from '../journal/life.fixture.ts';
import { JournalReader } from '../journal/reader.ts';
import { thinNow } from '../journal/thinning.fixture.ts';
import {
  type Entry,
  type EntryRange,
  entriesWith,
  mergeByTime,
  type RowsOf,
  rowEntries,
  toldEntries,
} from './entries.ts';
import { type Kind, wanted, wantedRow } from './entry-lines.ts';
import { lastOfAll, type Source } from './last-entries.ts';

const END = Number.MAX_SAFE_INTEGER - 1;
const ALL: EntryRange = { fromSeq: 0, toSeq: END, actor: null, runs: false };
const KINDS: readonly (readonly Kind[] | undefined)[] = [
  ...[undefined, ['step'], ['role'], ['change', 'gap'], ['gap', 'ended'], ['note', 'crash']],
] as const;

const random = new SeededRandom(seedOfRun());
const directories = {
  whole: temporaryDirectory(),
  lossy: temporaryDirectory(),
  stepped: temporaryDirectory(),
};
let whole: JournalReader;
let lossy: JournalReader;
let stepped: JournalReader;

/** One is silent for long and says then that nothing has changed; another comes late, and one is the last. */
function* lives(start = 0): Generator<JournalRow> {
  for (const lived of life(random)) {
    const row = { ...lived, wallUs: lived.wallUs + start * ROWS * 1000 };
    const { actor, seq, wallUs } = row;
    if (seq === ROWS) {
      yield { ...startRow(ROWS, 'vrrp/VI_31'), wallUs };
      return;
    }
    if (actor === 'vrrp/VI_1' && seq > 300 && (seq < ROWS - 300 || row.kind === 'start')) continue;
    if (actor === 'vrrp/VI_2' && seq < ROWS - 200) continue;
    if (actor === 'vrrp/VI_1' && seq > 300 && row.kind === 'step') yield { ...row, delta: {}, effects: [] };
    else yield row;
  }
}

/** For a while its clock was a second ahead, which is a thousand rows. */
const isAhead = (seq: number): boolean => seq >= 3000 && seq < 3500;

function* steppedLife(): Generator<JournalRow> {
  for (const row of life(random)) yield isAhead(row.seq) ? { ...row, wallUs: row.wallUs + 1_000_000 } : row;
}

beforeAll(async () => {
  writeSome(directories.whole.path, lives(), () => false);
  writeSome(directories.stepped.path, steppedLife(), () => false);
  for (let start = 0; start < 2; start++)
    writeSome(directories.lossy.path, lives(start), ({ kind }) => kind === 'step' && random.chance(0.01));
  whole = new JournalReader(directories.whole.path);
  const [, , third = ''] = whole.pieces().map(({ file }) => file);
  whole.close();
  await thinNow(directories.whole.path, third);
  whole = new JournalReader(directories.whole.path);
  lossy = new JournalReader(directories.lossy.path);
  stepped = new JournalReader(directories.stepped.path);
});

afterAll(() => {
  for (const reader of [whole, lossy, stepped]) reader.close();
  for (const { remove } of Object.values(directories)) remove();
});

interface Asked {
  readonly kinds: readonly Kind[] | undefined;
  readonly most: number;
}

function walked<Row extends Parameters<typeof wantedRow>[0] & { readonly seq: number }>(
  sources: readonly Source[],
  rowsOf: RowsOf<Row>,
  { kinds, most }: Asked,
) {
  const streams = sources.map(function* ({ reader, range }) {
    for (const entry of entriesWith(rowsOf, reader, range)) yield { wallUs: entry.wallUs, entry, reader };
  });
  return [...mergeByTime(streams)].filter(({ entry }) => wanted(entry, kinds)).slice(-most);
}

const shown = (found: readonly { readonly reader: JournalReader; readonly entry: Entry<object> }[]) =>
  found.map(({ reader, entry }) => [reader.directory, entry]);

function look(sources: readonly Source[], asked: Asked, firstRows: number): 'same' | 'left' {
  const { kinds, most } = asked;
  const isWanted = (entry: Parameters<typeof wanted>[0]): boolean => wanted(entry, kinds);
  const told = toldEntries((row, before) => kinds === undefined || wantedRow(row, before, kinds));
  const about = JSON.stringify([asked, firstRows, sources.map(({ range }) => range)]);
  const lines = lastOfAll(
    sources,
    { rowsOf: told, isWanted: (entry) => wanted(entry, kinds), most },
    firstRows,
  );
  const data = lastOfAll(sources, { rowsOf: rowEntries, isWanted, most }, firstRows);
  if (lines !== null) expect(shown(lines), about).toEqual(shown(walked(sources, told, asked)));
  if (data !== null) expect(shown(data), about).toEqual(shown(walked(sources, rowEntries, asked)));
  return lines === null || data === null ? 'left' : 'same';
}

function randomRange(reader: JournalReader, kinds: Asked['kinds']): EntryRange {
  const last = reader.lastSeq();
  return {
    fromSeq: random.chance(0.5) ? 0 : random.integer(1, last),
    toSeq: random.chance(0.5) ? END : random.integer(1, last),
    actor: random.chance(0.3) ? `vrrp/VI_${random.integer(1, 31)}` : null,
    runs: false,
    changedOnly: kinds?.includes('step') === false,
  };
}

const readersOf = {
  'nothing was lost': () => [whole],
  'rows were lost, in two starts': () => [lossy],
  'a clock was ahead for a while': () => [stepped],
  'there are two': () => [whole, lossy],
  'there are three, and the clock of one was ahead': () => [stepped, whole, lossy],
};

describe.each(Object.entries(readersOf))('where %s', (_, readers) => {
  it('they are what reading everything gives', () => {
    for (let looks = 0; looks < 15; looks++) {
      const kinds = KINDS[random.integer(0, KINDS.length - 1)];
      const sources = readers().map((reader) => ({ reader, range: randomRange(reader, kinds) }));
      const asked = { kinds, most: random.integer(1, 40) };
      const result = look(sources, asked, random.integer(1, 300));
      if (!readers().includes(stepped) || readers().length === 1) expect(result).toBe('same');
    }
  });
});

it('several are left to whoever reads everything while a clock that was set back has not caught up, and only then', () => {
  const asked = { kinds: undefined, most: 20 };
  const upTo = (toSeq: number): Source[] => [
    { reader: stepped, range: { ...ALL, toSeq } },
    { reader: whole, range: ALL },
  ];
  expect(look(upTo(3400), asked, 100)).toBe('same');
  expect(look(upTo(3600), asked, 100)).toBe('left');
  expect(look(upTo(4400), asked, 100)).toBe('left');
  expect(look(upTo(4600), asked, 100)).toBe('same');
});

it('reads no more than a few of many rows', () => {
  let seen = 0;
  const rowsOf = toldEntries(() => {
    seen += 1;
    return true;
  });
  const last = (reader: JournalReader) =>
    lastOfAll([{ reader, range: ALL }], { rowsOf, isWanted: () => true, most: 10 }, 100);
  expect(last(whole)).toHaveLength(10);
  expect(seen).toBeLessThanOrEqual(100);
});

it('gives all there is where fewer are wanted than asked for', () => {
  const range = { ...ALL, actor: 'vrrp/VI_31', changedOnly: true };
  const isWanted = (entry: Entry): boolean => entry.type === 'row';
  const found = lastOfAll([{ reader: whole, range }], { rowsOf: rowEntries, isWanted, most: 5 }, 10);
  expect(found?.map(({ entry }) => entry)).toMatchObject([{ row: { kind: 'start' }, before: null }]);
});
