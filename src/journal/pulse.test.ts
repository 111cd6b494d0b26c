import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { waitFor } from '../lab/run.ts';
import { startRow } from './journal.fixture.ts';
import { prunePulses, readPulse, writePulse } from './pulse.ts';
import { JournalReader } from './reader.ts';
import { openJournal } from './writer.ts';

let directory: string;

beforeEach(() => {
  directory = temporaryDirectory('pulse');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('tells how long a process lived after its last row', async () => {
  const journal = openJournal({ directory, node: 'r1', process: 'vrrp' });
  const row = startRow(1);
  journal.row(row);
  await journal.flush();
  await waitFor(() => readPulse(directory, 'vrrp', 1) !== null, { deadlineMs: 10_000, what: 'a pulse' });
  const reader = new JournalReader(directory);
  expect(reader.epochs()[0]?.lastWallUs).toBe(readPulse(directory, 'vrrp', 1));
  expect(reader.epochs()[0]?.lastWallUs).toBeGreaterThan(row.wallUs);
  reader.close();
  await journal.close();
});

it('is only a hint: a broken file is as good as none', () => {
  expect(readPulse(directory, 'vrrp', 1)).toBeNull();
  for (const text of ['', 'soon\n', '-5\n', '1e99\n']) {
    writeFileSync(join(directory, 'vrrp-000001.alive'), text);
    expect(readPulse(directory, 'vrrp', 1)).toBeNull();
  }
});

it('goes with the last segment of its epoch, and leaves other files alone', () => {
  for (const epoch of [1, 2, 3]) writePulse(directory, 'vrrp', epoch, 1_700_000_000_000_000 + epoch);
  writeFileSync(join(directory, 'notes.alive'), '');
  prunePulses(directory, 'vrrp', new Set([2, 3]));
  expect(readdirSync(directory).sort()).toEqual(['notes.alive', 'vrrp-000002.alive', 'vrrp-000003.alive']);
});
