/** A start that cannot succeed: one clear line, the right exit status, and nothing changed on the machine. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { projectCommand, relived } from '../../src/lab/routers.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';

const directory = temporaryDirectory('start');
let lan: Lan;

beforeAll(async () => {
  lan = await createLan({ hosts: ['a'] });
});

afterAll(() => lan?.destroy());

const instance = (line: string) => `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 255
  ${line}
  virtual_ipaddress {
    10.77.0.100/24
  }
}
`;

async function start(text: string, ...more: readonly string[]) {
  const file = join(directory, 'keepalived.conf');
  await writeFile(file, text);
  return startWith('-f', file, ...more);
}

async function startWith(...args: readonly string[]) {
  const before = await lan.addresses('a');
  const journal = ['--journal', join(directory, 'journal'), '--control', join(directory, 'control.sock')];
  const pidFiles = ['-p', join(directory, 'main.pid'), '-r', join(directory, 'vrrp.pid')];
  const command = [projectCommand('relived'), '-n', '-l', ...journal, ...pidFiles, ...args];
  const result = await lan.exec('a', command, { allowFailure: true });
  expect(await lan.addresses('a')).toEqual(before);
  return result;
}

describe('a configuration with errors', () => {
  const broken = instance('virtual_router_id 0\n  interfase eth1\n  advert_int x');

  it('reports every one with its place and exits 2', async () => {
    const { code, stderr } = await start(`${broken}vrrp_sync_group G {\n  group { VI_1 }\n}\n`);
    expect(code).toBe(2);
    for (const line of [5, 6, 7, 12]) expect(stderr).toMatch(new RegExp(`Line ${line}\\)`));
    expect(stderr).toMatch(/did you mean.*interface/i);
  });

  it('exits 2 with reload_check_config for what is a warning otherwise', async () => {
    const checked = `global_defs {\n  reload_check_config ${join(directory, 'check')}\n}\n`;
    const { code, stderr } = await start(`${checked}${instance('frobnicate')}`);
    expect(code).toBe(2);
    expect(stderr).toMatch(/Line 8\)/);
  });

  it('exits 5 under -t, and 0 for a clean one', async () => {
    expect((await start(broken, '-t')).code).toBe(5);
    const clean = await start(instance(''), '-t');
    expect([clean.code, clean.stderr]).toEqual([0, '']);
  });
});

it('exits 6 without a configuration file and 4 under -t', async () => {
  expect((await startWith('-f', join(directory, 'none.conf'))).code).toBe(6);
  expect((await startWith('-f', join(directory, 'none.conf'), '-t')).code).toBe(4);
});

it('exits 2 and names an interface that does not exist', async () => {
  const { code, stderr } = await start(instance('').replace('eth0', 'eth9'));
  expect(code).toBe(2);
  expect(stderr).toContain("error: there is no interface 'eth9' [bad-interface]");
});

it('exits 4 without the privilege to open raw sockets', async () => {
  const file = join(directory, 'keepalived.conf');
  await writeFile(file, instance(''));
  const command = [projectCommand('relived'), '-n', '-f', file, '--journal', join(directory, 'journal')];
  const unprivileged = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', ...command];
  const { code, stderr } = await lan.exec('a', unprivileged, { allowFailure: true });
  expect(stderr).toMatch(/^relived: not allowed to open raw sockets.*\n$/);
  expect(code).toBe(4);
});

it('exits 1 if the journal has no place', async () => {
  const nowhere = await start(instance(''), '--journal', join(directory, 'no', 'such', 'journal'));
  expect(nowhere.code).toBe(1);
  expect(nowhere.stderr).toMatch(/^relived: journal directory .*no\/such does not exist\n$/);
  const file = await start(instance(''), '--journal', join(directory, 'keepalived.conf'));
  expect([file.code, file.stderr]).toEqual([1, expect.stringMatching(/is not a directory\n$/)]);
});

it('exits 1 and names an option that it does not know', async () => {
  const { code, stderr } = await startWith('--no-such-option');
  expect([code, stderr]).toEqual([1, 'Unknown option --no-such-option\n']);
});

it('refuses a control socket or a journal that another daemon has', async () => {
  const configuration = instance('').replace('255', '100');
  const first = await RouterProcess.start(lan, 'a', { program: relived, configuration, directory });
  const { control, journal } = first.files;
  try {
    await first.waitForLog('Startup complete');
    const sameControl = await start(instance(''), '--control', control);
    expect([sameControl.code, sameControl.stderr]).toEqual([
      1,
      `relived: another relived answers on ${control}\n`,
    ]);
    const sameJournal = await start(instance(''), '--journal', journal);
    expect([sameJournal.code, sameJournal.stderr]).toEqual([
      1,
      `relived: another relived writes the journal ${journal}\n`,
    ]);
  } finally {
    await first.stop();
  }
});
