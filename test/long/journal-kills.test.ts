/**
 * Kills of a writing process at random instants, while segments are rolled, thinned and unlinked: after each the
 * journal opens, verifies to its end, and holds what storage had confirmed.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { checkIntegrity } from '../../src/journal/integrity.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import { waitFor } from '../../src/lab/run.ts';
import { JsonLinesChild } from '../harness/json-lines-child.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { seedOfRun } from '../harness/seed.ts';
import type { AskedChild } from '../journal/asked-child.ts';

const fileBeside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const CHILD = fileBeside('../journal/writing-child.ts');
const ASKED_CHILD = fileBeside('../journal/asked-child.ts');
const KILLS = Number(process.env.RELIVED_KILLS ?? 250);
/** Histories that are written at a time: a start takes longer than the rest. */
const HISTORIES = 3;
/** What compiling costs is half of a start; a killed process leaves none of it to the next one. */
const CACHE = temporaryDirectory('compiled');
/**
 * Small segments and little room, and each life thins what the one before it left: something is always rolled or thinned,
 * and what each kill leaves is soon looked through. A busy machine may keep the thread from its start for longer than a disk may be silent.
 */
const LIMITS = {
  ...{ segmentBytes: 130 * 1024, quotaBytes: 1300 * 1024, ageUs: 0, upkeepMs: 2, stallMs: 600_000 },
};
const LONGEST_LIFE_MS = 150;

/** What kills came upon: files that are there for a moment only. */
interface Met {
  drafts: number;
  thinDrafts: number;
  unclosed: number;
}

/** Runs a child of the journal with what is compiled already. */
function command(child: string, directory: string): string[] {
  const program = ['env', `NODE_COMPILE_CACHE=${CACHE}`, process.execPath, child];
  return [...program, directory, JSON.stringify(LIMITS)];
}

/** A life that ends by itself leaves what was compiled in it. */
async function compile(): Promise<void> {
  const directory = join(temporaryDirectory('kills'), 'journal');
  const child = new JsonLinesChild<AskedChild, never>(command(ASKED_CHILD, directory));
  await child.ask('write', 100);
  await child.ask('flush');
  await child.close();
}

async function writeAndKill(directory: string, lifeMs: number): Promise<number> {
  const child = new JsonLinesChild<Record<never, never>, number>(command(CHILD, directory));
  try {
    await waitFor(() => child.pushes.length > 0, {
      deadlineMs: 30_000,
      intervalMs: 2,
      what: 'the first row',
    });
    await elapse(lifeMs);
  } finally {
    await child.kill();
  }
  return child.pushes.at(-1) ?? 0;
}

function inspect(directory: string, confirmed: number, epoch: number, what: string): number {
  const reader = new JournalReader(directory);
  try {
    expect(reader.lastSeq(), what).toBeGreaterThanOrEqual(confirmed);
    expect(reader.gaps(), what).toEqual([]);
    const newest = reader.epochs().at(-1);
    expect([newest?.epoch, newest?.endedCleanly], what).toEqual([epoch, false]);
    const { findings, droppedRows } = checkIntegrity(reader.segmentFiles());
    expect(findings, what).toEqual([]);
    expect(reader.stateAt('vrrp/VI_1', reader.lastSeq()), what).toMatchObject({ uncertain: false });
    return droppedRows;
  } finally {
    reader.close();
  }
}

async function history(kills: number, seed: number, met: Met): Promise<number> {
  const directory = join(temporaryDirectory('kills'), 'journal');
  let dropped = 0;
  for (let kill = 1; kill <= kills; kill += 1) {
    const lifeMs = (Math.imul(seed, kill * 7919) >>> 0) % LONGEST_LIFE_MS;
    const confirmed = await writeAndKill(directory, lifeMs);
    const files = readdirSync(directory);
    met.drafts += files.some((file) => file.includes('.db.new')) ? 1 : 0;
    met.thinDrafts += files.some((file) => file.includes('.db.thin')) ? 1 : 0;
    met.unclosed += files.filter((file) => file.endsWith('.db-wal')).length;
    dropped += inspect(directory, confirmed, kill, `kill ${kill}, ${lifeMs} ms, seed ${seed}, ${directory}`);
  }
  return dropped;
}

it(`survives ${KILLS} kills`, { timeout: 1_500_000 }, async () => {
  const seed = seedOfRun();
  await compile();
  const met: Met = { drafts: 0, thinDrafts: 0, unclosed: 0 };
  const shares = Array.from({ length: HISTORIES }, (_, i) => Math.floor((KILLS + i) / HISTORIES));
  const dropped = await Promise.all(shares.map((kills, i) => history(kills, seed + i, met)));
  console.log(`${KILLS} kills: ${JSON.stringify(met)}, rows thinned out and checked: ${dropped.join(', ')}`);
  if (KILLS >= 100) {
    expect(met.thinDrafts).toBeGreaterThan(0);
    expect(Math.max(...dropped)).toBeGreaterThan(0);
  }
});
