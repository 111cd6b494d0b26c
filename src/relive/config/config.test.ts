import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../test/harness/leftovers.ts';
import { instance as instanceOnEth0 } from '../../config/config.fixture.ts';
import { machineEnvironment } from '../../host/environment.ts';
import { peacefulPair } from '../story.fixture.ts';

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const RELIVE = join(import.meta.dirname, '..', 'main.ts');
const RELIVED = join(import.meta.dirname, '..', '..', 'daemon', 'main.ts');

const directory = temporaryDirectory('config');
/** As bin/relive has it: many short processes of the same modules. */
const env = { ...process.env, NODE_COMPILE_CACHE: join(directory, 'cache') };

async function run(program: string, ...args: readonly string[]): Promise<Run> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], { env });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Run;
    return { code, stdout, stderr };
  }
}

function file(name: string, text: string): string {
  const path = join(directory, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Of this machine: the files are judged on it. */
const INTERFACE = [...(machineEnvironment({ configId: null }).interfaces ?? [])].find(
  (name) => name !== 'lo',
);
const instance = (more = '', on = INTERFACE ?? 'lo'): string => instanceOnEth0(more).replace('eth0', on);

const A = file('a.conf', instance('priority 150'));
const B = file('b.conf', instance('priority 100\nadvert_int 2'));
const CLEAN = file('clean.conf', '');
const BROKEN = file('broken.conf', 'vrrp_instance A {\ninterface eth0\nvirtual_router_id\n}\n');

describe('relive config show', () => {
  it('prints what can be read again', async () => {
    const { code, stdout } = await run(RELIVE, 'config', 'show', A);
    expect(code).toBe(0);
    expect(stdout).toContain('    priority 150\n');
    const again = await run(RELIVE, 'config', 'show', file('again.conf', stdout));
    expect(again.stdout).toBe(stdout);
  });

  it('prints data', async () => {
    const { stdout } = await run(RELIVE, 'config', 'show', '-o', 'json', '--changed', A);
    expect(JSON.parse(stdout)).toMatchObject({ vrrp_instance: [{ name: 'VI_1', priority: 150 }] });
  });

  it('knows its blocks', async () => {
    const { code, stderr } = await run(RELIVE, 'config', 'show', '--block', 'vrrp_instanc', A);
    expect(code).toBe(2);
    expect(stderr).toContain("did you mean 'vrrp_instance'?");
  });

  it('says what is wrong with a file that cannot be used', async () => {
    const { code, stderr } = await run(RELIVE, 'config', 'show', BROKEN);
    expect(code).toBe(2);
    expect(stderr).toContain('[missing-parameter]');
  });

  it('judges the file on this machine unless told that it is of another one', async () => {
    const foreign = file('foreign.conf', instance('', 'no-such-if0'));
    const here = await run(RELIVE, 'config', 'show', foreign);
    expect(here.code).toBe(4);
    expect(here.stderr).toContain('[bad-interface]');
    expect(here.stderr).toContain('--no-host');
    expect((await run(RELIVE, 'config', 'show', '--no-host', foreign)).code).toBe(0);
  });

  it('takes names of realms as they are where those of the machine are not known', async () => {
    const realms = file('realms.conf', 'static_routes {\n192.0.2.0/24 dev eth0 realms here/there\n}\n');
    const { stdout } = await run(RELIVE, 'config', 'show', '--no-host', '--changed', realms);
    expect(stdout).toContain('192.0.2.0/24 dev eth0 realms here/there\n');
  });
});

describe('relive config lint', () => {
  it('has nothing to say of an empty file', async () => {
    const { code, stdout } = await run(RELIVE, 'config', 'lint', CLEAN);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'nothing found\n' });
  });

  it('ends with 1 and says who holds what', async () => {
    const { code, stdout } = await run(RELIVE, 'config', 'lint', A, B);
    expect(code).toBe(1);
    expect(stdout).toContain('[interval-differs]');
    expect(stdout).toMatch(/^192\.0\.2\.10 +51 +a\.conf \(150\) +b\.conf \(100\)$/m);
  });

  it('ends as a test does if the file is wrong', async () => {
    expect((await run(RELIVE, 'config', 'lint', BROKEN)).code).toBe(2);
    expect((await run(RELIVE, 'config', 'lint', join(directory, 'none.conf'))).code).toBe(4);
    expect((await run(RELIVE, 'config', 'lint', file('unknown.conf', 'foo bar\n'))).code).toBe(5);
  });

  it('prints data', async () => {
    const { stdout } = await run(RELIVE, 'config', 'lint', '-o', 'json', '--allow', 'no-tracker', BROKEN);
    const [first] = JSON.parse(stdout) as { line: number }[];
    expect(Object.keys(first ?? {})).toEqual([
      'severity',
      'code',
      'file',
      'line',
      'column',
      'endColumn',
      'message',
      'suggestion',
      'unsupported',
    ]);
  });

  it('judges one file on this machine, those of several nodes on none', async () => {
    const foreign = file('foreign.conf', instance('', 'no-such-if0'));
    const script = file('script.conf', instance('notify_master /no/such/script'));
    expect((await run(RELIVE, 'config', 'lint', foreign)).code).toBe(4);
    expect((await run(RELIVE, 'config', 'lint', script)).stdout).toContain('[script-not-found]');
    const none = [
      ['--no-host', script],
      ['--no-host', foreign],
      [foreign, script],
    ];
    for (const args of none) {
      const { code, stdout } = await run(RELIVE, 'config', 'lint', ...args);
      expect(code).toBeLessThan(2);
      expect(stdout).not.toMatch(/bad-interface|script-not-found/);
    }
  });

  it('lists its rules', async () => {
    expect((await run(RELIVE, 'config', 'lint', '--rules')).stdout).toContain('no-tracker');
    expect((await run(RELIVE, 'config', 'lint')).code).toBe(2);
  });
});

describe('relive config diff', () => {
  it('ends as diff does', async () => {
    expect((await run(RELIVE, 'config', 'diff', A, A)).code).toBe(0);
    expect((await run(RELIVE, 'config', 'diff', A, BROKEN)).code).toBe(2);
    const { code, stdout } = await run(RELIVE, 'config', 'diff', A, B);
    expect(code).toBe(1);
    expect(stdout).toContain('priority: 150 -> 100');
    expect(stdout).toContain('1 kept, 1 changed, 0 added, 0 removed');
  });

  it('prints data', async () => {
    const { stdout } = await run(RELIVE, 'config', 'diff', '-o', 'json', A, B);
    expect(JSON.parse(stdout)).toMatchObject({
      refused: [],
      actors: [{ change: 'kept' }, { change: 'changed' }],
    });
  });
});

describe('completion', () => {
  const bash = async (script: string): Promise<string> => {
    const { stdout } = await promisify(execFile)('bash', ['-c', script]);
    return stdout;
  };

  it('completes commands, options, choices and blocks in bash', async () => {
    const { stdout } = await run(RELIVE, 'completion', 'bash');
    const path = file('completion.bash', stdout);
    const complete = (...words: readonly string[]): Promise<string> => {
      const list = words.map((word) => `'${word}'`).join(' ');
      return bash(
        `source ${path}; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _relived; printf '%s\\n' "\${COMPREPLY[@]}"`,
      );
    };
    expect(await complete('relive', 'conf')).toBe('config\n');
    expect(await complete('relive', 'config', 'li')).toBe('lint\n');
    expect(await complete('relive', 'config', 'show', '--ch')).toBe('--changed\n');
    expect(await complete('relive', 'config', 'show', '-o', 'j')).toBe('json\n');
    expect(
      await complete('relive', 'config', 'show', '--block', 'vrrp_instance/virtual_ipaddress'),
    ).toContain('vrrp_instance/virtual_ipaddress\n');
    expect(await complete('relive', 'at', '@la')).toBe('@last-failover\n');
    expect(await complete('relive', 'log', '--since', '@b')).toBe('@boot\n');
    expect(await complete('relived', '--config-t')).toBe('--config-test\n');
  });

  it('asks the journals that are named for instances', async () => {
    const pair = peacefulPair();
    await Promise.all([pair.r1.end(), pair.r2.end()]);
    const { stdout } = await run(RELIVE, 'completion', 'bash');
    const program = file('relive', `#!/bin/sh\nexec ${process.execPath} ${RELIVE} "$@"\n`);
    chmodSync(program, 0o755);
    const words = `'${program}' log -j '${pair.r1.journal}' -i V`;
    const script = `COMP_WORDS=(${words}); COMP_CWORD=5; _relived; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(await bash(`source ${file('completion.bash', stdout)}; ${script}`)).toBe('VI_1\n');
    pair.story.remove();
  });

  it('is a script for zsh', async () => {
    const { code, stdout } = await run(RELIVE, 'completion', 'zsh');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^#compdef relive relived\n/);
  });

  it('knows keywords', async () => {
    const { stdout } = await run(RELIVE, 'config', 'keywords', 'vrrp_instance', '-o', 'json');
    const { vrrp_instance } = JSON.parse(stdout) as { vrrp_instance: { keyword: string }[] };
    expect(vrrp_instance.map(({ keyword }) => keyword)).toContain('advert_int');
  });
});

describe('relived -t', () => {
  const test = (...args: readonly string[]): Promise<Run> => run(RELIVED, ...args);

  it('ends as keepalived does', async () => {
    expect((await test('-t', '-f', A)).code).toBe(0);
    expect((await test('-t', '-f', BROKEN)).code).toBe(2);
    expect((await test('-t', '-f', join(directory, 'none.conf'))).code).toBe(4);
  });

  it('prints data', async () => {
    const { stdout, code } = await test('-t', '-o', 'json', '-f', CLEAN);
    expect({ stdout, code }).toEqual({ stdout: '[]\n', code: 0 });
  });

  it('appends its report to a file', async () => {
    const log = file('test.log', 'before\n');
    expect((await test(`--config-test=${log}`, '-f', BROKEN)).stderr).toBe('');
    expect(readFileSync(log, 'utf8')).toMatch(/^before\n.*\[missing-parameter\]/s);
  });

  it('writes through no symbolic link', async () => {
    const link = join(directory, 'link.log');
    symlinkSync(file('target.log', ''), link);
    const { code, stderr } = await test(`--config-test=${link}`, '-f', BROKEN);
    expect(code).toBe(1);
    expect(stderr).toContain('cannot write the report');
    expect(readFileSync(join(directory, 'target.log'), 'utf8')).toBe('');
  });

  it('says at its end what a valid file asks for in vain', async () => {
    const valid = file('valid.conf', `global_defs {\n  enable_dbus\n}\n${instance('')}`);
    const { code, stderr } = await test('-t', '-f', valid);
    expect(code).toBe(0);
    expect(stderr).toMatch(/relived: the configuration is valid, but relived will leave .* undone.*\n$/);
  });
});
