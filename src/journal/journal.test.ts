import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../lab/run.ts';
import { Backlog, type Weight } from './backlog.ts';
import { canonicalJson } from './format.ts';
import { checkIntegrity } from './integrity.ts';
import { changedRow, idleRow, someRun, startRow, temporaryDirectory } from './journal.fixture.ts';
import type { WriterLimits } from './messages.ts';
import type { JournalStateChange } from './model.ts';
import { JournalReader } from './reader.ts';
import { type JournalWriter, openJournal } from './writer.ts';

let directory: string;
let remove: () => void;
const writers: JournalWriter[] = [];
const readers: JournalReader[] = [];

function write(
  limits: Partial<WriterLimits> = {},
  onState?: (change: JournalStateChange) => void,
  fault?: 'dying' | 'hanging',
): JournalWriter {
  const writer = openJournal({
    directory,
    node: 'r1',
    process: 'vrrp',
    limits,
    ...(onState ? { onState } : {}),
    ...(fault ? { workerModule: new URL(`./${fault}-worker.fixture.ts`, import.meta.url) } : {}),
  });
  writers.push(writer);
  return writer;
}

function read(path = directory): JournalReader {
  const reader = new JournalReader(path);
  readers.push(reader);
  return reader;
}

const verify = (): ReturnType<typeof checkIntegrity> => checkIntegrity(read().segmentFiles());

beforeEach(() => {
  ({ path: directory, remove } = temporaryDirectory());
});

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close();
  for (const writer of writers.splice(0)) await writer.close();
  remove();
});

describe('writer and reader', () => {
  it('gives back what was handed over, numbered on over process starts', async () => {
    const first = write();
    first.define({ kind: 'machine', name: 'vrrp@1', body: { b: 1, a: [1, { d: null, c: 2 }] } });
    first.row(startRow(1));
    first.run(someRun(1));
    first.row({ ...changedRow(2), cause: 1, effects: [{ type: 'announce', params: { priority: 100 } }] });
    first.row(idleRow(3));
    await first.close();
    const second = write();
    second.row(startRow(1));
    second.row({ ...changedRow(2), cause: 1 });
    second.run(someRun(2));
    await second.close();

    const reader = read();
    const rows = [...reader.rows()];
    expect(rows.map(({ seq, epoch, cause, changed }) => [seq, epoch, cause, changed])).toEqual([
      [1, 1, null, true],
      [2, 1, 1, true],
      [3, 1, null, false],
      [4, 2, null, true],
      [5, 2, 4, true],
    ]);
    const { node, epoch, changed, ...row } = rows[1] ?? {};
    expect(row).toEqual({
      ...changedRow(2),
      cause: 1,
      effects: [{ type: 'announce', params: { priority: 100 } }],
    });
    expect([node, epoch, changed]).toEqual(['r1', 1, true]);
    expect([...reader.runs()].map(({ afterSeq, count }) => [afterSeq, count])).toEqual([
      [1, 61],
      [5, 61],
    ]);
    expect(reader.definitions().map(({ name, body }) => [name, body])).toEqual([
      ['vrrp@1', { a: [1, { c: 2, d: null }], b: 1 }],
    ]);
    expect(reader.gaps()).toEqual([]);
    expect(verify().findings).toEqual([]);
  });

  it('waits for the word to begin, and stores what came before it', async () => {
    const writer = openJournal({ directory, node: 'r1', process: 'vrrp', beginsWithinMs: 600_000 });
    writers.push(writer);
    writer.row(startRow(1));
    for (let seq = 2; seq <= 20; seq++) writer.row(changedRow(seq));
    // Longer than a thread takes that has begun: it is not stored because nobody has said so.
    const other = openJournal({ directory: join(directory, 'other'), node: 'r1', process: 'vrrp' });
    writers.push(other);
    other.row(startRow(1));
    await other.flush();
    expect(writer.status()).toMatchObject({ state: 'opening', waiting: 20, storedSeq: 0 });
    writer.begin();
    writer.begin();
    await waitFor(() => writer.status().storedSeq === 20, { what: 'the rows', deadlineMs: 10_000 });
    expect([...read().rows()].map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(verify().findings).toEqual([]);
  });

  it('stores all of what pours in for a second before its thread is heard of', async () => {
    const writer = openJournal({ directory, node: 'r1', process: 'vrrp', beginsWithinMs: 600_000 });
    writers.push(writer);
    writer.row(startRow(1));
    for (let seq = 2; seq <= 40_000; seq++) writer.row(changedRow(seq));
    await writer.flush();
    expect(writer.status()).toMatchObject({ storedSeq: 40_000, lostRows: 0 });
  });

  it.each([
    ['in time', 300, (): void => {}],
    ['when it is closed', 600_000, (writer: JournalWriter): void => void writer.close()],
  ])('begins %s without the word', async (_, beginsWithinMs, meanwhile) => {
    const writer = openJournal({ directory, node: 'r1', process: 'vrrp', beginsWithinMs });
    writers.push(writer);
    writer.row(startRow(1));
    meanwhile(writer);
    await waitFor(() => writer.status().storedSeq === 1, { what: 'the row', deadlineMs: 10_000 });
  });

  it('keeps files private, seals closed segments and leaves nothing else behind', async () => {
    const writer = write();
    writer.row(startRow(1));
    await writer.flush();
    const open = readdirSync(directory).filter((file) => file.endsWith('.db'));
    expect(open.map((file) => (statSync(join(directory, file)).mode & 0o777).toString(8))).toEqual(['600']);
    expect((statSync(directory).mode & 0o777).toString(8)).toBe('700');
    await writer.close();
    expect(readdirSync(directory)).toEqual(['vrrp-000001-000000000001.db']);
    expect((statSync(join(directory, 'vrrp-000001-000000000001.db')).mode & 0o777).toString(8)).toBe('444');
  });

  it('is read while it is written, and followed', async () => {
    const writer = write();
    writer.row(startRow(1));
    await writer.flush();
    const reader = read();
    expect(reader.tail(0).map(({ seq }) => seq)).toEqual([1]);
    writer.row(changedRow(2));
    writer.row(changedRow(3));
    await writer.flush();
    expect(reader.tail(1).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(reader.tail(1, 1).map(({ seq }) => seq)).toEqual([2]);
    expect(checkIntegrity(reader.segmentFiles()).findings).toEqual([]);
  });

  it('rolls segments, prunes the oldest and still knows every state', async () => {
    const writer = write({ segmentBytes: 128 * 1024, quotaBytes: 700 * 1024 });
    const actors = ['vrrp/VI_1', 'vrrp/VI_2'];
    for (const [i, actor] of actors.entries()) writer.row(startRow(i + 1, actor));
    const total = 9000;
    for (let seq = 3; seq <= total; seq += 1) {
      writer.row(changedRow(seq, actors[seq % 2]));
      if (seq % 300 === 0) await writer.flush();
    }
    await writer.close();
    const reader = read();
    const sizes = reader.segmentFiles().map((path) => statSync(path).size);
    expect(sizes.length).toBeGreaterThan(3);
    expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(900 * 1024);
    const first = reader.firstSeq();
    expect(first).toBeGreaterThan(2);
    expect(reader.lastSeq()).toBe(total);
    for (const seq of [first + 5, Math.floor((first + total) / 2), total]) {
      expect(
        reader.statesAt(seq).map(({ actor, context, uncertain }) => [actor, context.count, uncertain]),
      ).toEqual(actors.map((actor, i) => [actor, seq - ((seq + i) % 2), false]));
    }
    const integrity = verify();
    expect(integrity.findings).toEqual([]);
    expect(integrity.isTruncated).toBe(true);
  });

  it('finds rows by time, actor and range', async () => {
    const writer = write();
    writer.row(startRow(1));
    for (let seq = 2; seq <= 50; seq += 1)
      writer.row(changedRow(seq, seq % 5 === 0 ? 'vrrp/VI_2' : 'vrrp/VI_1'));
    await writer.close();
    const reader = read();
    const wallOf = (seq: number): number => changedRow(seq).wallUs;
    expect(reader.seqAt(wallOf(17))).toBe(17);
    expect(reader.seqAt(wallOf(17) + 999)).toBe(17);
    expect(reader.seqAt(wallOf(1) - 1)).toBe(0);
    expect(reader.seqAt(wallOf(999))).toBe(50);
    const some = [...reader.rows({ fromSeq: 10, toSeq: 20, actor: 'vrrp/VI_2' })].map(({ seq }) => seq);
    expect(some).toEqual([10, 15, 20]);
    expect(reader.stateBefore('vrrp/VI_2', 5)).toBe(null);
    expect(reader.stateBefore('vrrp/VI_1', 3)).toEqual(startRow(1).state);
  });

  it('does not let an object that is changed later reach the history', async () => {
    const writer = write();
    const delta = { count: 1 };
    writer.row({ ...startRow(1), delta });
    delta.count = 2;
    await writer.close();
    expect(read().row(1)?.delta).toEqual({ count: 1 });
  });

  it('takes a burst without waiting, and confirms all of it later', async () => {
    const writer = write();
    writer.row(startRow(1));
    for (let seq = 2; seq <= 5000; seq += 1) writer.row(changedRow(seq));
    expect(writer.status().waiting).toBeGreaterThan(0);
    await writer.flush();
    expect(writer.status()).toMatchObject({ state: 'ok', waiting: 0, storedSeq: 5000, lostRows: 0 });
  });
});

describe('overflow of the queue', () => {
  it('loses runs first, then rows that changed nothing, and says so', async () => {
    const writer = write({ queueItems: 20 });
    writer.row(startRow(1));
    // The worker cannot answer before this loop ends, so the queue must overflow.
    for (let seq = 2; seq <= 41; seq += 1) {
      writer.run(someRun(seq - 1));
      writer.row(seq % 2 === 0 ? idleRow(seq) : changedRow(seq));
    }
    await writer.close();
    const reader = read();
    const seqs = new Set([...reader.rows()].map(({ seq }) => seq));
    const gaps = reader.gaps();
    const lost = gaps.reduce((sum, gap) => sum + gap.lostRows, 0);
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBe(41 - seqs.size);
    expect([...reader.runs()].length + gaps.reduce((sum, gap) => sum + gap.lostRuns, 0)).toBe(40);
    for (let seq = 3; seq <= 41; seq += 2) expect(seqs.has(seq)).toBe(true);
    expect(gaps.flatMap(({ actors }) => actors)).toEqual([]);
    expect(verify().findings).toEqual([]);
  });

  it('names the actors whose state is unknown when changes are lost', async () => {
    const writer = write({ queueItems: 5 });
    writer.row(startRow(1));
    for (let seq = 2; seq <= 30; seq += 1) writer.row(changedRow(seq));
    await writer.flush();
    writer.row({ ...startRow(31), delta: { count: 0 } });
    await writer.close();
    const reader = read();
    expect(reader.gaps().flatMap(({ actors }) => actors)).toEqual(['vrrp/VI_1']);
    expect(reader.stateAt('vrrp/VI_1', 30)?.uncertain).toBe(true);
    expect(reader.stateAt('vrrp/VI_1', 31)?.uncertain).toBe(false);
    expect(verify().findings).toEqual([]);
  });
});

describe('storage that fails', () => {
  it('keeps rows in memory while the directory cannot be made, and writes them with a gap', async () => {
    const blocker = join(directory, '..', 'journal');
    writeFileSync(blocker, 'in the way');
    const changes: JournalStateChange[] = [];
    const writer = write({ retryMs: 20, retainedItems: 10 }, (change) => changes.push(change));
    writer.define({ kind: 'machine', name: 'vrrp@1', body: {} });
    writer.row(startRow(1));
    for (let seq = 2; seq <= 30; seq += 1) {
      writer.row(changedRow(seq));
      writer.run(someRun(seq));
    }
    await writer.flush();
    expect(writer.status()).toMatchObject({
      state: 'degraded',
      retainedRows: 10,
      lostRows: 20,
      lostRuns: 29,
    });
    rmSync(blocker);
    await waitFor(() => writer.status().state === 'ok', { deadlineMs: 10_000, what: 'recovery' });
    writer.row(changedRow(31));
    await writer.close();
    expect(changes.map(({ state }) => state)).toEqual(['degraded', 'recovered']);
    const reader = read();
    expect([...reader.rows()].map(({ seq }) => seq)).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]);
    expect(reader.gaps()).toMatchObject([
      {
        fromSeq: 1,
        toSeq: 30,
        lostRows: 20,
        lostChanges: 20,
        lostRuns: 29,
        writtenLate: 10,
        actors: ['vrrp/VI_1'],
      },
    ]);
    expect(reader.definitions().map(({ name }) => name)).toEqual(['vrrp@1']);
    expect(reader.stateAt('vrrp/VI_1', 25)).toMatchObject({
      context: { effectivePriority: 100, count: 25 },
      uncertain: false,
    });
    expect(verify().findings).toEqual([]);
  });

  it('notices that its directory was removed, and begins again there', async () => {
    const changes: JournalStateChange[] = [];
    const writer = write({ retryMs: 20 }, (change) => changes.push(change));
    writer.row(startRow(1));
    writer.row(changedRow(2));
    await writer.flush();
    rmSync(directory, { recursive: true });
    await waitFor(() => changes.length === 2, { deadlineMs: 10_000, what: 'degraded and recovered' });
    writer.row(changedRow(3));
    await writer.close();
    const reader = read();
    expect([...reader.rows()].map(({ seq }) => seq)).toEqual([3]);
    expect(reader.gaps()).toMatchObject([{ fromSeq: 1, toSeq: 2, lostRows: 2, lostChanges: 2 }]);
    expect(reader.stateAt('vrrp/VI_1', 3)).toMatchObject({
      context: { effectivePriority: 100, count: 3 },
      uncertain: false,
    });
    expect(verify().findings).toEqual([]);
  });

  it('sorts out a row that cannot be stored, and stores the others', async () => {
    const changes: JournalStateChange[] = [];
    const writer = write({}, (change) => changes.push(change));
    writer.row(startRow(1));
    writer.row({ ...changedRow(2), wallUs: Number.NaN });
    writer.row(changedRow(3));
    await writer.close();
    const reader = read();
    expect([...reader.rows()].map(({ seq }) => seq)).toEqual([1, 3]);
    expect(reader.gaps()).toMatchObject([{ fromSeq: 2, toSeq: 2, lostRows: 1, actors: ['vrrp/VI_1'] }]);
    expect(reader.gaps()[0]?.reason).toContain('not storable');
    expect(changes).toEqual([]);
    expect(verify().findings).toEqual([]);
  });

  it.each([
    ['with rows on their way', 3000],
    ['with none', 2],
  ])('replaces a worker that died %s, without a hole and without a row twice', async (_, rows) => {
    const changes: JournalStateChange[] = [];
    const writer = write({ retryMs: 20 }, (change) => changes.push(change), 'dying');
    writer.row(startRow(1));
    await writer.flush();
    for (let seq = 2; seq <= rows; seq += 1) writer.row(changedRow(seq));
    await waitFor(() => changes.length === 2, { deadlineMs: 30_000, what: 'a new worker' });
    await writer.close();
    expect(changes.map(({ state }) => state)).toEqual(['degraded', 'recovered']);
    expect(changes[0]).toMatchObject({ error: 'the journal thread ended' });
    const reader = read();
    expect([...reader.rows()].map(({ seq }) => seq)).toEqual(
      Array.from({ length: rows }, (_none, i) => i + 1),
    );
    expect(reader.epochs()).toHaveLength(1);
    expect(verify().findings).toEqual([]);
  });

  it('reports a disk that hangs, and that it answers again', async () => {
    const changes: JournalStateChange[] = [];
    // Less than it hangs, and more than a busy machine keeps a thread waiting.
    const writer = write({ stallMs: 400 }, (change) => changes.push(change), 'hanging');
    writer.row(startRow(1));
    writer.row(changedRow(2));
    await waitFor(() => changes.length === 2, { deadlineMs: 10_000, what: 'degraded and recovered' });
    await writer.close();
    expect(changes[0]).toMatchObject({ state: 'degraded', error: expect.stringMatching(/does not answer/) });
    const reader = read();
    expect([...reader.rows()].map(({ seq }) => seq)).toEqual([1, 2]);
    expect(reader.gaps()).toMatchObject([{ lostRows: 0, reason: expect.stringMatching(/did not answer/) }]);
    expect(verify().findings).toEqual([]);
  });
});

describe('parts', () => {
  it('canonical JSON does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        const text = canonicalJson(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(JSON.stringify(reversed)))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('a backlog keeps order, its bound, and the weightiest items', () => {
    const weights: Weight[] = ['run', 'unchanged', 'changed'];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...weights), { maxLength: 200 }),
        fc.integer({ min: 1, max: 50 }),
        (pushed, capacity) => {
          const dropped: number[] = [];
          const backlog = new Backlog<number>(capacity, (item) => dropped.push(item));
          for (const [i, weight] of pushed.entries()) backlog.push(i, weight);
          const kept = backlog.take(1000);
          expect(kept.length).toBeLessThanOrEqual(capacity);
          expect(kept).toEqual([...kept].sort((a, b) => a - b));
          expect([...kept, ...dropped].sort((a, b) => a - b)).toEqual(pushed.map((_, i) => i));
          const heaviest = Math.max(...dropped.map((i) => weights.indexOf(pushed[i] ?? 'run')), -1);
          if (heaviest === 2)
            expect(kept.every((i) => pushed[i] === 'changed' || i > Math.min(...dropped))).toBe(true);
        },
      ),
    );
  });
});
