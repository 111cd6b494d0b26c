import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { NameBook } from './name-book.ts';

const WEB = { host: 'web', family: 'inet', addresses: ['192.0.2.2'], goodUntilUs: 1 } as const;

let directory: string;
let path: string;
let log: string[];
const book = (): NameBook => new NameBook({ path, log: (line) => log.push(line) });

beforeEach(() => {
  directory = temporaryDirectory('names');
  path = join(directory, 'journal.names');
  log = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('gives what was written, by name and family', async () => {
  expect(await book().save(() => [WEB])).toBeNull();
  expect(book().keptOf({ host: 'web', family: 'inet' })).toEqual(WEB);
  expect(book().keptOf({ host: 'web', family: 'inet6' })).toBeNull();
  expect(log).toEqual([]);
});

it('what cannot be written is told of once', async () => {
  rmSync(directory, { recursive: true });
  const unwritable = book();
  for (let turn = 0; turn < 3; turn++) expect(await unwritable.save(() => [WEB])).toMatch(/ENOENT/);
  expect(log).toEqual([expect.stringContaining(`addresses of names cannot be kept in ${path}`)]);
  mkdirSync(directory);
  expect(await unwritable.save(() => [WEB])).toBeNull();
});

const file = (names: unknown, format = 'relived names 1'): string => JSON.stringify({ format, names });

it.each([
  ['', 'nothing'],
  ['{"format":"relived names 1","names":[{"host":"we', 'half of it'],
  [file([WEB], 'relived names 2'), 'another format'],
  [file({ web: WEB }), 'no list'],
  [file([WEB, null]), 'nothing in the place of a name'],
  [file([{ ...WEB, family: 'any' }]), 'an unknown family'],
  [file([{ ...WEB, addresses: [7] }]), 'no addresses'],
  [file([{ ...WEB, addresses: Array(257).fill('192.0.2.2') }]), 'too many addresses'],
  [file([{ ...WEB, goodUntilUs: 1e300 }]), 'no time'],
  ['\u0000\u0001\u0002', 'bytes'],
])('%j (%s) is ignored, and that is said', (text) => {
  writeFileSync(path, text);
  expect(book().keptOf(WEB)).toBeNull();
  expect(log).toEqual([
    `the addresses of names in ${path} are ignored: that is no file of addresses of names`,
  ]);
});

it('what is no regular file is not followed', () => {
  symlinkSync('/etc/passwd', path);
  book();
  expect(log).toEqual([expect.stringMatching(/ELOOP/)]);
});
