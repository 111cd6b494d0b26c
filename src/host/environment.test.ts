import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machineEnvironment } from './environment.ts';
import { isWritableByOthers, programFacts } from './programs.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'relived-environment-'));

function write(file: string, text: string, mode = 0o644): string {
  const whole = path.join(root, file);
  fs.mkdirSync(path.dirname(whole), { recursive: true });
  fs.writeFileSync(whole, text, { mode });
  return whole;
}

beforeAll(() => {
  write('proc/self/net/dev', 'Inter-|\n face |\n    lo: 1 2\n  eth0.5: 3 4\n');
  write('usr/share/iproute2/rt_tables', '# comment\n255\tlocal\n100 blue\n0x10 hex\nx bad\n7\n');
  write('etc/iproute2/rt_tables', '101 blue\n');
  write('etc/iproute2/rt_tables.d/more.conf', '102 red\n');
  write('etc/iproute2/rt_tables.d/more.txt', '103 green\n');
  write('etc/passwd', 'alice:x:1000:1001:Alice:/:/bin/sh\nbroken:x:a:b\n');
  write('etc/group', 'staff:x:50:\n');
});

afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const machine = machineEnvironment({ configId: 'left', root });

describe('the machine', () => {
  test('has the name that is given, else that of the host', () => {
    expect(machine.configId).toBe('left');
    expect(machineEnvironment({ configId: null }).configId).toBe(os.hostname().split('.')[0]);
  });

  test('has interfaces and processors', () => {
    expect(machine.interfaces).toEqual(new Set(['lo', 'eth0.5']));
    expect(machine.cpuCount).toBeGreaterThan(0);
    expect(machineEnvironment({ configId: null, root: '/nowhere' }).interfaces).toBeNull();
  });

  test('has names for numbers, those of the administrator first', () => {
    const names = new Map([...(machine.names('rt_tables') ?? [])].sort());
    expect(Object.fromEntries(names)).toEqual({ local: 255, blue: 101, hex: 16, red: 102 });
    expect(machine.names('rt_scopes')?.size).toBe(0);
  });

  test('has users and groups', () => {
    expect(machine.user('alice')).toEqual({ uid: 1000, gid: 1001 });
    expect(machine.user('root')).toEqual({ uid: 0, gid: 0 });
    for (const name of ['broken', 'nobody-of-that-name', '', '-x', 'alice:x'])
      expect(machine.user(name)).toBeNull();
    expect(machine.group('staff')).toBe(50);
    expect(machine.group('no-such-group')).toBeNull();
  });

  test('has variables', () => {
    expect(machine.variable('PATH')).toBe(process.env.PATH);
    expect(machine.variable('__proto__')).toBeNull();
  });
});

describe('programs', () => {
  test('are found by path and by name', () => {
    const program = write('bin/check', '#!/bin/sh\n', 0o755);
    fs.symlinkSync('check', path.join(root, 'bin/link'));
    expect(programFacts('check', `/nowhere:${root}/bin`)).toMatchObject({ path: program, executable: true });
    expect(programFacts(path.join(root, 'bin/link'), '').executable).toBe(true);
    expect(programFacts('check', '/nowhere').path).toBeNull();
    expect(programFacts('', `${root}/bin`).path).toBeNull();
    expect(programFacts(root, '').path).toBeNull();
  });

  test('need leave to run', () => {
    expect(programFacts(write('bin/text', 'hello'), '')).toMatchObject({ executable: false });
  });

  test('are unsafe where others than root can write', () => {
    const file = (mode: number, uid = 0, gid = 0) => isWritableByOthers({ uid, gid, mode }, false);
    expect([file(0o755), file(0o775), file(0o700, 5)]).toEqual([false, false, true]);
    expect([file(0o775, 0, 5), file(0o757)]).toEqual([true, true]);
    expect(isWritableByOthers({ uid: 0, gid: 0, mode: 0o1777 }, true)).toBe(false);
    expect(isWritableByOthers({ uid: 0, gid: 0, mode: 0o777 }, true)).toBe(true);
  });

  test('in a directory that others can write are unsafe', () => {
    fs.mkdirSync(path.join(root, 'open'));
    fs.chmodSync(path.join(root, 'open'), 0o777);
    expect(programFacts(write('open/check', '#!/bin/sh\n', 0o755), '').unsafe).toBe(true);
  });
});
