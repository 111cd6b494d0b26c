import { expect, it } from 'vitest';
import { agentLineOf, parseAgentLine } from './agent-line.ts';

const NOTHING = { passes: null, percent: null, duty: null, ignored: [] };

it.each([
  ['75%', { percent: 75 }],
  ['up', { passes: true }],
  ['DOWN # being upgraded, back at noon', { passes: false }],
  ['fail', { passes: false }],
  ['stopped', { passes: false }],
  ['drain', { duty: 'drained' }],
  ['maint', { duty: 'maintenance' }],
  ['up ready,100%\tmaxconn:30', { passes: true, percent: 100, duty: 'ready', ignored: ['maxconn:30'] }],
  ['down up', { passes: true }],
  ['0%', { percent: 0 }],
  ['99999%', { percent: 10_000 }],
  ['maxconn:30', { ignored: ['maxconn:30'] }],
])('%s', (line, said) => {
  expect(parseAgentLine(line)).toEqual({ ...NOTHING, ...said });
});

it.each(['', '#up', 'hello', 'toString', '-5%', '220 mail.example.com ESMTP'])('%j says nothing', (line) => {
  expect(parseAgentLine(line)).toBeNull();
});

it('a line ends with CR, LF or the connection, and is fit for a terminal', () => {
  const of = (text: string, isAll = false) => agentLineOf(new TextEncoder().encode(text), isAll);
  expect(of('up 5')).toBeNull();
  expect(of('up 50%', true)).toBe('up 50%');
  expect(of('up\r\ndown\n')).toBe('up');
  expect(of(' up \u001b[2J\u0007 é\n')).toBe('up  [2J');
});
