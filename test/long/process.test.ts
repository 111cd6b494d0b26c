/** The daemon as a process: pid files, namespace, scheduling and what systemd is told, beside Debian's keepalived. */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import {
  keepalived,
  projectCommand,
  type RouterPlace,
  type RouterProgram,
  relived,
} from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';

const instance = instanceConfiguration({
  version: 3,
  advertInt: '0.1',
  priority: 100,
  virtualAddresses: ['10.77.0.100/24'],
});

let lan: Lan;

beforeAll(async () => {
  lan = await createLan({ hosts: ['a', 'b'] });
});

const started: RouterProcess[] = [];

/** Also of a test that failed. */
afterEach(async () => {
  await Promise.all(started.splice(0).map((router) => router.stop()));
});

afterAll(() => lan?.destroy());

async function running(
  host: 'a' | 'b',
  program: RouterProgram,
  configuration: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<{ router: RouterProcess; place: RouterPlace }> {
  const places: RouterPlace[] = [];
  const seen: RouterProgram = (place) => {
    places.push(place);
    return program(place);
  };
  const directory = temporaryDirectory('process');
  const router = await RouterProcess.start(lan, host, {
    program: seen,
    configuration,
    directory,
    environment,
  });
  started.push(router);
  await router.waitForLog('Startup complete');
  const [place] = places;
  if (place === undefined) throw new Error('no place');
  return { router, place };
}

/** Of a process: its name, scheduling policy and priorities, whether memory is locked, processors, and its mask. */
function scheduling(pid: number) {
  const proc = (file: string): string => fs.readFileSync(`/proc/${pid}/${file}`, 'utf8');
  const fields = proc('stat')
    .replace(/^.*\) /, '')
    .split(' ');
  const status = proc('status');
  const of = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  return {
    nice: Number(fields[16]),
    realtime: Number(fields[37]),
    policy: Number(fields[38]),
    locked: Number.parseInt(of('VmLck'), 10) > 0,
    processors: of('Cpus_allowed_list'),
    mask: of('Umask'),
  };
}

const GLOBALS = {
  realtime: `vrrp_rt_priority 20\n  vrrp_no_swap\n  vrrp_cpu_affinity 0\n  umask 0027\n`,
  nice: 'vrrp_priority -5\n',
} as const;

describe('scheduling', { timeout: 60_000 }, () => {
  it.each(Object.keys(GLOBALS) as (keyof typeof GLOBALS)[])('is as keepalived has it: %s', async (which) => {
    const configuration = `global_defs {\n  ${GLOBALS[which]}}\n${instance}`;
    const [ours, theirs] = await Promise.all([
      running('a', relived, configuration),
      running('b', keepalived, configuration),
    ]);
    const vrrpPid = Number(fs.readFileSync(join(theirs.place.directory, 'b-vrrp.pid'), 'utf8'));
    expect(scheduling(ours.router.worker)).toEqual(scheduling(vrrpPid));
  });

  it('the process has the name that is given, and changes it with a reload', async () => {
    const named = (name: string): string => `global_defs {\n  vrrp_process_name ${name}\n}\n${instance}`;
    const { router, place } = await running('a', relived, named('first'));
    const comm = (): string => fs.readFileSync(`/proc/${router.worker}/comm`, 'utf8').trim();
    expect(comm()).toBe('first');
    fs.writeFileSync(place.configuration, named('second'));
    router.signal('SIGHUP');
    await router.waitForLog('Reload complete');
    expect(comm()).toBe('second');
  });
});

it('config_save_dir has keepalived’s files of each start and reload, for root alone', {
  timeout: 60_000,
}, async () => {
  const saves = (host: string) => join(temporaryDirectory('saves'), host);
  const directories = { a: saves('a'), b: saves('b') };
  const configuration = (host: 'a' | 'b') =>
    `global_defs {\n  config_save_dir ${directories[host]}\n}\n${instance}`;
  const names = async (host: 'a' | 'b', program: RouterProgram) => {
    const { router } = await running(host, program, configuration(host));
    const last = () => fs.readdirSync(directories[host]).some((name) => name.endsWith('.1.post'));
    router.signal('SIGHUP');
    await waitFor(last, { deadlineMs: 15_000, what: `what ${host} knew after the reload` });
    return fs.readdirSync(directories[host]).map((name) => name.replace(/\.\d+\./, '.PID.'));
  };
  const [ours, theirs] = await Promise.all([names('a', relived), names('b', keepalived)]);
  expect(ours.sort()).toEqual(theirs.sort());
  for (const name of fs.readdirSync(directories.a)) {
    const file = join(directories.a, name);
    expect([name, fs.statSync(file).mode & 0o777]).toEqual([name, 0o600]);
    expect(fs.readFileSync(file, 'utf8')).toContain(
      name.includes('.conf.') ? 'virtual_router_id 51' : 'VI_1',
    );
  }
});

describe('pid files', { timeout: 60_000 }, () => {
  it('hold the process, are readable by all, keep a second daemon away, and go with the first', async () => {
    const { router, place } = await running('a', relived, instance);
    const files = ['a-relived.pid', 'a-relived-vrrp.pid'].map((name) => join(place.directory, name));
    expect(files.map((file) => fs.readFileSync(file, 'utf8'))).toEqual([
      `${router.pid}\n`,
      `${router.worker}\n`,
    ]);
    for (const file of files) {
      expect(fs.statSync(file).mode & 0o777).toBe(0o644);
    }
    const [main = '', vrrp = ''] = files;
    const args = ['-n', '-l', '-f', place.configuration, '--journal', join(place.directory, 'other')];
    const second = await lan.exec('a', [projectCommand('relived'), ...args, '-p', main, '-r', vrrp]);
    expect([second.code, second.stderr]).toEqual([0, expect.stringContaining('daemon is already running')]);
    // keepalived's lock is the same one.
    const other = await lan.exec('a', [
      'keepalived',
      '-n',
      '-l',
      '-f',
      place.configuration,
      '-p',
      main,
      '-r',
      vrrp,
    ]);
    expect(other.stdout + other.stderr).toContain('daemon is already running');
    await router.stop();
    expect(files.map((file) => fs.existsSync(file))).toEqual([false, false]);
  });

  it('are not written through a symbolic link', async () => {
    const directory = temporaryDirectory('pid');
    const [victim, link, file] = ['victim', 'link.pid', 'k.conf'].map((name) => join(directory, name));
    fs.writeFileSync(`${victim}`, 'precious');
    fs.symlinkSync(`${victim}`, `${link}`);
    fs.writeFileSync(`${file}`, instance);
    const args = ['-n', '-f', `${file}`, '--journal', join(directory, 'journal'), '-p', `${link}`];
    const { code, stderr } = await lan.exec('a', [projectCommand('relived'), ...args], {
      allowFailure: true,
    });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/cannot write pid file .*ELOOP/)]);
    expect(fs.readFileSync(`${victim}`, 'utf8')).toBe('precious');
  });
});

describe('a network namespace', { timeout: 60_000 }, () => {
  it('is entered with every thread, and the router works there', async () => {
    const namespace = lan.namespace('a');
    // Started elsewhere: on the other host of the LAN.
    const program: RouterProgram = (place) => [...relived(place), '-s', namespace];
    const { router } = await running('b', program, instance);
    await waitFor(async () => (await lan.addresses('a')).includes('10.77.0.100'), {
      deadlineMs: 15_000,
      what: 'the address in the namespace',
    });
    expect(await lan.addresses('b')).not.toContain('10.77.0.100');
    const wanted = fs.statSync(`/run/netns/${namespace}`).ino;
    const threads = fs.readdirSync(`/proc/${router.worker}/task`);
    const where = threads.map((thread) => fs.readlinkSync(`/proc/${router.worker}/task/${thread}/ns/net`));
    expect(new Set(where)).toEqual(new Set([`net:[${wanted}]`]));
    await router.stop();
    expect(await lan.addresses('a')).not.toContain('10.77.0.100');
    expect(fs.existsSync(`/run/keepalived/${namespace}`)).toBe(false);
  });

  it('that is not there ends the start, with keepalived’s exit status 0', async () => {
    const directory = temporaryDirectory('namespace');
    const file = join(directory, 'k.conf');
    fs.writeFileSync(file, `net_namespace relived-nowhere\n${instance}`);
    const args = ['-n', '-l', '-f', file];
    const [ours, theirs] = await Promise.all([
      lan.exec('a', [projectCommand('relived'), ...args, '--journal', join(directory, 'journal')]),
      lan.exec('a', ['keepalived', ...args]),
    ]);
    expect([ours.code, theirs.code]).toEqual([0, 0]);
    const said = 'Unable to set network namespace relived-nowhere';
    expect(ours.stderr).toContain(said);
    expect(theirs.stdout + theirs.stderr).toContain(said);
  });
});

it('--dont-release-vrrp leaves the addresses where they are', { timeout: 60_000 }, async () => {
  const program: RouterProgram = (place) => [...relived(place), '-V'];
  const { router } = await running('a', program, instance);
  await waitFor(async () => (await lan.addresses('a')).includes('10.77.0.100'), {
    deadlineMs: 15_000,
    what: 'the address',
  });
  router.signal('SIGTERM');
  expect(await router.ended).toBe(0);
  expect(await lan.addresses('a')).toContain('10.77.0.100');
});
