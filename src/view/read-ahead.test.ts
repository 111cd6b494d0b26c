import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
    await readAhead([join(directory, 'nowhere'), directory], new AbortController().signal);
    expect(inMemory()).toBeGreaterThanOrEqual(8_000_000);
  });

  it('reads no further when it is told to stop', async () => {
    const before = inMemory();
    await readAhead([directory], AbortSignal.abort());
    expect(inMemory()).toBe(before);
  });
});
