/** What `relive why` answers when the row that would tell was lost: a disk was full then. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import { JournalReader } from '../../src/journal/reader.ts';
import type { Explanation } from '../../src/relive/why/model.ts';
import { answer } from '../../src/relive/why/question.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { unpack } from './recording.ts';

const root = temporaryDirectory('gap');

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Takes the first row with an event out of a router's journal, and says so as its writer does. */
function lose(journal: string, event: string): void {
  const [segment = ''] = readdirSync(journal).filter((file) => file.endsWith('.db'));
  const database = new Database(join(journal, segment));
  const { seq, wall_us } = database
    .prepare(`SELECT seq, wall_us FROM ev WHERE json_extract(event, '$.type') = ? ORDER BY seq DESC LIMIT 1`)
    .get(event) as { seq: number; wall_us: number };
  database.prepare('DELETE FROM ev WHERE seq = ?').run(seq);
  const columns =
    'id, from_seq, to_seq, from_wall_us, to_wall_us, reason, lost_rows, lost_changes, lost_runs, written_late, actors, batch, digest';
  database
    .prepare(`INSERT INTO gap (${columns}) VALUES (1, ?, ?, ?, ?, 'disk full', 1, 1, 0, 0, ?, 1, ?)`)
    .run(seq, seq, wall_us - 1000, wall_us + 1000, '["vrrp/VI_1"]', Buffer.alloc(16));
  database.close();
}

function why(
  incident: string,
  host: string,
  event: string,
  hosts: readonly string[],
  moment: string,
): Explanation | null {
  const directory = join(root, `${incident}-${host}`);
  const moments = unpack(incident, directory);
  lose(join(directory, host), event);
  const readers = hosts.map((each) => new JournalReader(join(directory, each)));
  try {
    return answer(readers, { instance: 'VI_1', atUs: moments[moment] ?? null, notMaster: false });
  } finally {
    for (const reader of readers) reader.close();
  }
}

it('the take-over itself: no cause is named', () => {
  const told = why('master-killed-and-back', 'b', 'master.silent', ['a', 'b'], 'taken');
  expect(told).toMatchObject({ verdict: 'unrecorded', node: 'b', culprit: { node: 'b' } });
  expect(told?.sentence).toMatch(/became master of VI_1 between .* while its journal could not be written/);
  expect(told?.unknown.join()).toContain('was lost between');
});

it('what the former master lived through: its silence is not taken for a broken path', () => {
  const told = why('link-cut', 'a', 'link.down', ['a', 'b'], 'taken');
  expect(told).toMatchObject({ verdict: 'peer-silent', node: 'b' });
  expect(told?.unknown.join()).toContain('its journal has a gap there');
});
