/** When and how a new master tells the LAN where its addresses are, beside keepalived doing the same. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { type Capture, capture } from '../harness/capture.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { createLan, withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { buildAddon, closeKernel, type RemoteKernel, startKernel } from '../harness/remote-kernel.ts';
import { RouterProcess } from '../harness/router.ts';

const DEADLINE_MS = 12_000;
/** Far above what a loaded machine makes of a timer, far below a second, which is what the schedule counts in. */
const TOLERANCE_MS = 450;
const TEST_TIMEOUT_MS = 40_000;

/** A burst of two rounds over two addresses, a second one a second later, and then a round every second. */
const DUE_MS = [0, 0, 0, 0, 1_000, 1_000, 1_000, 1_000, 2_000, 2_000, 3_000, 3_000];
/** keepalived 2.4.3 counts the first repetition from the second burst, 2.2.7 from the first: it is not compared. */
const COMPARED = 8;

const configurationWith = (more: string): string =>
  instanceConfiguration({
    version: 3,
    priority: 200,
    state: 'MASTER',
    advertInt: '0.1',
    virtualAddresses: ['10.77.0.100/24', '10.77.0.101/24'],
    extra: `garp_master_delay 1\n  garp_master_repeat 2\n${more}`,
  });

interface Heard {
  /** Last byte of the address. */
  readonly address: number;
  readonly atMs: number;
}

/** What a host of the LAN hears, beginning with the first frame. */
async function hear(program: RouterProgram, configuration: string, count: number): Promise<Heard[]> {
  const directory = temporaryDirectory('garp');
  try {
    return await withLan({ hosts: ['router', 'peer'] }, async (lan) => {
      const heard = await capture(lan, 'peer', 'arp and arp[14:4] = arp[24:4]');
      const router = await RouterProcess.start(lan, 'router', {
        program,
        configuration,
        directory,
      });
      await waitFor(() => heard.frames.length >= count, {
        deadlineMs: DEADLINE_MS,
        what: `${count} gratuitous ARPs`,
      }).catch((error: Error) => {
        throw new Error(`${error.message}, heard ${heard.frames.length}\n${router.log}`);
      });
      await router.stop();
      await heard.stop();
      const [firstUs = 0] = heard.timesUs;
      return heard.frames.slice(0, count).map((frame, at) => ({
        address: Number.parseInt(frame.slice(-2), 16),
        atMs: ((heard.timesUs[at] ?? 0) - firstUs) / 1_000,
      }));
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

test('bursts are those of keepalived, and are repeated', { timeout: TEST_TIMEOUT_MS }, async () => {
  const refreshed = configurationWith('  garp_master_refresh 1\n  garp_master_refresh_repeat 1\n');
  const [ours, theirs] = await Promise.all([
    hear(relived, refreshed, DUE_MS.length),
    hear(keepalived, configurationWith(''), COMPARED),
  ]);
  const addresses = (frames: readonly Heard[]) => frames.slice(0, COMPARED).map(({ address }) => address);
  expect(addresses(ours)).toEqual(addresses(theirs));
  for (const [name, frames] of Object.entries({ ours, theirs })) {
    for (const [at, { atMs }] of frames.entries()) {
      expect(Math.abs(atMs - (DUE_MS[at] ?? 0)), `${name}, frame ${at} at ${atMs} ms`).toBeLessThan(
        TOLERANCE_MS,
      );
    }
  }
});

let lan: Lan;
let child: RemoteKernel;
let heard: Capture;

beforeAll(async () => {
  buildAddon();
  lan = await createLan({ hosts: ['router', 'peer'], ipv6: true });
  child = startKernel(lan, 'router');
  heard = await capture(lan, 'peer', '(icmp6 and ip6[40] = 136 and ip6[23] = 0xaa) or arp');
});

afterAll(async () => {
  await heard?.stop();
  await closeKernel(child, lan);
});

/** Has one advertisement of ours sent; gives it as it arrives. */
async function ourAdvertisement(address: string): Promise<string> {
  const before = heard.frames.length;
  const addresses = [{ address, prefixLength: 64, interface: 'eth0' }];
  const effect = { type: 'sendGratuitousArps', params: { addresses, repeat: 1 } } as const;
  await child.ask('perform', [{ actor: 'vrrp/A', effect, cause: 1 }]);
  return waitFor(() => heard.frames[before], { deadlineMs: DEADLINE_MS, what: 'our advertisement' });
}

test('a neighbour advertisement is, byte for byte, that of keepalived', async () => {
  const configuration = instanceConfiguration({
    version: 3,
    state: 'MASTER',
    priority: 255,
    advertInt: '0.1',
    virtualAddresses: ['fe80::aa/64'],
  });
  const router = await RouterProcess.start(lan, 'router', {
    program: keepalived,
    configuration,
    directory: temporaryDirectory('garp'),
  });
  const theirs = await waitFor(() => heard.frames[0], {
    deadlineMs: DEADLINE_MS,
    what: "keepalived's advertisement",
  }).finally(() => router.stop());
  expect(await ourAdvertisement('fe80::aa')).toBe(theirs);
});

test('an interface that forwards says that it is a router', async () => {
  const routerFlag = async (): Promise<number> =>
    Number.parseInt((await ourAdvertisement('fe80::aa')).slice(116, 118), 16) & 0x80;
  const forwarding = (value: string) =>
    run(lan.argv('router', ['sysctl', '-q', '-w', `net.ipv6.conf.eth0.forwarding=${value}`]));
  await forwarding('1');
  expect(await routerFlag()).toBe(0x80);
  await forwarding('0');
  expect(await routerFlag()).toBe(0);
});

// keepalived 2.4.3 sends in this order; 2.2.7 loses frames of all addresses but the first.
test('addresses take turns, and their frames keep the distance', async () => {
  const before = heard.frames.length;
  const intervalUs = 20_000;
  const addresses = ['10.9.0.1', '10.9.0.2'].map((address) => ({
    address,
    prefixLength: 24,
    interface: 'eth0',
  }));
  const paces = [
    { interface: 'eth0', limiter: 'eth0', arpIntervalUs: intervalUs, advertisementIntervalUs: 0 },
  ];
  const effect = { type: 'sendGratuitousArps', params: { addresses, repeat: 3, paces } } as const;
  await child.ask('perform', [{ actor: 'vrrp/A', effect, cause: 1 }]);
  const frames = () => heard.frames.slice(before);
  await waitFor(() => frames().length >= 6, { deadlineMs: DEADLINE_MS, what: 'six frames' });
  expect(frames().map((frame) => frame.slice(-2))).toEqual(['01', '02', '01', '02', '01', '02']);
  const timesUs = heard.timesUs.slice(before);
  for (const [at, timeUs] of timesUs.slice(1).entries()) {
    // The sender's clock and the captor's are one, but each is read at its own moment.
    expect(timeUs - (timesUs[at] ?? 0)).toBeGreaterThan(intervalUs - 3_000);
  }
});
