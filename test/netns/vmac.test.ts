/** Virtual MACs and the firewall that goes with them, on a LAN with a keepalived that has the same configuration. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { capture } from '../harness/capture.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { createLan, ip } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';

const DEADLINE_MS = 15_000;
const TEST_TIMEOUT_MS = 60_000;
const ADDRESS = '10.77.0.100';
const DEVICE = 'vrrp.51';
const VIRTUAL_MAC = '00:00:5e:00:01:33';

let lan: Lan;
let directory: string;

beforeAll(async () => {
  lan = await createLan({ hosts: ['a', 'b', 'host'] });
  directory = temporaryDirectory('vmac');
});

afterAll(async () => {
  await lan?.destroy();
  await rm(directory, { recursive: true, force: true });
});

function start(host: 'a' | 'b', program: RouterProgram, priority: number): Promise<RouterProcess> {
  const configuration = instanceConfiguration({
    version: 3,
    priority,
    advertInt: '0.2',
    virtualAddresses: [`${ADDRESS}/24`],
    extra: 'use_vmac\n  no_accept',
  });
  return RouterProcess.start(lan, host, { program, configuration, directory });
}

interface Link {
  readonly ifname: string;
  readonly address: string;
  readonly group: string;
  readonly flags: readonly string[];
  readonly inet6_addr_gen_mode?: string;
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: { readonly mode?: string } };
}

/** What the host has under the name of the device; null if it has none. */
async function deviceOf(host: string) {
  const links: Link[] = JSON.parse(await ip(lan, host, '-j', '-d', 'link', 'show'));
  const found = links.find(({ ifname }) => ifname === DEVICE);
  if (found === undefined) return null;
  const { address, group, flags, inet6_addr_gen_mode: generated, linkinfo } = found;
  return {
    address,
    group,
    generated,
    up: flags.includes('UP'),
    kind: linkinfo?.info_kind,
    data: linkinfo?.info_data?.mode,
  };
}

async function settingsOf(host: string, ...paths: readonly string[]): Promise<string[]> {
  const { stdout } = await run(lan.argv(host, ['cat', ...paths.map((path) => `/proc/sys/net/${path}`)]));
  return stdout.trim().split('\n');
}

const OF_BASE = ['ipv4/conf/eth0/arp_ignore', 'ipv4/conf/eth0/arp_filter'];
const OF_DEVICE = ['arp_ignore', 'arp_filter', 'accept_local', 'rp_filter', 'promote_secondaries'].map(
  (name) => `ipv4/conf/${DEVICE}/${name}`,
);

/** The tables of nftables, a line each, in an order of their own. */
async function rulesOf(host: string): Promise<string[]> {
  const { stdout } = await run(lan.argv(host, ['nft', 'list', 'ruleset']));
  return stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '}')
    .sort();
}

async function holds(host: string): Promise<boolean> {
  if ((await deviceOf(host)) === null) return false;
  return (await ip(lan, host, '-4', 'addr', 'show', 'dev', DEVICE)).includes(`${ADDRESS}/24`);
}

async function waitUntilHeld(host: string, router: RouterProcess): Promise<void> {
  const what = `${host} holding the address`;
  await waitFor(() => holds(host), { deadlineMs: DEADLINE_MS, intervalMs: 50, what }).catch(
    (error: Error) => {
      throw new Error(`${error.message}\n${router.log}`);
    },
  );
}

/** What the others believe the MAC of the address to be, once they have asked. Nobody answers to anything else. */
async function neighbour(): Promise<{ readonly mac: string; readonly answers: boolean }> {
  await ip(lan, 'host', 'neigh', 'flush', 'dev', 'eth0');
  const answers = await run(lan.argv('host', ['ping', '-c', '1', '-W', '1', ADDRESS])).then(
    () => true,
    () => false,
  );
  const [entry] = JSON.parse(await ip(lan, 'host', '-j', 'neigh', 'show', ADDRESS)) as { lladdr?: string }[];
  return { mac: entry?.lladdr ?? '', answers };
}

test('device, settings, rules and frames are those of keepalived, through a failover', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const theirs = await start('a', keepalived, 150);
  await waitUntilHeld('a', theirs);
  const ours = await start('b', relived, 100);
  await waitFor(async () => (await deviceOf('b'))?.up === true, {
    deadlineMs: DEADLINE_MS,
    what: 'our device',
  });
  expect(await deviceOf('b')).toEqual(await deviceOf('a'));
  expect(await deviceOf('b')).toMatchObject({ kind: 'macvlan', data: 'private', address: VIRTUAL_MAC });
  expect(await settingsOf('b', ...OF_BASE, ...OF_DEVICE)).toEqual(
    await settingsOf('a', ...OF_BASE, ...OF_DEVICE),
  );
  expect(await neighbour()).toEqual({ mac: VIRTUAL_MAC, answers: false });

  const theirRules = await rulesOf('a');
  await theirs.stop();
  await waitUntilHeld('b', ours);
  const heard = await capture(lan, 'host', 'ip proto 112');
  await waitFor(() => heard.frames.length > 0, { deadlineMs: DEADLINE_MS, what: 'an advert' });
  await heard.stop();
  expect(heard.frames[0]?.slice(12, 24)).toBe(VIRTUAL_MAC.replaceAll(':', ''));
  expect(await neighbour()).toEqual({ mac: VIRTUAL_MAC, answers: false });
  expect(await rulesOf('b')).toEqual(theirRules);

  await ours.stop();
  expect(await deviceOf('b')).toBeNull();
  expect(await rulesOf('b')).toEqual([]);
  expect(await settingsOf('b', ...OF_BASE)).toEqual(['0', '0']);
});

test('a device that somebody deletes is made again, and what a killed daemon left is used', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const first = await start('b', relived, 100);
  await waitUntilHeld('b', first);
  await ip(lan, 'b', 'link', 'del', DEVICE);
  await first.waitForLog('Entering FAULT STATE');
  await waitUntilHeld('b', first);

  await first.kill();
  expect(await deviceOf('b')).not.toBeNull();
  const second = await start('b', relived, 100);
  await second.waitForLog('Entering MASTER STATE');
  await waitUntilHeld('b', second);
  expect(await neighbour()).toEqual({ mac: VIRTUAL_MAC, answers: false });
  await second.stop();
  expect(await deviceOf('b')).toBeNull();
  expect(await rulesOf('b')).toEqual([]);
});
