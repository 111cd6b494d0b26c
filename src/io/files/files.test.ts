/** Files with numbers, on the real file system. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileMonitor } from './file-monitor.ts';
import { initialiseFile, numberIn, readNumber } from './number-file.ts';

let directory: string;
let told: unknown[];
let monitor: FileMonitor;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'relived-files-'));
  told = [];
  monitor = new FileMonitor({
    read: (id, value) => told.push([id, value]),
    invalid: (id, text) => told.push([id, 'invalid', text]),
    troubled: (id, error) => told.push([id, 'troubled', error]),
  });
});
afterEach(() => {
  monitor.close();
  rmSync(directory, { recursive: true, force: true });
});

async function until(length: number): Promise<unknown[]> {
  const deadline = performance.now() + 5_000;
  while (told.length < length) {
    if (performance.now() > deadline) throw new Error(`told only ${JSON.stringify(told)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return told;
}

const source = (path: string) => ({ kind: 'file', path, initial: null }) as const;

describe('a number', () => {
  it.each([
    ['42\n', 42],
    [' \t-7 rest', -7],
    ['0x10', 16],
    ['010', 8],
    ['08', 0],
    ['0', 0],
    ['-0', 0],
    ['', 0],
    ['five', 0],
    ['+3', 3],
    ['2147483648', 2_147_483_648],
    ['2147483649', null],
    ['-2147483648', -2_147_483_648],
    ['-2147483649', null],
    ['99999999999999999999', null],
  ])('%j is %s', (text, value) => {
    expect(numberIn(text)).toBe(value);
  });

  it('is 0 where there is no file, or something else', () => {
    expect(readNumber(join(directory, 'absent'))).toEqual({ value: 0 });
    expect(readNumber(directory)).toEqual({ value: 0 });
  });
});

describe('init_file', () => {
  it('writes a file that is not there, and one that is there only if told so', () => {
    const file = join(directory, 'n');
    expect(initialiseFile(file, 5, false)).toBeNull();
    expect(readFileSync(file, 'utf8')).toBe('5\n');
    expect(initialiseFile(file, 6, false)).toBeNull();
    expect(readFileSync(file, 'utf8')).toBe('5\n');
    expect(initialiseFile(file, 6, true)).toBeNull();
    expect(readFileSync(file, 'utf8')).toBe('6\n');
  });

  it('never writes through a link or over something else', () => {
    const target = join(directory, 'target');
    writeFileSync(target, '1\n');
    symlinkSync(target, join(directory, 'link'));
    expect(initialiseFile(join(directory, 'link'), 9, true)).toMatch(/no regular file/);
    expect(readFileSync(target, 'utf8')).toBe('1\n');
    expect(initialiseFile(directory, 9, true)).toMatch(/no regular file/);
  });
});

describe('the monitor', () => {
  it('tells the present number at once, and each other one when the file is written', async () => {
    const file = join(directory, 'n');
    writeFileSync(file, '10\n');
    monitor.observe('t', source(file));
    expect(told).toEqual([['t', 10]]);
    writeFileSync(file, '20\n');
    expect(await until(2)).toEqual([
      ['t', 10],
      ['t', 20],
    ]);
    writeFileSync(join(directory, 'moved'), '30\n');
    renameSync(join(directory, 'moved'), file);
    expect((await until(3)).at(-1)).toEqual(['t', 30]);
    rmSync(file);
    expect((await until(4)).at(-1)).toEqual(['t', 0]);
  });

  it('never tells of a file that is only half written', async () => {
    const file = join(directory, 'n');
    writeFileSync(file, '10\n');
    monitor.observe('t', source(file));
    for (let round = 0; round < 50; round++) writeFileSync(file, round % 2 === 0 ? '11\n' : '10\n');
    writeFileSync(file, '99\n');
    await until(2);
    while (told.at(-1) !== undefined && JSON.stringify(told.at(-1)) !== '["t",99]')
      await until(told.length + 1);
    expect(told.filter((entry) => JSON.stringify(entry) === '["t",0]')).toEqual([]);
  });

  it('keeps the former number when another is too large', async () => {
    const file = join(directory, 'n');
    monitor.observe('t', source(file));
    writeFileSync(file, '99999999999\n');
    expect(await until(2)).toEqual([
      ['t', 0],
      ['t', 'invalid', '99999999999\n'],
    ]);
  });

  it('goes on when the directory was removed and is made again', async () => {
    const inner = join(directory, 'inner');
    mkdirSync(inner);
    writeFileSync(join(inner, 'n'), '5\n');
    monitor.observe('t', source(join(inner, 'n')));
    rmSync(inner, { recursive: true });
    await until(3);
    expect(told).toContainEqual(['t', 0]);
    expect(told).toContainEqual(['t', 'troubled', expect.stringMatching(/ENOENT/)]);
    mkdirSync(inner);
    writeFileSync(join(inner, 'n'), '6\n');
    expect((await until(4)).at(-1)).toEqual(['t', 6]);
    writeFileSync(join(inner, 'n'), '7\n');
    expect((await until(5)).at(-1)).toEqual(['t', 7]);
  });

  it('tells two trackers of one file', async () => {
    const file = join(directory, 'n');
    monitor.observe('a', source(file));
    monitor.observe('b', source(file));
    writeFileSync(file, '1\n');
    await until(4);
    monitor.stop('a');
    writeFileSync(file, '2\n');
    expect((await until(5)).at(-1)).toEqual(['b', 2]);
  });
});
