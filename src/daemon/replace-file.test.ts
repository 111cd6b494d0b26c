import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { killInTheEnd, temporaryDirectory } from '../../test/harness/leftovers.ts';
import { replaceFile } from './replace-file.ts';

const MODULE = join(import.meta.dirname, 'replace-file.ts');

it('a file is replaced as a whole, and is its owner’s alone', async () => {
  const directory = temporaryDirectory('replace');
  const path = join(directory, 'file');
  await replaceFile(path, 'one');
  await replaceFile(path, 'two');
  expect(readFileSync(path, 'utf8')).toBe('two');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(['file']);
});

it('processes that replace it at the same time do not disturb each other', async () => {
  const directory = temporaryDirectory('replace');
  const path = join(directory, 'file');
  // Either begins its hundred when both are up.
  const program = `
    const { replaceFile } = await import(${JSON.stringify(MODULE)});
    process.stdin.once('data', async () => {
      for (let i = 0; i < 100; i += 1) await replaceFile(${JSON.stringify(path)}, 'whole '.repeat(1000));
      process.exit(0);
    });
    process.stdout.write('ready');`;
  const writers = [1, 2].map(() => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    killInTheEnd(child);
    let complaint = '';
    child.stderr.on('data', (chunk) => {
      complaint += String(chunk);
    });
    return { child, said: () => complaint };
  });
  await Promise.all(writers.map(({ child }) => once(child.stdout, 'data')));
  const ends = writers.map(({ child }) => once(child, 'close'));
  for (const { child } of writers) child.stdin.write('go\n');
  const statuses = (await Promise.all(ends)).map(([status]) => status);
  expect(statuses, writers.map(({ said }) => said()).join('')).toEqual([0, 0]);
  expect(readFileSync(path, 'utf8')).toBe('whole '.repeat(1000));
  expect(readdirSync(directory)).toEqual(['file']);
});

it('what a killed writer left is removed when nobody can be writing it any more', async () => {
  const directory = temporaryDirectory('replace');
  const path = join(directory, 'file');
  for (const [name, ageS] of [
    ['file.1-1.new', 3600],
    ['file.1-2.new', 0],
    ['file.new', 3600],
    ['other.1-1.new', 3600],
  ] as const) {
    writeFileSync(join(directory, name), '');
    const timeS = Date.now() / 1000 - ageS;
    utimesSync(join(directory, name), timeS, timeS);
  }
  await replaceFile(path, 'one');
  expect(readdirSync(directory).sort()).toEqual(['file', 'file.1-2.new', 'file.new', 'other.1-1.new']);
});

it('what cannot be put in place is not left beside it', async () => {
  const directory = temporaryDirectory('replace');
  mkdirSync(join(directory, 'taken'));
  await expect(replaceFile(join(directory, 'taken'), 'one')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(readdirSync(directory)).toEqual(['taken']);
});
