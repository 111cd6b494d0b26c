import { expect, test } from 'vitest';
import { type Accounts, type NamedUser, programIdentity } from './program-identity.ts';

const USERS: Readonly<Record<string, { uid: number; gid: number }>> = {
  ann: { uid: 1000, gid: 100 },
  bob: { uid: 1001, gid: 101 },
};
const accounts: Accounts = {
  user: (name) => USERS[name] ?? null,
  group: (name) => ({ staff: 50, users: 100 })[name] ?? null,
  groupsOf: (user) => (user === 'ann' ? [100, 27] : []),
};
const none = { script_user: null, set_supplementary_groups: false };
const bob = { ...none, script_user: { user: 'bob', group: null, supplementary: false } };
const nobody: NamedUser = { user: null, group: null };

test.each([
  ['its own user', { user: 'ann', group: null }, bob, { uid: 1000, gid: 100, groups: [100] }],
  ['its own user and group', { user: 'ann', group: 'staff' }, bob, { uid: 1000, gid: 50, groups: [50] }],
  [
    'supplementary groups by a colon',
    { user: 'ann', group: ':staff' },
    none,
    { uid: 1000, gid: 50, groups: [50, 100, 27] },
  ],
  ['a lone colon', { user: 'ann', group: ':' }, none, { uid: 1000, gid: 100, groups: [100, 27] }],
  ['script_user', nobody, bob, { uid: 1001, gid: 101, groups: [101] }],
  [
    'root if nobody is named and there is no keepalived_script',
    nobody,
    none,
    { uid: 0, gid: 0, groups: [0] },
  ],
  [
    'supplementary groups for all',
    { user: 'ann', group: null },
    { ...none, set_supplementary_groups: true },
    { uid: 1000, gid: 100, groups: [100, 27] },
  ],
  ['no such user', { user: 'eve', group: null }, none, null],
  ['no such group', { user: 'ann', group: 'none' }, none, null],
])('%s', (_what, named, globals, identity) => {
  expect(programIdentity(named, globals, accounts)).toEqual(identity);
});

test('the user keepalived_script, if there is one', () => {
  const more: Accounts = {
    ...accounts,
    user: (name) => (name === 'keepalived_script' ? { uid: 7, gid: 8 } : null),
  };
  expect(programIdentity(nobody, none, more)).toEqual({ uid: 7, gid: 8, groups: [8] });
});
