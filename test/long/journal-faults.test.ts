/**
 * Disks that fail with EIO, are slow, hang, or lose what was not synced. A library stands between the writing process and the C
 * library (test/journal/faults.c): the kernel has no such disks everywhere.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, it } from 'vitest';
import { checkIntegrity } from '../../src/journal/integrity.ts';
import type { JournalStatus } from '../../src/journal/model.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { waitFor } from '../../src/lab/run.ts';
import { FaultyDisk } from '../harness/faulty-disk.ts';
import { JsonLinesChild } from '../harness/json-lines-child.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { seedOfRun } from '../harness/seed.ts';
import type { AskedChild } from '../journal/asked-child.ts';

const CHILD = fileURLToPath(new URL('../journal/asked-child.ts', import.meta.url));
const ACTOR = 'vrrp/VI_1';
type Child = JsonLinesChild<AskedChild, never>;

let root: string;
let journal: string;
let disk: FaultyDisk;

beforeEach(() => {
  root = temporaryDirectory('disk');
  journal = join(root, 'journal');
  disk = new FaultyDisk(root, journal);
  mkdirSync(join(root, 'shadow'));
});

function start(limits: object, shadow = false): Child {
  const environment = [
    ...Object.entries(disk.environment).map(([name, value]) => `${name}=${value}`),
    ...(shadow ? [`FAULT_SHADOW=${join(root, 'shadow')}`] : []),
  ];
  return new JsonLinesChild([
    'env',
    ...environment,
    process.execPath,
    CHILD,
    journal,
    JSON.stringify(limits),
  ]);
}

async function statusIs(child: Child, state: JournalStatus['state']): Promise<JournalStatus> {
  let status = await child.ask('status');
  await waitFor(
    async () => {
      status = await child.ask('status');
      return status.state === state;
    },
    { deadlineMs: 20_000, intervalMs: 20, what: state },
  );
  return status;
}

function look<T>(directory: string, use: (reader: JournalReader) => T): T {
  const reader = new JournalReader(directory);
  try {
    expect(checkIntegrity(reader.segmentFiles()).findings).toEqual([]);
    return use(reader);
  } finally {
    reader.close();
  }
}

it('EIO: rows stay in memory, bounded, and are written with a gap when the disk is well again', async () => {
  const child = start({ retryMs: 30, retainedItems: 400, stallMs: 600_000 });
  await child.ask('write', 100);
  await child.ask('flush');
  disk.order('eio');
  await child.ask('write', 100);
  const { error } = await statusIs(child, 'degraded');
  expect(error).toMatch(/IOERR|EIO/);
  await child.ask('write', 1000);
  await child.ask('flush');
  expect((await child.ask('status')).retainedRows).toBeLessThanOrEqual(400);
  disk.order('ok');
  await statusIs(child, 'ok');
  const { seq } = await child.ask('write', 10);
  await child.ask('close');
  await child.close();
  look(journal, (reader) => {
    const gaps = reader.gaps();
    expect(gaps.length).toBeGreaterThan(0);
    expect(gaps.every(({ reason }) => /IOERR|EIO/.test(reason))).toBe(true);
    const lost = gaps.reduce((sum, gap) => sum + gap.lostRows, 0);
    expect([...reader.rows()].length + lost).toBe(seq);
    expect(lost).toBeGreaterThan(0);
    expect(reader.stateAt(ACTOR, seq)).toMatchObject({ uncertain: false });
  });
});

it('a slow disk: nobody waits for it, and nothing is lost', async () => {
  const child = start({ stallMs: 600_000 });
  await child.ask('flush');
  disk.order('slow');
  let seq = 0;
  // Each batch is synced, and each sync takes as long as two of these rounds.
  for (let round = 0; round < 40; round += 1) {
    ({ seq } = await child.ask('write', 50));
    await elapse(10);
  }
  const { waiting, state } = await child.ask('status');
  expect(state).toBe('ok');
  expect(waiting).toBeLessThan(2000);
  await child.ask('close');
  await child.close();
  look(journal, (reader) => {
    expect(reader.gaps()).toEqual([]);
    expect([...reader.rows()].length).toBe(seq);
  });
});

it('a disk that hangs: the queue is bounded, the loop goes on, and a gap says how long that was', async () => {
  const queueItems = 1000;
  const child = start({ queueItems, stallMs: 300 });
  await child.ask('write', 50);
  await child.ask('flush');
  disk.order('hang');
  // What waits for a system call that does not return is answered all the same.
  for (let round = 0; round < 30; round += 1) await child.ask('write', 500);
  const { error, waiting } = await statusIs(child, 'degraded');
  expect(error).toMatch(/does not answer/);
  // The queue, what is on its way, and the room of each actor.
  expect(waiting).toBeLessThanOrEqual(queueItems + 16 * 500 + 8);
  disk.order('ok');
  await statusIs(child, 'ok');
  const { seq } = await child.ask('write', 3);
  await child.ask('close');
  await child.close();
  look(journal, (reader) => {
    const gaps = reader.gaps();
    const lost = gaps.reduce((sum, gap) => sum + gap.lostRows, 0);
    expect(lost).toBeGreaterThan(0);
    expect([...reader.rows()].length + lost).toBe(seq);
    const reasons = gaps.map(({ reason }) => reason).join();
    for (const reason of ['queue was full', 'did not answer']) expect(reasons).toContain(reason);
  });
});

/** The directory as the disk has it when nothing survives that was not synced. */
function afterPowerCut(name: string): string {
  const directory = join(root, name);
  mkdirSync(directory);
  const names = readFileSync(join(root, 'shadow', 'names'), 'utf8')
    .trim()
    .split('\n');
  for (const line of names) {
    const [file = '', inode = ''] = line.split('\t');
    try {
      copyFileSync(join(root, 'shadow', inode), join(directory, file));
    } catch {
      // Never synced: the name is there, and nothing in it.
      writeFileSync(join(directory, file), '');
    }
  }
  return directory;
}

it('a power cut: every change that storage had confirmed is there, and the journal verifies', async () => {
  const seed = seedOfRun();
  for (let cut = 1; cut <= 4; cut += 1) {
    // Rolled now and then, so that names are at stake, too.
    const child = start({ segmentBytes: 128 * 1024, upkeepMs: 20, ageUs: 0, stallMs: 600_000 }, true);
    const rounds = 5 + ((Math.imul(seed, cut * 7919) >>> 0) % 30);
    let confirmed = 0;
    for (let round = 0; round < rounds; round += 1) {
      await child.ask('write', 60);
      await child.ask('flush');
      const { storedSeq, base } = await child.ask('status');
      confirmed = (base ?? 0) + storedSeq;
    }
    await child.ask('write', 40);
    await child.kill();
    const what = `cut ${cut} after ${rounds} rounds, seed ${seed}`;
    look(afterPowerCut(`cut-${cut}`), (reader) => {
      const changes = [...reader.rows({ changedOnly: true })];
      // The newest rows may have changed nothing: those are not synced at once.
      expect(changes.at(-1)?.seq, what).toBeGreaterThanOrEqual(confirmed - 1);
      expect(reader.gaps(), what).toEqual([]);
      expect(reader.stateAt(ACTOR, confirmed - 1), what).toMatchObject({ uncertain: false });
    });
  }
});
