/** kill -9 of a writing process: what storage confirmed is there, and the directory opens and verifies. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { checkIntegrity } from '../../src/journal/integrity.ts';
import { temporaryDirectory, until } from '../../src/journal/journal.fixture.ts';
import { JournalReader } from '../../src/journal/reader.ts';

const CHILD = fileURLToPath(new URL('./writing-child.ts', import.meta.url));
const KILLS = 10;
const { path: directory, remove } = temporaryDirectory();

afterEach(remove);

/** Starts the child, kills it after `confirmations` and a moment; returns the last seq that it said was stored. */
async function writeAndKill(confirmations: number, extraMs: number): Promise<number> {
  const child = spawn(process.execPath, [CHILD, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    output += text;
  });
  const closed = once(child, 'close');
  try {
    await until(() => output.split('\n').length > confirmations, `${confirmations} confirmations`);
    await new Promise((resolve) => setTimeout(resolve, extraMs));
  } finally {
    child.kill('SIGKILL');
    await closed;
  }
  const complete = output.slice(0, output.lastIndexOf('\n')).split('\n');
  return Number(complete.at(-1));
}

it(`survives ${KILLS} kills`, { timeout: 120_000 }, async () => {
  const seed = Date.now() % 100_000;
  console.info(`seed ${seed}`);
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
