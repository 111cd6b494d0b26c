import { describe, expect, test } from 'vitest';
import { FILE, instance, memoryFiles, only, onlyTree, read } from '../config.fixture.ts';
import { UNKNOWN_ENVIRONMENT } from '../environment.ts';
import { readConfig } from '../read.ts';
import { Secret } from '../secret.ts';

const complaints = (text: string): string[] =>
  read(text)
    .diagnostics.filter(({ unsupported }) => !unsupported)
    .map(({ severity, code }) => `${severity} ${code}`);
const auth = (lines: string): string => `authentication {\n${lines}\n}`;
const PASS = auth('auth_type PASS\nauth_pass x');

describe('authentication', () => {
  test.each([
    [PASS, []],
    [auth('auth_type PASS'), ['warning authentication-ignored']],
    [auth('auth_pass x'), []],
    [`version 3\n${PASS}`, ['warning authentication-ignored']],
    [`strict_mode\n${PASS}`, ['warning authentication-ignored']],
    [auth('auth_type PASS\nauth_pass 123456789'), ['warning password-truncated']],
    [auth('auth_type AH\nauth_pass x').concat('\nstate MASTER\npriority 9'), ['warning state-corrected']],
    [`${PASS}\n${auth('auth_type AH')}`, []],
  ])('%j', (lines, expected) => {
    expect(complaints(instance(lines))).toEqual(expected);
  });

  test('what is ignored is not in force', () => {
    expect(onlyTree(read(instance(`version 3\n${PASS}`))).authentication).toEqual([]);
    expect(onlyTree(read(instance(`${PASS}\n${auth('auth_type AH')}`))).authentication).toMatchObject([
      { auth_type: 'AH' },
    ]);
  });

  test('AH is for IPv4', () => {
    const ah = auth('auth_type AH\nauth_pass x');
    const text = `vrrp_instance A {\nversion 2\ninterface eth0\nvirtual_router_id 1\n${ah}\nvirtual_ipaddress {\nfe80::1\n}\n}`;
    expect(complaints(text)).toEqual(['warning authentication-ignored']);
  });
});

describe('auth_hmac', () => {
  const key = `key 1 ${'k'.repeat(32)}`;
  const hmac = (lines: string): string => `auth_hmac {\n${lines}\n}`;
  const full = hmac(`${key}\nactive_key 1`);

  test.each([
    [full, []],
    [hmac(key), ['warning hmac-ignored']],
    [hmac('active_key 1'), ['warning hmac-ignored']],
    [hmac(`${key}\nactive_key 2`), ['warning hmac-ignored']],
    [hmac(`${key}\n${key}\nactive_key 1`), ['warning duplicate-key']],
    [hmac(`${key}\nactive_key 1\nanti_replay monotonic\ntime_window 5`), ['warning value-ignored']],
    [`${PASS}\n${full}`, ['warning authentication-ignored']],
    [`strict_mode\n${hmac(`${key}\nactive_key 1\nmode permissive`)}`, ['warning strict-corrected']],
  ])('%j', (lines, expected) => {
    expect(complaints(instance(lines))).toEqual(expected);
  });

  test('what signs and checks, without the key', () => {
    expect(only(read(instance(full))).wire.authentication).toEqual({
      kind: 'hmac',
      activeKey: 1,
      mode: 'enforce',
      antiReplay: 'time',
      windowUs: 5_000_000,
    });
    expect(only(read(instance(PASS))).wire.authentication).toEqual({ kind: 'pass' });
  });

  test.each([
    [{ text: 'f'.repeat(32), exposed: false, problem: null }, ['f'.repeat(32)], []],
    [
      { text: `hex:${'0f'.repeat(32)}`, exposed: true, problem: null },
      ['0f'.repeat(32)],
      ['key-file-exposed'],
    ],
    [{ text: 'short', exposed: false, problem: null }, [], ['hmac-ignored', 'invalid-key']],
    [{ text: null, exposed: false, problem: 'cannot be opened' }, [], ['hmac-ignored', 'invalid-key']],
  ])('a key in a file: %j', (file, expected, complaints) => {
    const environment = { ...UNKNOWN_ENVIRONMENT, keyFile: () => file };
    const text = instance(hmac('key 1 file:/etc/key\nactive_key 1'));
    const result = readConfig(FILE, memoryFiles({ [FILE]: text }), environment);
    const keys = onlyTree(result).auth_hmac.flatMap(({ key: list }) => list);
    expect(keys.map(({ secret }) => secret.reveal())).toEqual(expected);
    expect(result.diagnostics.map(({ code }) => code).sort()).toEqual(complaints);
  });

  test('the window follows the interval', () => {
    const window = (lines: string): unknown =>
      onlyTree(read(instance(`${lines}\n${full}`))).auth_hmac[0]?.time_window;
    expect(window('')).toBe(5_000_000);
    expect(window('advert_int 10')).toBe(30_000_000);
    expect(window('advert_int 255')).toBe(300_000_000);
  });
});

test('a secret is kept and never shown', () => {
  const secret = 'hunter2';
  const key = 'hunter2secret'.repeat(3);
  const lines = `authentication {\nauth_type PASS\nauth_pass ${secret}\n}\nauth_hmac {\nkey 1 ${key}\nactive_key 2\n}`;
  const result = read(instance(lines));
  const pass = onlyTree(result).authentication[0]?.auth_pass;
  expect(pass).toBeInstanceOf(Secret);
  expect(pass?.reveal()).toBe(secret);
  expect(`${pass}`).toBe('********');
  expect(JSON.stringify([result.config?.tree, result.diagnostics])).not.toContain(secret);
});
