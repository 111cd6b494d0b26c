import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { expect, test } from 'vitest';
import { fullHostName, groupsOf, ownUserName } from './accounts.ts';

test('groups of a user, none of one that does not exist', () => {
  expect(groupsOf('root')[0]).toBe(0);
  expect(groupsOf('no-such-user-here')).toEqual([]);
  expect(groupsOf('--help')).toEqual([]);
});

test('this machine and this user have names', () => {
  expect(fullHostName().startsWith(os.hostname().split('.')[0] ?? '')).toBe(true);
  expect(ownUserName()).toBe(execFileSync('id', ['-un'], { encoding: 'utf8' }).trim());
});
