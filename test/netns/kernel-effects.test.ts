/** Effects on a real kernel, in network namespaces, beside keepalived's own. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import type { VirtualAddress } from '../../src/machines/kernel-objects.ts';
import type { VrrpEffect } from '../../src/machines/vrrp/vrrp.effects.ts';
import { type EffectsHarness, effectsCompliance } from '../compliance/effects.ts';
import { capture } from '../harness/capture.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { createLan, interfaceOf, ip as ipOn } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { buildAddon, closeKernel, type RemoteKernel, startKernel } from '../harness/remote-kernel.ts';
import { RouterProcess } from '../harness/router.ts';

const DEADLINE_MS = 10_000;

/** The harness over a process inside a namespace of its own. */
function harnessIn(lan: Lan, child: RemoteKernel): EffectsHarness {
  let taken = 0;
  const outcomes = () => child.pushes.filter((push) => push.kind === 'outcome');
  return {
    withArp: 'eth0',
    withoutArp: 'eth1',
    perform: (steps) => child.ask('perform', steps),
    take: async (count) => {
      const enough = () => outcomes().length >= taken + count;
      await waitFor(enough, { deadlineMs: DEADLINE_MS, intervalMs: 5, what: `${count} outcomes` });
      taken += count;
      return outcomes()
        .slice(taken - count, taken)
        .map(({ actor, event, cause }) => ({ actor, event, cause }));
    },
    held: async (name) => (await interfaceOf(lan, 'router', name)).held,
    // With `table all`, ip(8) shows both families.
    heldRoutes: async () => {
      const show = ['-j', 'route', 'show', 'table', 'all', 'proto', 'keepalived'] as const;
      const routes: { dst: string }[] = JSON.parse(await ipOn(lan, 'router', ...show));
      return routes.map(({ dst }) => dst);
    },
    heldRules: async () => {
      const rules: { priority: number; protocol?: string }[] = JSON.parse(
        await ipOn(lan, 'router', '-j', '-d', 'rule'),
      );
      return rules.filter(({ protocol }) => protocol === 'keepalived').map(({ priority }) => priority);
    },
    holdForeign: async (vip) => {
      await ipOn(lan, 'router', 'addr', 'add', `${vip.address}/${vip.prefixLength}`, 'dev', vip.interface);
    },
    close: () => closeKernel(child, lan),
  };
}

effectsCompliance('the executor over a real kernel', async () => {
  buildAddon();
  const lan = await createLan({ hosts: ['router'], ipv6: true });
  try {
    await ipOn(lan, 'router', 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'eth1p');
    await ipOn(lan, 'router', 'link', 'set', 'eth1p', 'up');
    await ipOn(lan, 'router', 'link', 'set', 'eth1', 'up', 'arp', 'off');
    return harnessIn(lan, startKernel(lan, 'router'));
  } catch (error) {
    await lan.destroy();
    throw error;
  }
});

let lan: Lan;
let child: RemoteKernel;

beforeAll(async () => {
  buildAddon();
  lan = await createLan({ hosts: ['router', 'peer'] });
  // Only what the effects add shall be there.
  await ip('addr', 'flush', 'dev', 'eth0');
  child = startKernel(lan, 'router');
});

afterAll(() => closeKernel(child, lan));

const ip = (...args: readonly string[]): Promise<string> => ipOn(lan, 'router', ...args);
const heldOn = async (name: string): Promise<string[]> => (await interfaceOf(lan, 'router', name)).held;

/** Performs one effect and returns its outcome. */
async function outcomeOf(effect: VrrpEffect): Promise<Record<string, unknown>> {
  const seen = child.pushes.length;
  await child.ask('perform', [{ actor: 'vrrp/A', effect, cause: 1 }]);
  const outcome = () => child.pushes.slice(seen).find((push) => push.kind === 'outcome')?.event;
  return waitFor(outcome, { deadlineMs: DEADLINE_MS, intervalMs: 5, what: 'the outcome' });
}

const addressOn = (interfaceName: string, address: string, prefixLength = 24): VirtualAddress => ({
  address,
  prefixLength,
  interface: interfaceName,
});

test('bursts repeat over all addresses and arrive byte for byte', async () => {
  const heard = await capture(lan, 'peer', 'arp');
  try {
    const addresses = ['10.5.0.1', '10.5.0.2', '10.5.0.3'].map((address) => addressOn('eth0', address));
    expect(await outcomeOf({ type: 'sendGratuitousArps', params: { addresses, repeat: 3 } })).toEqual({
      type: 'garps.sent',
    });
    await waitFor(() => heard.frames.length >= 9, { deadlineMs: DEADLINE_MS, what: 'nine frames' });
    const mac = (await interfaceOf(lan, 'router', 'eth0')).mac.replaceAll(':', '');
    const frame = (host: string): string =>
      `ffffffffffff${mac}08060001080006040001${mac}0a0500${host}ffffffffffff0a0500${host}`;
    const round = [frame('01'), frame('02'), frame('03')];
    expect(heard.frames).toEqual([...round, ...round, ...round]);
  } finally {
    await heard.stop();
  }
});

test("a frame is the same as keepalived's for the same address and interface", async () => {
  const configuration = instanceConfiguration({
    version: 3,
    state: 'MASTER',
    priority: 255,
    advertInt: '0.1',
    virtualAddresses: ['10.5.7.9/24'],
  });
  await ip('addr', 'add', '10.5.7.1/24', 'dev', 'eth0');
  const heard = await capture(lan, 'peer', 'arp');
  const theirs = await RouterProcess.start(lan, 'router', {
    program: keepalived,
    configuration,
    directory: temporaryDirectory('effects'),
  });
  try {
    const theirFrame = await waitFor(() => heard.frames.find((frame) => frame.endsWith('0a050709')), {
      deadlineMs: DEADLINE_MS,
      what: "keepalived's gratuitous ARP",
    });
    await theirs.stop();
    const before = heard.frames.length;
    await outcomeOf({
      type: 'sendGratuitousArps',
      params: { addresses: [addressOn('eth0', '10.5.7.9')], repeat: 1 },
    });
    const ourFrame = await waitFor(() => heard.frames[before], {
      deadlineMs: DEADLINE_MS,
      what: 'our gratuitous ARP',
    });
    expect(ourFrame).toBe(theirFrame);
  } finally {
    await theirs.stop();
    await heard.stop();
    await ip('addr', 'del', '10.5.7.1/24', 'dev', 'eth0');
  }
});

test('an interface without ARP stays silent', async () => {
  const heard = await capture(lan, 'peer', 'arp');
  try {
    await ip('link', 'set', 'eth0', 'arp', 'off');
    const addresses = [addressOn('eth0', '10.5.0.4')];
    expect(await outcomeOf({ type: 'sendGratuitousArps', params: { addresses, repeat: 2 } })).toEqual({
      type: 'garps.sent',
    });
    await ip('link', 'set', 'eth0', 'arp', 'on');
    // Frames arrive in order: had the silent interface sent any, they would be first.
    await outcomeOf({
      type: 'sendGratuitousArps',
      params: { addresses: [addressOn('eth0', '10.5.0.5')], repeat: 1 },
    });
    const first = await waitFor(() => heard.frames[0], { deadlineMs: DEADLINE_MS, what: 'a frame' });
    expect(first.endsWith('0a050005')).toBe(true);
  } finally {
    await heard.stop();
  }
});

test('an interface that is down fails the burst with its name, and does not keep its address out', async () => {
  await ip('link', 'add', 'down0', 'type', 'veth', 'peer', 'name', 'down0p');
  const addresses = [addressOn('down0', '10.6.0.1')];
  expect(await outcomeOf({ type: 'addVips', params: { addresses } })).toEqual({ type: 'vips.added' });
  expect(await heldOn('down0')).toEqual(['10.6.0.1/24']);
  const outcome = await outcomeOf({ type: 'sendGratuitousArps', params: { addresses, repeat: 2 } });
  expect(outcome).toMatchObject({ type: 'garps.failed' });
  expect(outcome.error).toMatch(/ENETDOWN.*on down0; 2 of 2 frames were not sent/);
  await ip('link', 'del', 'down0');
  expect(await outcomeOf({ type: 'removeVips', params: { addresses } })).toEqual({ type: 'vips.removed' });
});

test('three hundred addresses come and go, with global scope and no broadcast', async () => {
  const addresses = Array.from({ length: 300 }, (_, n) => addressOn('eth0', `10.8.${n >> 8}.${n & 255}`, 32));
  for (let round = 0; round < 2; round++) {
    expect(await outcomeOf({ type: 'addVips', params: { addresses } })).toEqual({ type: 'vips.added' });
    expect(await heldOn('eth0')).toEqual(addresses.map(({ address }) => `${address}/32`));
    expect(await ip('addr', 'show', 'dev', 'eth0')).not.toMatch(/10\.8\.[0-9.]+\/32 (brd|scope (?!global))/);
    expect(await outcomeOf({ type: 'removeVips', params: { addresses } })).toEqual({ type: 'vips.removed' });
    expect(await heldOn('eth0')).toEqual([]);
  }
});
