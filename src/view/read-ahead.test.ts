import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { readAhead } from './read-ahead.ts';

describe('reading ahead', () => {
  let directory: string;
  let file: string;
  beforeAll(() => {
    directory = temporaryDirectory('read-ahead');
    file = join(directory, 'vrrp-1-1.db');
    mkdirSync(join(directory, 'not-a-file'));
    writeFileSync(file, Buffer.alloc(8_000_000, 7));
  });
  beforeEach(() => {
    // Written to disk, then out of the kernel's memory.
    execFileSync('dd', [`of=${file}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none']);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const inMemory = (): number => Number(execFileSync('fincore', ['-n', '-b', '-o', 'RES', file]));

  it('has a journal in memory when it is done, and what is not there does not matter', async () => {
    await new Promise<void>((done) => readAhead([join(directory, 'nowhere'), directory], done));
    expect(inMemory()).toBeGreaterThanOrEqual(8_000_000);
  });

  it('is done at once where there is nothing', async () => {
    await new Promise<void>((done) => readAhead([join(directory, 'nowhere')], done));
  });

  it('leaves the locks of this process alone', async () => {
    const database = new Database(file.replace('-1-1', '-1-2'));
    database.exec('CREATE TABLE t (x); BEGIN EXCLUSIVE');
    await new Promise<void>((done) => readAhead([directory], done));
    // Another process is refused for as long as the lock is held.
    const other = `new (require('better-sqlite3'))(process.argv[1], { timeout: 0 }).exec('INSERT INTO t VALUES (1)')`;
    const tried = spawnSync(process.execPath, ['-e', other, database.name], { encoding: 'utf8' });
    expect(tried.stderr).toContain('database is locked');
    database.close();
  });
});
