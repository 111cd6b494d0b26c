import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import { LifePage, PAGE_BYTES } from './life-page.ts';

/** As life-page.h has them. */
const MAGIC = 0x524c5750;
const LIFE_AT = 4;
const SLOTS_AT = 4_096;
const ROLE_AT = SLOTS_AT + 4;
const [NONE, BACKUP, MASTER, CLAIMED] = [0, 1, 2, 3];

let path: string;
let page: LifePage;
let words: Int32Array;

/** Slot 0 is that of an instance whose worker, the first one, died as its master; this is the second. */
beforeEach(async () => {
  path = join(temporaryDirectory('life-page'), 'page');
  writeFileSync(path, Buffer.from(new Uint32Array([MAGIC, 1]).buffer));
  truncateSync(path, PAGE_BYTES);
  page = new LifePage(path);
  page.setRole(0, 'master', true);
  const { mapFile } = await import('../../../native/process.ts');
  words = new Int32Array(mapFile(path, PAGE_BYTES));
  words[LIFE_AT / 4] = 2;
});

const role = (): number => words[ROLE_AT / 4] ?? -1;
/** As the watchdog: from the role that it has seen. */
const giveUp = (seen: number): boolean => Atomics.compareExchange(words, ROLE_AT / 4, seen, NONE) === seen;

describe('what a dead worker was master of', () => {
  it('is claimed by reading it: the watchdog, which saw it before, does not give it up', () => {
    expect(page.claim(0, 1_000).role).toBe('master');
    expect([role(), giveUp(MASTER)]).toEqual([CLAIMED, false]);
    expect(page.settle(0, 'master', true)).toBe(true);
    expect([role(), giveUp(CLAIMED)]).toEqual([MASTER, false]);
  });

  it('is nobody’s to go on with once the watchdog has given it up', () => {
    expect(giveUp(MASTER)).toBe(true);
    expect(page.claim(0, 1_000).role).toBe('none');
  });

  it('is lost by a worker that took too long to say what becomes of it', () => {
    page.claim(0, 1_000);
    expect(giveUp(CLAIMED)).toBe(true);
    expect([page.settle(0, 'master', true), role()]).toEqual([false, NONE]);
    page.setRole(0, 'backup', false);
    expect(role()).toBe(BACKUP);
  });

  it('is not claimed by the worker that is its master', () => {
    page.setRole(0, 'master', true);
    expect([page.claim(0, 1_000).role, role()]).toEqual(['master', MASTER]);
  });
});

it('a word that two threads have mapped, each for itself, loses no exchange', async () => {
  const turns = 100_000;
  const code = `
    const { workerData } = require('node:worker_threads');
    import(workerData.module).then(({ mapFile }) => {
      const words = new Int32Array(mapFile(workerData.path, workerData.bytes));
      for (let left = workerData.turns; left > 0; ) {
        const seen = words[1024];
        if (Atomics.compareExchange(words, 1024, seen, seen + 1) === seen) left -= 1;
      }
    });`;
  const module = new URL('../../../native/process.ts', import.meta.url).href;
  const workerData = { module, path, bytes: PAGE_BYTES, turns };
  words[1_024] = 0;
  const ended = [0, 1].map(
    () =>
      new Promise((resolve, reject) => {
        new Worker(code, { eval: true, workerData }).on('error', reject).on('exit', resolve);
      }),
  );
  expect(await Promise.all(ended)).toEqual([0, 0]);
  expect(words[1_024]).toBe(2 * turns);
});
