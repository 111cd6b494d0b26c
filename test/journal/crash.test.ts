/** kill -9 of a writing process: what storage confirmed is there, and the directory opens and verifies. */
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

const CHILD = fileURLToPath(new URL('./writing-child.ts', import.meta.url));
const KILLS = 10;
const directory = join(temporaryDirectory('crash'), 'journal');

/** Starts the child, kills it after `confirmations` and a moment; returns the last seq that it said was stored. */
async function writeAndKill(confirmations: number, extraMs: number): Promise<number> {
  const child = new JsonLinesChild<Record<never, never>, number>([process.execPath, CHILD, directory]);
  const what = `${confirmations} confirmations`;
  try {
    await waitFor(() => child.pushes.length >= confirmations, { deadlineMs: 10_000, intervalMs: 5, what });
    await elapse(extraMs);
  } finally {
    await child.kill();
  }
  return child.pushes.at(-1) ?? 0;
}

it(`survives ${KILLS} kills`, { timeout: 120_000 }, async () => {
  const seed = seedOfRun();
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const dice = (seed * kill * 7919) % 1009;
    const confirmed = await writeAndKill(1 + (dice % 40), (dice % 70) / 10);
    const reader = new JournalReader(directory);
    try {
      expect(reader.lastSeq(), `kill ${kill}, seed ${seed}`).toBeGreaterThanOrEqual(confirmed);
      expect(reader.epochs().map(({ epoch }) => epoch)).toEqual(
        Array.from({ length: kill }, (_, i) => i + 1),
      );
      expect(reader.gaps()).toEqual([]);
      const { findings, rows } = checkIntegrity(reader.segmentFiles());
      expect(findings, `kill ${kill}, seed ${seed}`).toEqual([]);
      expect(rows).toBeGreaterThan(confirmed);
    } finally {
      reader.close();
    }
  }
});
