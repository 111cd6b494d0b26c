/**
 * vrrp_iptables on a machine whose iptables is the legacy one: rules and ipsets of the kernel in network namespaces. The
 * expected lines are what keepalived sets where it is built with iptables.
 */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, test as anywhere, beforeEach, expect } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { createLan, ip } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';

const DEADLINE_MS = 15_000;
const ADDRESS = '10.77.0.100';
const LEGACY = '/usr/sbin/xtables-legacy-multi';
const IPSET = '/usr/sbin/ipset';
/** Of Debian packages that scripts/setup.sh asks for. */
const test = anywhere.skipIf(!existsSync(LEGACY) || !existsSync(IPSET));
const PROGRAMS = ['iptables', 'ip6tables', 'iptables-restore', 'ip6tables-restore'];

const SET_RULES = [
  '-A INPUT -m set --match-set keepalived dst -j DROP',
  '-A OUTPUT -p igmp -m set --match-set keepalived_igmp dst,dst -j DROP',
  '-A OUTPUT -m set --match-set keepalived src -j DROP',
];
const icmp6 = (chain: string, match: string, type: number, target = 'ACCEPT') =>
  `-A ${chain} -p ipv6-icmp -m set --match-set ${match} -m icmp6 --icmpv6-type ${type} -j ${target}`;
const passing = (chain: string, match: string) => [
  icmp6(chain, match, 135),
  icmp6(chain, match, 136),
  `-A ${chain} -m set --match-set ${match} -j DROP`,
];

let lan: Lan;
let directory: string;
let environment: NodeJS.ProcessEnv;
let running: RouterProcess | null = null;

beforeEach(async () => {
  lan = await createLan({ hosts: ['a', 'host'], ipv6: true });
  directory = temporaryDirectory('iptables');
  const legacy = join(directory, 'legacy');
  mkdirSync(legacy);
  for (const name of PROGRAMS) symlinkSync(LEGACY, join(legacy, name));
  environment = { PATH: `${legacy}:${process.env.PATH}` };
});

afterEach(async () => {
  await running?.kill();
  running = null;
  await lan?.destroy();
  await rm(directory, { recursive: true, force: true });
});

interface Wanted {
  readonly globals: string;
  readonly extra: string;
  readonly virtualAddresses?: readonly string[];
  readonly legacy?: boolean;
}

async function start({ globals, extra, virtualAddresses, legacy = true }: Wanted): Promise<RouterProcess> {
  const instance = instanceConfiguration({
    version: 3,
    priority: 100,
    advertInt: '0.2',
    virtualAddresses: virtualAddresses ?? [`${ADDRESS}/24`],
    extra,
  });
  const configuration = `global_defs {\n  ${globals}\n}\n${instance}`;
  running = await RouterProcess.start(lan, 'a', {
    program: relived,
    configuration,
    directory,
    environment: legacy ? environment : {},
  });
  return running;
}

async function output(...argv: readonly string[]): Promise<string[]> {
  const { stdout } = await run(lan.argv('a', [...argv]));
  return stdout.split('\n').filter((line) => line !== '');
}

/** Without the chains. */
async function rules(program: 'iptables' | 'ip6tables'): Promise<string[]> {
  return (await output(`${program}-legacy`, '-S')).filter((line) => line.startsWith('-A'));
}

async function sets(): Promise<string[]> {
  return (await output('ipset', 'list', '-n')).sort();
}

/** Members of all sets, each after its name. */
async function members(): Promise<string[]> {
  return (await output('ipset', 'save')).filter((line) => line.startsWith('add ')).sort();
}

async function untilMaster(router: RouterProcess, address = ADDRESS): Promise<void> {
  await router.waitForLog('Entering MASTER STATE');
  const what = `${address} on a`;
  await waitFor(async () => (await ip(lan, 'a', 'addr', 'show')).includes(address), {
    deadlineMs: DEADLINE_MS,
    what,
  });
}

async function answers(): Promise<boolean> {
  return run(lan.argv('host', ['ping', '-c', '1', '-W', '1', ADDRESS])).then(
    () => true,
    () => false,
  );
}

test('rules and sets of keepalived, which bar the address; what a killed daemon left is replaced; none at the end', async () => {
  const wanted = { globals: 'vrrp_iptables', extra: 'use_vmac\n  no_accept' };
  const first = await start(wanted);
  await untilMaster(first);
  expect((await rules('iptables')).sort()).toEqual([...SET_RULES].sort());
  expect(await sets()).toEqual(['keepalived', 'keepalived_igmp']);
  expect(await members()).toEqual([`add keepalived ${ADDRESS}`, 'add keepalived_igmp 0.0.0.0/0,vrrp.51']);
  expect(await output('nft', 'list', 'tables')).not.toContain('table ip keepalived');
  expect(await answers()).toBe(false);

  await first.kill();
  const second = await start(wanted);
  await untilMaster(second);
  expect((await rules('iptables')).sort()).toEqual([...SET_RULES].sort());
  expect(await members()).toEqual([`add keepalived ${ADDRESS}`, 'add keepalived_igmp 0.0.0.0/0,vrrp.51']);
  await second.stop();
  expect(await rules('iptables')).toEqual([]);
  expect(await sets()).toEqual([]);
});

test('IPv6: neighbour discovery goes through, a link-local address counts on its link', async () => {
  await waitFor(async () => (await ip(lan, 'a', '-6', 'addr', 'show', 'dev', 'eth0', '-tentative')) !== '', {
    deadlineMs: DEADLINE_MS,
    what: 'a link-local address',
  });
  const router = await start({
    globals: 'vrrp_iptables\n  vrrp_ipsets four six six_if igmp mld nd',
    extra: 'no_accept',
    virtualAddresses: ['fe80::77:100/64', '2001:db8:77::100/64'],
  });
  await untilMaster(router, '2001:db8:77::100');
  expect(await rules('ip6tables')).toEqual([
    ...passing('INPUT', 'six_if dst,src'),
    ...passing('INPUT', 'six dst'),
    ...passing('OUTPUT', 'six_if src,dst'),
    ...passing('OUTPUT', 'six src'),
  ]);
  expect(await members()).toEqual(['add six 2001:db8:77::100', 'add six_if fe80::77:100,eth0']);
  await router.stop();
  expect(await rules('ip6tables')).toEqual([]);
  expect(await sets()).toEqual([]);
});

test('without sets there are rules for each address, in the chains of the configuration only', async () => {
  await output('iptables-legacy', '-N', 'vrrp_in');
  await output('iptables-legacy', '-A', 'vrrp_in', '-d', ADDRESS, '-j', 'DROP');
  const router = await start({ globals: 'vrrp_iptables vrrp_in\n  vrrp_ipsets', extra: 'no_accept' });
  await untilMaster(router);
  // The one that was there is taken for a predecessor's.
  expect(await rules('iptables')).toEqual([`-A vrrp_in -d ${ADDRESS}/32 -j DROP`]);
  await router.stop();
  expect(await rules('iptables')).toEqual([]);
  await output('iptables-legacy', '-X', 'vrrp_in');
});

test('a chain that is not there is told, and the instance goes on', async () => {
  const router = await start({ globals: 'vrrp_iptables nowhere', extra: 'no_accept' });
  await untilMaster(router);
  await router.waitForLog('vrrp_iptables: iptables has no chain nowhere');
  await router.stop();
  expect(await sets()).toEqual([]);
});

test.each([
  ['iptables is nftables', { globals: 'vrrp_iptables', legacy: false }],
  ['nftables is configured too', { globals: 'vrrp_iptables\n  nftables' }],
])('nftables sets the rules where %s', async (_, wanted) => {
  const router = await start({ ...wanted, extra: 'no_accept' });
  await untilMaster(router);
  expect(await output('nft', 'list', 'tables')).toContain('table ip keepalived');
  expect(await sets()).toEqual([]);
  await router.stop();
  expect(await output('nft', 'list', 'tables')).not.toContain('table ip keepalived');
});
