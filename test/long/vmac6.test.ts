/** Virtual MACs of IPv6 instances, beside a keepalived that has the same configuration. */
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { type Capture, capture } from '../harness/capture.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { createLan, ip } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';

const DEADLINE_MS = 15_000;
const TEST_TIMEOUT_MS = 90_000;
const LINK_LOCAL = 'fe80::100';
const GLOBAL = '2001:db8:77::100';
const VIRTUAL_MAC = '00:00:5e:00:02:33';
const SOURCE_MAC = [12, 24] as const;
const SOURCE_ADDRESS = [44, 76] as const;

let lan: Lan;
let directory: string;

beforeEach(async () => {
  lan = await createLan({ hosts: ['a', 'b', 'host'], ipv6: true });
  directory = temporaryDirectory('vmac6');
});

afterEach(async () => {
  await lan?.destroy();
  await rm(directory, { recursive: true, force: true });
});

function start(host: 'a' | 'b', program: RouterProgram, priority: number, extra: string) {
  const configuration = instanceConfiguration({
    version: 3,
    priority,
    advertInt: '0.2',
    virtualAddresses: [`${LINK_LOCAL}/64`, `${GLOBAL}/64`],
    extra,
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

interface Address {
  readonly local: string;
  readonly prefixlen: number;
  readonly scope: string;
  readonly nodad?: boolean;
  readonly deprecated?: boolean;
  readonly preferred_life_time: number;
}

/** The macvlans of a host, with their names. */
async function devicesOf(host: string) {
  const links: Link[] = JSON.parse(await ip(lan, host, '-j', '-d', 'link', 'show'));
  return links
    .filter(({ linkinfo }) => linkinfo?.info_kind === 'macvlan')
    .map(({ ifname, address, group, flags, inet6_addr_gen_mode: generated, linkinfo }) => {
      return {
        name: ifname,
        address,
        group,
        generated,
        up: flags.includes('UP'),
        mode: linkinfo?.info_data?.mode,
      };
    });
}

/** What a device has of IPv6; its own link-local address, which depends on the host, is called `own`. */
async function addressesOf(host: string, device: string) {
  const [link]: { addr_info?: Address[] }[] = JSON.parse(
    await ip(lan, host, '-j', '-6', 'addr', 'show', 'dev', device),
  );
  const own = await linkLocalOf(host);
  return (link?.addr_info ?? [])
    .map(({ local, prefixlen, scope, nodad, deprecated, preferred_life_time }) => {
      const address = `${local === own ? 'own' : local}/${prefixlen}`;
      return { address, scope, nodad, deprecated, preferred_life_time };
    })
    .sort((one, other) => one.address.localeCompare(other.address));
}

/** Of its eth0, the virtual one apart. */
async function linkLocalOf(host: string): Promise<string> {
  const [link]: { addr_info?: Address[] }[] = JSON.parse(
    await ip(lan, host, '-j', '-6', 'addr', 'show', 'dev', 'eth0', 'scope', 'link'),
  );
  return link?.addr_info?.find(({ local }) => local !== LINK_LOCAL)?.local ?? '';
}

async function settingsOf(host: string, device: string): Promise<string[]> {
  const names = [
    'disable_ipv6',
    'accept_ra',
    'autoconf',
    'accept_dad',
    'addr_gen_mode',
    'forwarding',
    'router_solicitations',
  ];
  const paths = names.map((name) => `/proc/sys/net/ipv6/conf/${device}/${name}`);
  const { stdout } = await run(lan.argv(host, ['cat', ...paths]));
  return stdout
    .trim()
    .split('\n')
    .map((value, at) => `${names[at]} ${value}`);
}

/** What keepalived 2.2.7 has not yet: reports of the first version of MLD, and no word of the base's address. */
const LATER_SETS = /\tset (?:parent_link_local|mld-report) \{[\s\S]*?\n\t\}\n/g;
const LATER_RULE = /\t.* @parent_link_local drop\n/g;

/** The tables of nftables, a line each in an order of their own, as far as every keepalived has them. */
async function rulesOf(host: string): Promise<string[]> {
  const { stdout } = await run(lan.argv(host, ['nft', 'list', 'ruleset']));
  return stdout
    .replaceAll(LATER_SETS, '')
    .replaceAll(LATER_RULE, '')
    .replaceAll('@mld-report', 'mld2-listener-report')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '}')
    .sort();
}

async function held(host: string): Promise<string[]> {
  const text = await ip(lan, host, '-6', '-o', 'addr', 'show');
  return [LINK_LOCAL, GLOBAL].filter((address) => text.includes(` ${address}/64`));
}

async function waitUntilHeld(host: string, router: RouterProcess): Promise<void> {
  await waitFor(async () => (await held(host)).length === 2, {
    deadlineMs: DEADLINE_MS,
    intervalMs: 50,
    what: `${host} holding the addresses`,
  }).catch((error: Error) => {
    throw new Error(`${error.message}\n${router.log}`);
  });
}

/** Something that one frame has and another has not. */
async function oneOf(heard: Capture, wanted: (frame: string) => boolean, what: string): Promise<string> {
  await waitFor(() => heard.frames.some(wanted), { deadlineMs: DEADLINE_MS, what });
  return heard.frames.find(wanted) ?? '';
}

/** What one router does as the only master and after its end. */
async function observe(host: 'a' | 'b', program: RouterProgram, extra: string) {
  const heard = await capture(lan, 'host', 'ip6 and (ip6 proto 112 or icmp6[0] == 136)');
  const router = await start(host, program, 150, extra);
  await waitUntilHeld(host, router);
  const advert = await oneOf(heard, (frame) => frame.slice(40, 42) === '70', 'an advert');
  const announcements = await Promise.all(
    [`fe80${'0'.repeat(24)}0100`, `20010db80077${'0'.repeat(16)}0100`].map((target) =>
      oneOf(
        heard,
        (frame) => frame.slice(40, 42) === '3a' && frame.slice(124, 156) === target,
        `NA of ${target}`,
      ),
    ),
  );
  const [device] = await devicesOf(host);
  const own = await linkLocalOf(host);
  const sourceIsOwn = advert.slice(...SOURCE_ADDRESS) === hexOf(own);
  const ownMac = await macOf(host);
  const seen = {
    device,
    addresses: device === undefined ? [] : await addressesOf(host, device.name),
    ofBase: await addressesOf(host, 'eth0'),
    settings: device === undefined ? [] : await settingsOf(host, device.name),
    rules: await rulesOf(host),
    advert: {
      from: advert.slice(...SOURCE_MAC) === ownMac ? 'base' : advert.slice(...SOURCE_MAC),
      sourceIsOwn,
      vrrp: advert.slice(108, 120),
    },
    announcements,
  };
  await router.stop();
  await heard.stop();
  expect(await devicesOf(host)).toEqual([]);
  expect(await rulesOf(host)).toEqual([]);
  expect(await held(host)).toEqual([]);
  return seen;
}

async function macOf(host: string): Promise<string> {
  const [link]: Link[] = JSON.parse(await ip(lan, host, '-j', 'link', 'show', 'dev', 'eth0'));
  return (link?.address ?? '').replaceAll(':', '');
}

/** A link-local address as the 32 digits of a frame. */
function hexOf(linkLocal: string): string {
  const groups = linkLocal
    .slice('fe80::'.length)
    .split(':')
    .map((group) => group.padStart(4, '0'));
  return `fe80${groups.join('').padStart(28, '0')}`;
}

/** How often an address is asked for: one that has just been set may not answer yet. */
const MOST_QUESTIONS = 5;

/** The MAC of an address as others believe it to be; '' if nobody answers. */
async function neighbourMac(address: string): Promise<string> {
  await ip(lan, 'host', '-6', 'neigh', 'flush', 'dev', 'eth0');
  for (let question = 0; question < MOST_QUESTIONS; question += 1) {
    const answers = run(lan.argv('host', ['ping', '-6', '-c', '1', '-W', '1', `${address}%eth0`]));
    await answers.catch(() => null);
    const entries: { lladdr?: string }[] = JSON.parse(
      await ip(lan, 'host', '-j', '-6', 'neigh', 'show', address, 'dev', 'eth0'),
    );
    const found = entries[0]?.lladdr;
    if (found !== undefined) return found;
  }
  return '';
}

test.each([
  ['use_vmac', 'use_vmac'],
  ['use_vmac and no_accept', 'use_vmac\n  no_accept'],
  ['vmac_xmit_base', 'use_vmac\n  vmac_xmit_base'],
  ['a name and a MAC', 'use_vmac six 02:00:00:00:06:06'],
])(
  '%s: device, addresses, settings, rules, adverts and announcements are those of keepalived',
  {
    timeout: TEST_TIMEOUT_MS,
  },
  async (_, extra) => {
    const theirs = await observe('a', keepalived, extra);
    const ours = await observe('b', relived, extra);
    expect(ours).toEqual(theirs);
  },
);

test.each([
  ['use_vmac', 'use_vmac'],
  ['vmac_xmit_base', 'use_vmac\n  vmac_xmit_base'],
])(
  '%s: the addresses and their MAC move between ours and keepalived',
  {
    timeout: TEST_TIMEOUT_MS,
  },
  async (_, extra) => {
    const theirs = await start('a', keepalived, 150, extra);
    await waitUntilHeld('a', theirs);
    const ours = await start('b', relived, 100, extra);
    await ours.waitForLog('Entering BACKUP STATE');
    expect(await neighbourMac(LINK_LOCAL)).toBe(VIRTUAL_MAC);

    await theirs.kill();
    await ip(lan, 'a', 'link', 'del', (await devicesOf('a'))[0]?.name ?? '');
    await waitUntilHeld('b', ours);
    expect(await neighbourMac(LINK_LOCAL)).toBe(VIRTUAL_MAC);

    const again = await start('a', keepalived, 150, extra);
    await waitUntilHeld('a', again);
    await waitFor(async () => (await held('b')).length === 0, {
      deadlineMs: DEADLINE_MS,
      what: 'ours gives up',
    });
    expect(await neighbourMac(LINK_LOCAL)).toBe(VIRTUAL_MAC);
    await ours.stop();
    await again.stop();

    const first = await start('b', relived, 150, extra);
    await waitUntilHeld('b', first);
    const backup = await start('a', keepalived, 100, extra);
    await backup.waitForLog('Entering BACKUP STATE');
    expect(await held('a')).toEqual([]);
    await first.stop();
    await waitUntilHeld('a', backup);
    expect(await held('b')).toEqual([]);
    expect(await neighbourMac(LINK_LOCAL)).toBe(VIRTUAL_MAC);
  },
);
