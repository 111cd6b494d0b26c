import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFifo } from '../../../native/index.ts';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import { type Fifo, FifoError, openFifo } from './fifo.ts';

const uid = process.geteuid?.() ?? 0;
const gid = process.getegid?.() ?? 0;
let directory: string;
let opened: Fifo[];

beforeEach(() => {
  directory = temporaryDirectory('fifo');
  opened = [];
});
afterEach(() => {
  for (const fifo of opened) fifo.close();
  fs.rmSync(directory, { recursive: true });
});

function open(path: string, owner: { uid: number; gid: number } = { uid, gid }): Fifo {
  const fifo = openFifo({ path, ...owner });
  opened.push(fifo);
  return fifo;
}

function readAll(path: string): string {
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(1 << 20);
    return bytes.toString('utf8', 0, fs.readSync(fd, bytes));
  } finally {
    fs.closeSync(fd);
  }
}

test('what is written before anybody reads is kept, byte by byte', () => {
  const path = join(directory, 'f');
  const fifo = open(path);
  expect(fifo.write('INSTANCE "VI_1" MASTER 100\n')).toEqual({ written: true, lostBefore: 0 });
  fifo.write('GROUP "G1" MASTER 0\n');
  expect(readAll(path)).toBe('INSTANCE "VI_1" MASTER 100\nGROUP "G1" MASTER 0\n');
  expect(fs.statSync(path).mode & 0o7777).toBe(0o644 & ~process.umask());
});

test('it belongs to the user of its scripts', () => {
  const path = join(directory, 'f');
  open(path, { uid: 12, gid: 34 });
  const { uid: owner, gid: group } = fs.statSync(path);
  expect([owner, group]).toEqual([12, 34]);
});

test('lines without room are lost, never in part, and counted', () => {
  const path = join(directory, 'f');
  const fifo = open(path);
  const line = `${'x'.repeat(999)}\n`;
  let written = 0;
  while (fifo.write(line).written) written += 1;
  expect(fifo.write(line)).toEqual({ written: false, first: false, error: 'nobody reads it' });
  expect(readAll(path).length).toBe(written * line.length);
  expect(fifo.write(line)).toEqual({ written: true, lostBefore: 2 });
  expect(fifo.write(line)).toEqual({ written: true, lostBefore: 0 });
});

test('one that was made is removed in the end, one that was there stays', () => {
  const made = join(directory, 'made');
  const found = join(directory, 'found');
  makeFifo(found, 0o600);
  open(made).close();
  open(found).close();
  expect(fs.readdirSync(directory)).toEqual(['found']);
});

test('what somebody has put in its place meanwhile is not removed', () => {
  const path = join(directory, 'f');
  const fifo = open(path);
  fs.rmSync(path);
  fs.writeFileSync(path, 'precious');
  fifo.close();
  expect(fs.readFileSync(path, 'utf8')).toBe('precious');
});

test.each([
  ['a file', (path: string) => fs.writeFileSync(path, '')],
  ['a directory', (path: string) => fs.mkdirSync(path)],
  [
    'a symbolic link',
    (path: string) => {
      makeFifo(`${path}.target`, 0o644);
      fs.symlinkSync(`${path}.target`, path);
    },
  ],
])('%s in its place is refused and left alone', (what, put) => {
  const path = join(directory, 'f');
  put(path);
  expect(() => open(path)).toThrow(new FifoError(`${path} is ${what}, not a FIFO: it is not used`));
  expect(fs.existsSync(path)).toBe(true);
});

test("somebody else's FIFO is refused, that of the user of the scripts is not", () => {
  const path = join(directory, 'f');
  makeFifo(path, 0o644);
  fs.chownSync(path, 4242, gid);
  expect(() => open(path)).toThrow(`${path} belongs to user 4242, and must belong to ${uid}: it is not used`);
  expect(open(path, { uid: 4242, gid }).write('x\n').written).toBe(true);
});

test('a directory that is not there is told', () => {
  expect(() => open(join(directory, 'none', 'f'))).toThrow(/none\/f cannot be made: .*ENOENT/);
});
