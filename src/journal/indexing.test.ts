/** The index is left out while rows pour in, and never missing from a segment that is closed. */
import { copyFileSync, cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listSegments, sealSegment } from './directory.ts';
import { checkIntegrity } from './integrity.ts';
import { changedRow, startRow, temporaryDirectory } from './journal.fixture.ts';
import { LineReader, lineBytes, rowLine } from './lines.ts';
import { changesQuery, marksOf } from './marks.ts';
import { DEFAULT_LIMITS } from './messages.ts';
import { JournalReader } from './reader.ts';
import { SegmentReader } from './segment-reader.ts';
import { Store } from './store.ts';

const ACTORS = 20;
let directory: string;
let remove: () => void;
let nowUs: number;
let seq: number;
let store: Store;

beforeEach(() => {
  ({ path: directory, remove } = temporaryDirectory());
  nowUs = 1_700_000_000_000_000;
  seq = 0;
  store = storeIn(directory, DEFAULT_LIMITS.segmentBytes);
});

function storeIn(place: string, segmentBytes: number): Store {
  const limits = { ...DEFAULT_LIMITS, segmentBytes };
  const setup = { directory: place, node: 'r1', process: 'vrrp', limits, resume: null };
  return new Store(setup, () => {}, { wallUs: () => nowUs, monotonicUs: () => nowUs });
}

afterEach(() => {
  store.close();
  remove();
});

function pour(batches: number): void {
  for (let batch = 0; batch < batches; batch += 1) {
    const lines: Uint8Array[] = [];
    for (let i = 0; i < 1000; i += 1) {
      seq += 1;
      const actor = `vrrp/VI_${seq % ACTORS}`;
      const row = seq <= ACTORS ? startRow(seq, actor) : changedRow(seq, actor);
      lines.push(lineBytes(rowLine(row, JSON.stringify(row.state), true)));
    }
    nowUs += 25_000;
    store.write(new LineReader().items(...lines), []);
  }
}

function isIndexed(path: string): boolean {
  const segment = SegmentReader.open(path);
  try {
    return segment.query("SELECT 1 FROM sqlite_schema WHERE name = 'ev_changed'").length === 1;
  } finally {
    segment.close();
  }
}

function marksPlan(segment: SegmentReader): string {
  const plan = segment.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${changesQuery()}`, 1, 1, seq);
  return plan.map(({ detail }) => detail).join('; ');
}

const newest = (): string => join(directory, listSegments(directory, 'vrrp').at(-1)?.file ?? '');

const paths = (place: string): string[] => listSegments(place, 'vrrp').map(({ file }) => join(place, file));
const unclosed = (place: string): string[] => paths(place).filter((path) => existsSync(`${path}-wal`));

/** What readers find is the same in either case. */
function expectStates(place = directory): void {
  const reader = new JournalReader(place);
  try {
    expect(checkIntegrity(paths(place)).findings).toEqual([]);
    for (const at of [seq, seq - 777]) {
      const states = reader.statesAt(at);
      expect(states.length).toBe(ACTORS);
      for (const state of states) {
        expect(state).toMatchObject({ uncertain: false, context: { count: state.seq } });
        expect(state.seq).toBeGreaterThan(at - ACTORS);
      }
    }
  } finally {
    reader.close();
  }
}

it('is made again when they cease', () => {
  pour(2);
  expect(isIndexed(newest())).toBe(true);
  pour(13);
  expect(isIndexed(newest())).toBe(false);
  expectStates();
  nowUs += 500_000;
  store.settle();
  expect(isIndexed(newest())).toBe(false);
  nowUs += 2_000_000;
  store.settle();
  expect(isIndexed(newest())).toBe(true);
  expectStates();
});

it('is there in what is closed', () => {
  pour(15);
  const path = newest();
  expect(isIndexed(path)).toBe(false);
  store.close();
  expect(isIndexed(path)).toBe(true);
  expect(checkIntegrity([path]).findings).toEqual([]);
  expectStates();
});

it('holds what a picture of a long time shows, so that the rows are left alone', () => {
  pour(1);
  const segment = SegmentReader.open(newest());
  try {
    expect(marksPlan(segment)).toMatch(
      /^SEARCH ev USING COVERING INDEX ev_changed \(actor=\? AND seq>\? AND seq<\?\)$/,
    );
    expect([...marksOf(segment, 'vrrp/VI_3', { fromSeq: 1, toSeq: seq })].length).toBe(1000 / ACTORS);
  } finally {
    segment.close();
  }
});

it('is made at the next start if the writer was killed', () => {
  pour(15);
  const file = newest();
  const copies = `${directory}-copy`;
  mkdirSync(copies);
  const copy = join(copies, 'vrrp-000001-000000000001.db');
  for (const end of ['', '-wal']) if (existsSync(file + end)) copyFileSync(file + end, copy + end);
  sealSegment(copies, 'vrrp-000001-000000000001.db');
  expect(existsSync(`${copy}-wal`)).toBe(false);
  expect(isIndexed(copy)).toBe(true);
  expect(checkIntegrity([copy]).findings).toEqual([]);
});

it('comes to full segments when rows cease, one after the other, or at the next start', () => {
  store.close();
  store = storeIn(directory, 1_100_000);
  pour(40);
  // Four at most, and the one that is being written.
  expect(paths(directory).length).toBeGreaterThan(6);
  expect(unclosed(directory)).toEqual(paths(directory).slice(-5));
  expectStates();
  const copies = `${directory}-copy`;
  cpSync(directory, copies, { recursive: true });
  for (let left = 4; left > 0; left -= 1) {
    nowUs += 2_000_000;
    store.settle();
    expect(unclosed(directory).length).toBe(left);
  }
  store.settle();
  expect(paths(directory).every(isIndexed)).toBe(true);
  expectStates();
  const next = storeIn(copies, DEFAULT_LIMITS.segmentBytes);
  next.write(new LineReader().items(), []);
  expect(unclosed(copies)).toEqual(paths(copies).slice(-1));
  next.close();
  expect(paths(copies).every(isIndexed)).toBe(true);
  expectStates(copies);
});
