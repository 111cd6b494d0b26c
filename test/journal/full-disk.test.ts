/** A real file system that is full, read-only, and free again. Needs root: it mounts a small tmpfs. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkIntegrity } from '../../src/journal/integrity.ts';
import { changedRow, idleRow, someRun, startRow } from '../../src/journal/journal.fixture.ts';
import type { JournalStateChange } from '../../src/journal/model.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { type JournalWriter, openJournal } from '../../src/journal/writer.ts';
import { waitFor } from '../../src/lab/run.ts';
import { fillDisk } from '../harness/fill-disk.ts';
import { removeInTheEnd, temporaryDirectory } from '../harness/leftovers.ts';

let mountPoint: string;
let writer: JournalWriter | null = null;
let changes: JournalStateChange[] = [];

function open(retainedItems: number): JournalWriter {
  const limits = { retryMs: 50, retainedItems };
  const onState = (change: JournalStateChange): void => void changes.push(change);
  writer = openJournal({
    directory: join(mountPoint, 'journal'),
    node: 'r1',
    process: 'vrrp',
    limits,
    onState,
  });
  return writer;
}

beforeEach(() => {
  changes = [];
  mountPoint = temporaryDirectory('disk');
  removeInTheEnd({ kind: 'mount', path: mountPoint });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'relived-test', mountPoint]);
});

afterEach(async () => {
  try {
    await writer?.close();
  } finally {
    execFileSync('umount', ['-l', mountPoint]);
    rmSync(mountPoint, { recursive: true });
  }
});

function inspect(look: (reader: JournalReader) => void): void {
  const reader = new JournalReader(join(mountPoint, 'journal'));
  try {
    look(reader);
    expect(checkIntegrity(reader.segmentFiles()).findings).toEqual([]);
  } finally {
    reader.close();
  }
}

it('goes on over a full disk, and its history says how long that was', async () => {
  const journal = open(2000);
  journal.row(startRow(1));
  for (let seq = 2; seq <= 100; seq += 1) journal.row(changedRow(seq));
  await journal.flush();
  expect(changes).toEqual([]);
  const free = fillDisk(mountPoint);
  let seq = 100;
  while (changes.length === 0) {
    for (let i = 0; i < 100; i += 1) journal.row(changedRow(++seq));
    await journal.flush();
    expect(seq).toBeLessThan(2000);
  }
  expect(journal.status()).toMatchObject({ state: 'degraded', lostRows: 0 });
  expect(journal.status().error).toMatch(/SQLITE_FULL|SQLITE_IOERR|ENOSPC/);
  for (let i = 0; i < 3000; i += 1) {
    seq += 1;
    journal.row(i % 2 === 0 ? idleRow(seq) : changedRow(seq));
    if (i % 500 === 0) journal.run(someRun(seq));
    if (i % 500 === 0) await journal.flush();
  }
  await journal.flush();
  expect(journal.status().retainedRows).toBe(2000);
  free();
  await waitFor(() => journal.status().state === 'ok', { deadlineMs: 10_000, what: 'recovery' });
  journal.row(changedRow(++seq));
  await journal.close();
  expect(changes.map(({ state }) => state)).toEqual(['degraded', 'recovered']);
  inspect((reader) => {
    const [gap, ...others] = reader.gaps();
    expect(others).toEqual([]);
    expect(gap?.reason).toMatch(/SQLITE_FULL|SQLITE_IOERR|ENOSPC/);
    expect(gap).toMatchObject({ toSeq: seq - 1, lostChanges: 0, lostRuns: 6, writtenLate: 2000 });
    const rows = [...reader.rows()];
    expect(rows.length + (gap?.lostRows ?? 0)).toBe(seq);
    expect(rows.at(-1)?.seq).toBe(seq);
    expect(reader.stateAt('vrrp/VI_1', seq)).toMatchObject({ context: { count: seq }, uncertain: false });
  });
});

it('comes back with more in memory than the disk can hold', async () => {
  const journal = open(10_000);
  journal.row(startRow(1));
  await journal.flush();
  const free = fillDisk(mountPoint);
  for (let seq = 2; seq <= 15_000; seq += 1) {
    journal.row(seq % 3 === 0 ? changedRow(seq) : idleRow(seq));
    if (seq % 500 === 0) await journal.flush();
  }
  await journal.flush();
  expect(journal.status()).toMatchObject({ state: 'degraded', retainedRows: 10_000 });
  free();
  await waitFor(() => journal.status().state === 'ok', { deadlineMs: 10_000, what: 'recovery' });
  await journal.close();
  expect(changes.map(({ state }) => state)).toEqual(['degraded', 'recovered']);
  inspect((reader) => {
    expect(reader.lastSeq()).toBe(15_000);
    expect(reader.gaps()).toMatchObject([{ toSeq: 15_000, writtenLate: 10_000, lostChanges: 0 }]);
    expect(reader.stateAt('vrrp/VI_1', 15_000)).toMatchObject({
      context: { count: 15_000 },
      uncertain: false,
    });
  });
});

it('does not fill the disk by itself', async () => {
  const journal = open(10_000);
  journal.row(startRow(1));
  for (let seq = 2; seq <= 12_000; seq += 1) {
    journal.row(changedRow(seq));
    if (seq % 200 === 0) await journal.flush();
  }
  expect(changes).toEqual([]);
  const { bavail, blocks } = statfsSync(mountPoint);
  expect(bavail / blocks).toBeGreaterThan(0.2);
  await journal.close();
  inspect((reader) => expect(reader.lastSeq()).toBe(12_000));
});

it('starts on a read-only file system and writes when it can', async () => {
  mkdirSync(join(mountPoint, 'journal'));
  execFileSync('mount', ['-o', 'remount,ro', mountPoint]);
  const journal = open(10_000);
  journal.row(startRow(1));
  await waitFor(() => changes.length === 1, { deadlineMs: 10_000, what: 'degraded' });
  expect(journal.status().error).toMatch(/EROFS|READONLY|CANTOPEN/);
  execFileSync('mount', ['-o', 'remount,rw', mountPoint]);
  await waitFor(() => changes.length === 2, { deadlineMs: 10_000, what: 'recovered' });
  await journal.close();
  inspect((reader) => {
    expect(reader.gaps()).toMatchObject([{ fromSeq: 1, toSeq: 1, lostRows: 0, writtenLate: 1 }]);
    expect([...reader.rows()].map(({ seq }) => seq)).toEqual([1]);
  });
});

it('is read from a copy that cannot be written, by somebody who is not root', async () => {
  const journal = open(10_000);
  journal.row(startRow(1));
  journal.row(changedRow(2));
  await journal.flush();
  // The writer still runs: its newest rows are in the WAL only.
  const copy = join(mountPoint, 'copy');
  mkdirSync(copy);
  cpSync(join(mountPoint, 'journal'), copy, { recursive: true });
  execFileSync('chmod', ['-R', 'a+rX,a-w', copy]);
  execFileSync('chmod', ['a+rx', mountPoint]);
  const reader = new URL('../../src/journal/reader.ts', import.meta.url).pathname;
  // Becomes nobody only after loading: the checkout itself may lie where only root can read.
  const script = `import { JournalReader } from ${JSON.stringify(reader)};
    const read = (directory) => {
      const journal = new JournalReader(directory);
      const found = [...journal.rows()].map(({ seq }) => seq);
      journal.close();
      return found;
    };
    // Loads the rest of SQLite.
    read(process.argv[1]);
    process.setgroups([]);
    process.setgid(65534);
    process.setuid(65534);
    console.log(JSON.stringify(read(process.argv[2])));`;
  const directories = [join(mountPoint, 'journal'), copy];
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script, ...directories], {
    encoding: 'utf8',
  });
  expect(JSON.parse(output)).toEqual([1, 2]);
});
