import { describe, expect, test } from 'vitest';
import { FILE, instance, memoryFiles } from '../config.fixture.ts';
import { configTestExitCode } from '../diagnostics.ts';
import { type Environment, UNKNOWN_ENVIRONMENT } from '../environment.ts';
import { readConfig } from '../read.ts';

const USERS: Readonly<Record<string, number>> = { root: 0, keepalived_script: 500 };

function machine(users = USERS): Environment {
  const facts = (executable: boolean, unsafe: boolean) => (path: string) => ({ path, executable, unsafe });
  const programs = new Map([
    ['/bin/safe', facts(true, false)],
    ['/tmp/unsafe', facts(true, true)],
    ['/etc/passwd', facts(false, false)],
  ]);
  const id = (name: string): number | null => (Object.hasOwn(users, name) ? (users[name] ?? null) : null);
  return {
    ...UNKNOWN_ENVIRONMENT,
    user: (name) => {
      const uid = id(name);
      return uid === null ? null : { uid, gid: uid };
    },
    group: id,
    program: (command) =>
      programs.get(command)?.(command) ?? { path: null, executable: false, unsafe: false },
  };
}

const STANDING = new Set(['unsupported-keyword', 'no-effect']);

function judge(text: string, environment = machine()) {
  const { config, diagnostics } = readConfig(FILE, memoryFiles({ [FILE]: text }), environment);
  const codes = diagnostics.map(({ code }) => code).filter((code) => !STANDING.has(code));
  return { tree: config?.tree, codes, status: configTestExitCode(diagnostics) };
}

const globals = (lines: string): string => `global_defs {\n${lines}\n}\n`;
const SECURE = globals('enable_script_security\nscript_user root');
const notify = (script: string): string => instance(`notify_master ${script}`);
const tracked = (script: string): string =>
  `vrrp_script c {\nscript ${script}\n}\n${instance('track_script {\nc\n}')}`;

describe('without enable_script_security', () => {
  test('any script is a breach', () => {
    expect(judge(notify('/bin/safe'))).toMatchObject({ codes: ['script-security'], status: 6 });
    expect(judge(globals('startup_script /bin/safe'))).toMatchObject({
      codes: ['script-security'],
      status: 6,
    });
    expect(judge(tracked('/bin/safe'))).toMatchObject({ codes: ['script-security'], status: 6 });
  });

  test('it is said once, and for each that others can write', () => {
    const text = globals('script_user root') + instance('notify_master /tmp/unsafe\nnotify_backup /bin/safe');
    expect(judge(text)).toMatchObject({ codes: ['script-security', 'script-security'], status: 6 });
  });

  test('a notification script that is not there is left out, and passes the test', () => {
    const { tree, codes, status } = judge(notify('/bin/none'));
    expect([codes, status]).toEqual([['script-not-found'], 0]);
    expect(tree?.vrrp_instance[0]?.notify_master).toBeNull();
  });

  test('one that is there and cannot be run is left out, and a breach all the same', () => {
    const { tree, codes, status } = judge(notify('/etc/passwd'));
    expect([codes, status]).toEqual([['script-not-found', 'script-security'], 6]);
    expect(tree?.vrrp_instance[0]?.notify_master).toBeNull();
  });

  test('scripts that no process would look at are no breach', () => {
    expect(judge(globals('notify_fifo_script /bin/safe'))).toMatchObject({ codes: [], status: 0 });
    const fifo = globals('lvs_notify_fifo_script /bin/safe');
    expect(judge(fifo + instance()).codes).toEqual([]);
    expect(judge(globals('vrrp_notify_fifo_script /bin/safe') + instance()).codes).toEqual([
      'script-security',
    ]);
  });

  test('a file that is looked at and not run is none', () => {
    expect(judge(tracked('"</dev/tcp/127.0.0.1/80"')).codes).toEqual([]);
  });

  test('nothing is said of a machine that is not known', () => {
    expect(judge(notify('/bin/none'), UNKNOWN_ENVIRONMENT).codes).toEqual([]);
  });
});

describe('with enable_script_security', () => {
  test('safe scripts are fine', () => {
    expect(
      judge(SECURE + notify('/bin/safe') + tracked('/bin/safe').replaceAll('VI_1', 'B').replace('51', '52')),
    ).toMatchObject({
      codes: [],
      status: 0,
    });
  });

  test('one that others can write is left out if it would run as root', () => {
    expect(judge(SECURE + notify('/tmp/unsafe'))).toMatchObject({ codes: ['script-unsafe'], status: 0 });
    expect(judge(SECURE + notify('/tmp/unsafe keepalived_script')).codes).toEqual([]);
    expect(judge(globals('enable_script_security') + notify('/tmp/unsafe')).codes).toEqual([]);
  });

  test('a script that is tracked takes its trackers with it', () => {
    for (const script of ['/tmp/unsafe', '/bin/none']) {
      const { tree, codes, status } = judge(SECURE + tracked(script));
      expect(codes[0]).toBe('script-disabled');
      expect([tree?.vrrp_script, tree?.vrrp_instance[0]?.track_script]).toEqual([[], []]);
      expect(status).toBe(5);
    }
  });

  test('a checker without its program is left out, and passes the test', () => {
    const checker = 'MISC_CHECK {\nmisc_path /bin/none\n}';
    const service = `virtual_server 192.0.2.1 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\nreal_server 192.0.2.2 80 {\n${checker}\n}\n}`;
    expect(judge(SECURE + service)).toMatchObject({ codes: ['script-not-found'], status: 0 });
  });

  test('somebody must run them', () => {
    expect(
      judge(globals('enable_script_security') + notify('/bin/safe'), machine({ root: 0 })),
    ).toMatchObject({
      codes: ['unknown-user'],
      status: 5,
    });
  });
});

test('users and groups must exist', () => {
  expect(judge(SECURE + notify('/bin/safe nobody'))).toMatchObject({ codes: ['notify-user'], status: 0 });
  expect(judge(SECURE + notify('/bin/safe root wheel'))).toMatchObject({ codes: ['notify-user'], status: 0 });
  expect(judge(globals('script_user nobody'))).toMatchObject({ codes: ['unknown-user'], status: 5 });
  expect(judge(globals('script_user root wheel'))).toMatchObject({ codes: ['unknown-user'], status: 5 });
  expect(judge(globals('notify_fifo /run/f nobody'))).toMatchObject({ codes: ['notify-user'], status: 0 });
});

test('notify_deleted without a script that can be run still says which state is reported', () => {
  const source = memoryFiles({ [FILE]: SECURE + instance('notify_deleted /none') });
  const { config } = readConfig(FILE, source, machine());
  expect(config?.tree.vrrp_instance[0]?.notify_deleted).toBe(true);
});
