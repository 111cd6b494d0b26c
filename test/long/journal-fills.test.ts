/** 200 times a small file system is full and free again, while segments are rolled and thinned. Needs root: it mounts a tmpfs. */
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkIntegrity } from '../../src/journal/integrity.ts';
import { changedRow, idleRow, someRun, startRow } from '../../src/journal/journal.fixture.ts';
import type { JournalStateChange } from '../../src/journal/model.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { openJournal } from '../../src/journal/writer.ts';
import { waitFor } from '../../src/lab/run.ts';
import { fillDisk } from '../harness/fill-disk.ts';
import { removeInTheEnd, temporaryDirectory } from '../harness/leftovers.ts';
import { seedOfRun } from '../harness/seed.ts';

const FILLS = Number(process.env.RELIVED_FILLS ?? 200);
const MOST_LOOKS = 50;
let mountPoint: string;

beforeEach(() => {
  mountPoint = temporaryDirectory('disk');
  removeInTheEnd({ kind: 'mount', path: mountPoint });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'relived-test', mountPoint]);
});

afterEach(() => {
  execFileSync('umount', ['-l', mountPoint]);
  rmSync(mountPoint, { recursive: true });
});

it(`survives a disk that is full ${FILLS} times`, { timeout: 900_000 }, async () => {
  const seed = seedOfRun();
  const directory = join(mountPoint, 'journal');
  const changes: JournalStateChange[] = [];
  const journal = openJournal({
    ...{ directory, node: 'r1', process: 'vrrp', onState: (change) => void changes.push(change) },
    limits: { retryMs: 10, retainedItems: 300, upkeepMs: 5, ageUs: 0 },
  });
  journal.row(startRow(1));
  let seq = 1;
  const write = async (rows: number): Promise<void> => {
    for (let i = 0; i < rows; i += 1) {
      seq += 1;
      journal.row(seq % 4 === 0 ? changedRow(seq) : idleRow(seq));
      if (seq % 5 === 0) journal.run(someRun(seq));
    }
    await journal.flush();
  };
  for (let fill = 1; fill <= FILLS; fill += 1) {
    await write((Math.imul(seed, fill * 7919) >>> 0) % 200);
    const before = changes.length;
    const free = fillDisk(mountPoint);
    const limit = seq + 5000;
    while (changes.length === before && seq < limit) await write(100);
    expect(changes.length, `fill ${fill}, seed ${seed}`).toBeGreaterThan(before);
    // More than is kept in memory, every other time.
    if (fill % 2 === 0) await write(600);
    free();
    await waitFor(() => journal.status().state === 'ok', {
      deadlineMs: 20_000,
      intervalMs: 5,
      what: `recovery of fill ${fill}`,
    });
    if (fill % 10 === 0) inspect(directory, seq, `fill ${fill}, seed ${seed}`);
  }
  await journal.close();
  inspect(directory, seq, `the end, seed ${seed}`);
  const lost = journal.status().lostRows;
  console.log(
    `${FILLS} fills: ${seq} rows, ${lost} of them lost in memory, ${changes.length} changes of state`,
  );
});

/** Looks again if the writer removed or rolled segments meanwhile: a copy that was taken just then would have holes, too. */
function inspect(directory: string, seq: number, what: string): void {
  const files = (): string => readdirSync(directory).join();
  for (let look = 1; ; look += 1) {
    const before = files();
    try {
      inspectNow(directory, seq, what);
      return;
    } catch (error) {
      if (files() === before || look === MOST_LOOKS) throw error;
    }
  }
}

function inspectNow(directory: string, seq: number, what: string): void {
  const reader = new JournalReader(directory);
  try {
    const { findings } = checkIntegrity(reader.segmentFiles());
    expect(findings, what).toEqual([]);
    expect(reader.gaps().length, what).toBeGreaterThan(0);
    expect(reader.stateAt('vrrp/VI_1', seq), what).toMatchObject({
      context: { count: seq - (seq % 4) },
      uncertain: false,
    });
  } finally {
    reader.close();
  }
}
