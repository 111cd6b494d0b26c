/** What verify must find: changed, missing, added and reordered rows and segments, and damage. */
import { chmodSync, cpSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from './digests.ts';
import { type Column, TABLES } from './format.ts';
import { checkIntegrity } from './integrity.ts';
import { changedRow, someRun, startRow, temporaryDirectory } from './journal.fixture.ts';
import { JournalReader } from './reader.ts';
import { type JournalWriter, openJournal } from './writer.ts';

let directory: string;
let remove: () => void;
const readers: JournalReader[] = [];

const write = (): JournalWriter => openJournal({ directory, node: 'r1', process: 'vrrp' });

function read(): JournalReader {
  const reader = new JournalReader(directory);
  readers.push(reader);
  return reader;
}

const verify = (): ReturnType<typeof checkIntegrity> => checkIntegrity(read().segmentFiles());

beforeEach(() => {
  ({ path: directory, remove } = temporaryDirectory());
});

afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
  remove();
});

describe('integrity', () => {
  let original: { readonly path: string; readonly remove: () => void };

  /** Three process starts of 20 rows each; every test gets a copy. */
  beforeAll(async () => {
    original = temporaryDirectory();
    directory = original.path;
    for (let epoch = 0; epoch < 3; epoch += 1) {
      const writer = write();
      writer.define({ kind: 'machine', name: 'vrrp@1', body: { id: 'vrrp' } });
      writer.row(startRow(1));
      for (let seq = 2; seq <= 20; seq += 1) {
        writer.row(changedRow(seq));
        if (seq % 4 === 0) writer.run(someRun(seq));
        if (seq % 6 === 0) await writer.flush();
      }
      await writer.close();
    }
  });

  afterAll(() => original.remove());

  function sealed(): string[] {
    cpSync(original.path, directory, { recursive: true });
    return read().segmentFiles();
  }

  function tamper(path: string, sql: string): void {
    chmodSync(path, 0o600);
    const db = new Database(path);
    db.exec(sql);
    db.close();
  }

  it.each([
    ["UPDATE ev SET event = replace(event, 'stalled', 'stolled') WHERE seq = 27", 'ev', 27],
    ['UPDATE ev SET wall_us = wall_us + 1 WHERE seq = 30', 'ev', 30],
    ['UPDATE ev SET digest = zeroblob(16) WHERE seq = 31', 'ev', 31],
    ['UPDATE run SET count = 62 WHERE id = 2', 'run', 2],
    ["UPDATE actor SET name = 'vrrp/VI_2' WHERE id = 1", 'actor', 1],
    ["UPDATE definition SET body = replace(body, 'vrrp', 'vrrq') WHERE id = 1", 'definition', 1],
    ["UPDATE meta SET node = 'r2'", 'meta', 1],
    ['UPDATE chain SET rows = rows + 1 WHERE batch = 3', 'chain', 3],
    ['UPDATE chain SET hash = zeroblob(32) WHERE batch = 3', 'chain', 3],
  ])('names the row after %s', (sql, table, key) => {
    const [, second] = sealed();
    tamper(String(second), sql);
    const [finding] = verify().findings;
    expect(finding).toMatchObject({ problem: 'changed', table, key, segment: 'vrrp-000002-000000000021.db' });
  });

  it.each([
    ['DELETE FROM ev WHERE seq = 27', { problem: 'missing', table: 'ev', key: 27 }],
    ['DELETE FROM ev WHERE seq = 40', { problem: 'missing', table: 'ev', key: 40 }],
    ['DELETE FROM run WHERE id = 2', { problem: 'missing', table: 'run', key: 2 }],
    [
      'INSERT INTO ev SELECT 400, mono_us, wall_us, kind, actor, machine, cause, changed, event, effects, state, delta, digest FROM ev WHERE seq = 30',
      { problem: 'extra', table: 'ev', key: 400 },
    ],
  ])('reports %s', (sql, expected) => {
    const [, second] = sealed();
    tamper(String(second), sql);
    expect(verify().findings).toContainEqual(expect.objectContaining(expected));
  });

  it('reports a row that was replaced together with its digest', () => {
    const [, second] = sealed();
    tamper(
      String(second),
      'UPDATE ev SET (event, digest) = (SELECT event, digest FROM ev WHERE seq = 28) WHERE seq = 27',
    );
    tamper(String(second), 'UPDATE run SET digest = (SELECT digest FROM run WHERE id = 3) WHERE id = 2');
    const problems = verify().findings.map(({ problem, key }) => [problem, key]);
    expect(problems).toContainEqual(['changed', 27]);
    expect(problems).toContainEqual(['changed', 2]);
  });

  it('reports a row that was changed and given the digest of what it is now, by its batch', () => {
    const [, second] = sealed();
    const path = String(second);
    tamper(path, 'UPDATE ev SET wall_us = wall_us + 1 WHERE seq = 27');
    const db = new Database(path);
    const columns = TABLES.ev.join(',');
    const row = db.prepare<[], Column[]>(`SELECT ${columns} FROM ev WHERE seq = 27`).raw().get();
    if (row === undefined) throw new Error('no row @27');
    db.prepare('UPDATE ev SET digest = ? WHERE seq = 27').run(digestOf('ev', row));
    db.close();
    const { findings } = verify();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ problem: 'chain', segment: 'vrrp-000002-000000000021.db' });
    const [, first, last] = /\(@(\d+) to @(\d+)\)/.exec(findings[0]?.text ?? '') ?? [];
    expect(Number(first)).toBeLessThanOrEqual(27);
    expect(Number(last)).toBeGreaterThanOrEqual(27);
  });

  it('reports a segment that was removed from the middle, swapped or renamed', () => {
    const [first, second, third] = sealed().map(String);
    cpSync(directory, `${directory}.kept`, { recursive: true });
    rmSync(String(second));
    expect(verify().findings).toContainEqual(
      expect.objectContaining({ problem: 'link', segment: 'vrrp-000003-000000000041.db' }),
    );
    renameSync(String(third), String(second));
    renameSync(String(first), String(third));
    const problems = verify().findings.map(({ problem }) => problem);
    expect(problems).toContain('link');
  });

  it('finds any flipped byte that changes what the journal says', () => {
    const [, second] = sealed();
    const path = String(second);
    const size = statSync(path).size;
    const clean = Buffer.from(new Database(path, { readonly: true }).serialize());
    const content = (): string =>
      JSON.stringify([[...read().rows()], [...read().runs()], read().definitions(), read().epochs()]);
    const before = content();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: size - 1 }), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const bytes = Buffer.from(clean);
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        chmodSync(path, 0o600);
        writeFileSync(path, bytes);
        if (verify().findings.length > 0) return true;
        return content() === before;
      }),
      { numRuns: 150 },
    );
  });
});
