/** IPv6 instances beside a keepalived that has the same configuration: one holder, and the LAN is told who it is. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { type Capture, capture } from '../harness/capture.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { createLan, ip } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';

const DEADLINE_MS = 15_000;
const TEST_TIMEOUT_MS = 60_000;
const LINK_LOCAL = 'fe80::100';
const GLOBALS = ['2001:db8:77::100', '2001:db8:77::101'];
const ADDRESSES = [LINK_LOCAL, ...GLOBALS];
/** As 32 digits of a frame. */
const TARGETS = [
  `fe80${'0'.repeat(24)}0100`,
  `20010db80077${'0'.repeat(16)}0100`,
  `20010db80077${'0'.repeat(16)}0101`,
];
/** Where they are in a frame without VLAN tag or extension headers. */
const NEXT_HEADER = [40, 42] as const;
const FLAGS = [116, 118] as const;
const TARGET = [124, 156] as const;
const ROUTER_AND_OVERRIDE = 'a0';

let lan: Lan;
let directory: string;

beforeAll(async () => {
  lan = await createLan({ hosts: ['a', 'b', 'host'], ipv6: true });
  directory = temporaryDirectory('ipv6');
  for (const host of ['a', 'b']) {
    await run(lan.argv(host, ['sysctl', '-q', '-w', 'net.ipv6.conf.all.forwarding=1']));
    await waitFor(
      async () => !(await ip(lan, host, '-6', 'addr', 'show', 'dev', 'eth0')).includes('tentative'),
      {
        deadlineMs: DEADLINE_MS,
        what: `the link-local address of ${host}`,
      },
    );
  }
  await ip(lan, 'host', 'addr', 'add', '2001:db8:77::9/64', 'dev', 'eth0', 'nodad');
});

afterAll(async () => {
  await lan?.destroy();
  await rm(directory, { recursive: true, force: true });
});

function start(host: 'a' | 'b', program: RouterProgram, priority: number): Promise<RouterProcess> {
  const configuration = instanceConfiguration({
    version: 3,
    priority,
    advertInt: '0.1',
    virtualAddresses: ADDRESSES.map((address) => `${address}/64`),
  });
  return RouterProcess.start(lan, host, { program, configuration, directory });
}

async function holds(host: string): Promise<boolean> {
  const text = await ip(lan, host, '-6', 'addr', 'show', 'dev', 'eth0');
  const held = ADDRESSES.filter((address) => text.includes(` ${address}/64 `));
  return held.length === ADDRESSES.length;
}

/** Until this host has every address and the other has none. */
async function waitForHolder(host: 'a' | 'b', ...routers: readonly RouterProcess[]): Promise<void> {
  const other = host === 'a' ? 'b' : 'a';
  const isSettled = async () => {
    const text = await ip(lan, other, '-6', 'addr', 'show', 'dev', 'eth0');
    return (await holds(host)) && !ADDRESSES.some((address) => text.includes(` ${address}/`));
  };
  await waitFor(isSettled, {
    deadlineMs: DEADLINE_MS,
    intervalMs: 50,
    what: `${host} alone holding the addresses`,
  }).catch((error: Error) => {
    throw new Error([error.message, ...routers.map(({ log }) => log)].join('\n'));
  });
}

function listen(): Promise<Capture> {
  return capture(lan, 'host', 'ip6 and (ip6 proto 112 or (icmp6 and ip6[40] == 136 and dst ff02::1))');
}

/** What this MAC said of each address, once it spoke of all. */
async function announcements({ frames }: Capture, mac: string): Promise<string[]> {
  const of = (target: string) =>
    frames.find(
      (frame) =>
        frame.slice(...NEXT_HEADER) === '3a' && frame.slice(...TARGET) === target && frame.includes(mac),
    );
  await waitFor(() => TARGETS.every((target) => of(target) !== undefined), {
    deadlineMs: DEADLINE_MS,
    what: `announcements from ${mac}`,
  });
  return TARGETS.map((target) => of(target) ?? '');
}

async function macOf(host: string): Promise<string> {
  const [link]: { address?: string }[] = JSON.parse(await ip(lan, host, '-j', 'link', 'show', 'dev', 'eth0'));
  return (link?.address ?? '').replaceAll(':', '');
}

/** The bytes without what has to differ: the MAC, and the checksum over it. */
function withoutMac(frame: string, mac: string): string {
  return `${frame.slice(0, 112)}....${frame.slice(116)}`.replaceAll(mac, 'mac');
}

async function answers(): Promise<void> {
  await run(lan.argv('host', ['ping', '-6', '-c', '1', '-W', '2', GLOBALS[0] ?? '']));
  await run(lan.argv('host', ['ping', '-6', '-c', '1', '-W', '2', `${LINK_LOCAL}%eth0`]));
}

test('the addresses move between ours and keepalived, both ways, with the same announcements', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const [macOfA, macOfB] = await Promise.all([macOf('a'), macOf('b')]);
  const heard = await listen();
  const theirs = await start('a', keepalived, 100);
  await waitForHolder('a', theirs);
  const fromTheirs = await announcements(heard, macOfA);

  // Ours has the higher priority and takes over at once.
  const ours = await start('b', relived, 150);
  await waitForHolder('b', ours, theirs);
  const fromOurs = await announcements(heard, macOfB);
  expect(fromOurs.map((frame) => withoutMac(frame, macOfB))).toEqual(
    fromTheirs.map((frame) => withoutMac(frame, macOfA)),
  );
  expect(fromOurs.map((frame) => frame.slice(...FLAGS))).toEqual(TARGETS.map(() => ROUTER_AND_OVERRIDE));
  await answers();

  // It says that it goes: the backup need not wait for its silence.
  await ours.stop();
  await waitForHolder('a', theirs);
  await answers();

  const again = await start('b', relived, 50);
  await again.waitForLog('Entering BACKUP STATE');
  await waitForHolder('a', theirs, again);
  await theirs.stop();
  await waitForHolder('b', again);
  await answers();
  await again.stop();
  expect(await holds('b')).toBe(false);
  await heard.stop();
});
