import { expect, it } from 'vitest';
import { genhash } from './genhash.ts';

it.each([
  ['', 'server, port and url are needed'],
  ['-s localhost -p 80 -u /', 'server should be an IP, not localhost'],
  ['-s ::1 -p 0 -u /', "invalid port number '0'"],
  ['-s ::1 -p 80 -u / -P 2', "invalid HTTP protocol version '2'"],
  ['-s ::1 -p 80 -u / -t forever', "invalid timeout 'forever'"],
  ['-s ::1 -p 80 -u / -m 4294967296', "invalid fwmark '4294967296'"],
  ['-s ::1 -p 80 -u / -I', 'SNI needs SSL and a virtual host'],
  ['-x', 'Unknown option -x'],
  ['-s ::1 -p 80 -u / more', 'Unexpected argument(s): more'],
])('%s is refused, with what could be written', async (line, complaint) => {
  let said = '';
  const print = { out: () => {}, talk: (text: string) => (said += text) };
  expect(await genhash(line === '' ? [] : line.split(' '), print)).toBe(1);
  expect(said.split('\n')[0]).toBe(complaint);
  expect(said).toContain('--use-virtualhost');
});

it('-h prints what can be written alone', async () => {
  let said = '';
  expect(await genhash(['-h'], { out: () => {}, talk: (text) => (said += text) })).toBe(1);
  expect(said.split(' ')[0]).toBe('Usage:');
});
