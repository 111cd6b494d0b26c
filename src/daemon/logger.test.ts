/** Log lines on their way to the system log and to a file. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { killInTheEnd, temporaryDirectory } from '../../test/harness/leftovers.ts';
import { waitFor } from '../lab/run.ts';
import { facilityCode } from './facility.ts';
import { createLogger, fileLogger, fileTimestamp, timestamp } from './logger.ts';
import { Syslog } from './syslog.ts';

let directory: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = temporaryDirectory('log');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  fs.rmSync(directory, { recursive: true });
});

const until = (what: string, look: () => boolean): Promise<unknown> =>
  waitFor(look, { deadlineMs: 10_000, intervalMs: 5, what });

/** A system log on a socket of its own: what it gets, one datagram a line. */
async function systemLog(path: string): Promise<{ lines: () => string[]; stop: () => Promise<void> }> {
  const program =
    'socket(S,PF_UNIX,SOCK_DGRAM,0); bind(S,sockaddr_un($ARGV[0])) or die; $|=1; print "ready\\n";' +
    'while (defined recv(S,$b,65536,0)) { print "$b\\n" }';
  const child = spawn('perl', ['-MSocket', '-e', program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  killInTheEnd(child);
  children.push(child);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await until('the system log', () => text.startsWith('ready\n'));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = (): Promise<void> => {
    child.kill('SIGKILL');
    fs.rmSync(path, { force: true });
    return ended;
  };
  return { lines: () => text.split('\n').slice(1, -1), stop };
}

test.each([
  ['0', 16],
  ['7', 23],
  ['local3', 19],
  ['LOCAL3', 19],
  ['user', 1],
  ['daemon', 3],
  ['8', null],
  ['mail', null],
  ['', null],
])('facility %j', (word, code) => {
  expect(facilityCode(word)).toBe(code);
});

test('the system log gets one datagram a line, with facility, severity, name and process', async () => {
  const path = join(directory, 'log');
  const receiver = await systemLog(path);
  const log = new Syslog({ facility: 16, identity: 'relived', path });
  log.log('(VI_1) Entering MASTER STATE');
  log.log(`long ${'x'.repeat(8_000)}`);
  await until('two lines', () => receiver.lines().length === 2);
  expect(receiver.lines()[0]).toMatch(
    new RegExp(
      `^<134>[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d relived\\[${process.pid}\\]: \\(VI_1\\) Entering MASTER STATE$`,
    ),
  );
  expect(receiver.lines()[1]).toHaveLength((receiver.lines()[0]?.length ?? 0) - 28 + 8_005);
  log.close();
});

test('a system log that is restarted is found again, and told how many lines it missed', async () => {
  const path = join(directory, 'log');
  const first = await systemLog(path);
  const log = new Syslog({ facility: 3, identity: 'relived', path });
  log.log('one');
  await until('one', () => first.lines().length === 1);
  await first.stop();
  log.log('lost');
  log.log('lost, too');
  const second = await systemLog(path);
  log.log('again');
  await until('two lines', () => second.lines().length === 2);
  const [missed, again] = second.lines().map((line) => line.replace(/^.*\]: /, ''));
  expect([missed, again]).toEqual(['2 lines before this one were lost', 'again']);
  log.close();
});

test('a system log whose reader is behind costs lines, not time', async () => {
  const path = join(directory, 'log');
  await systemLog(path);
  children[0]?.kill('SIGSTOP');
  const log = new Syslog({ facility: 3, identity: 'relived', path });
  const before = performance.now();
  for (let line = 0; line < 1_000; line++) log.log('x'.repeat(1_000));
  expect(performance.now() - before).toBeLessThan(2_000);
  log.close();
});

test('a log file is appended to, each line with its time', async () => {
  const path = join(directory, 'file');
  fs.writeFileSync(path, 'before\n');
  const logger = createLogger({ console: false, facility: null, file: path });
  logger.log('one\ntwo');
  logger.close();
  await until('the lines', () => fs.readFileSync(path, 'utf8').split('\n').length === 4);
  const [before, one, two] = fs.readFileSync(path, 'utf8').split('\n');
  expect(before).toBe('before');
  const time = /^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d\.\d{9} \d{4}: /;
  expect([one, two].map((line) => line?.replace(time, ''))).toEqual(['one', 'two']);
});

test('a log file behind a symbolic link is refused', () => {
  fs.symlinkSync('/etc/passwd', join(directory, 'link'));
  expect(() => fileLogger(join(directory, 'link'))).toThrow(/ELOOP/);
});

test('times', () => {
  const date = new Date(2026, 10, 3, 4, 5, 6, 78);
  expect(timestamp(date)).toBe('Tue Nov  3 04:05:06 2026');
  expect(fileTimestamp(date)).toBe('Tue Nov 03 04:05:06.078000000 2026');
});
