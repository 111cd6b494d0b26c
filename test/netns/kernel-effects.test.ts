/** Effects on a real kernel, in network namespaces, beside keepalived's own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VirtualAddress, VrrpEffect } from '../../src/machines/vrrp/vrrp.effects.ts';
import {
  type AtReturn,
  type EffectsHarness,
  effectsCompliance,
  type Outcome,
} from '../compliance/effects.ts';
import {
  buildAddon,
  capture,
  connect,
  createNamespace,
  type KernelChild,
  type Namespace,
  startChild,
  stop,
  waitFor,
} from './kernel-lab.ts';

/** The harness over a process inside a namespace of its own. */
function harnessIn(namespace: Namespace, child: KernelChild): EffectsHarness {
  let taken = 0;
  return {
    withArp: 've0',
    withoutArp: 've1',
    perform: async (steps) => (await child.ask({ op: 'perform', steps })) as AtReturn,
    take: async (count) => {
      const outcomes = await waitFor(`${count} outcomes`, () => {
        const found = child.pushes.filter((push) => push.push === 'outcome').slice(taken, taken + count);
        return found.length === count ? found : undefined;
      });
      taken += count;
      return outcomes.map(({ actor, event, cause }): Outcome => ({ actor, event, cause }));
    },
    held: async (name) => namespace.held(name),
    holdForeign: async (vip) => {
      namespace.ip('addr', 'add', `${vip.address}/${vip.prefixLength}`, 'dev', vip.interface);
    },
    close: async () => {
      try {
        await child.close();
      } finally {
        namespace.delete();
      }
    },
  };
}

effectsCompliance('the executor over a real kernel', async () => {
  buildAddon();
  const namespace = createNamespace('compliance');
  try {
    for (const name of ['ve0', 've1']) {
      namespace.ip('link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`);
      namespace.ip('link', 'set', `${name}p`, 'up');
      namespace.ip('link', 'set', name, 'up');
    }
    namespace.ip('link', 'set', 've1', 'arp', 'off');
    return harnessIn(namespace, startChild(namespace));
  } catch (error) {
    namespace.delete();
    throw error;
  }
});

let router: Namespace;
let peer: Namespace;
let child: KernelChild;
const directory = mkdtempSync(join(tmpdir(), 'relived-effects-'));

beforeAll(() => {
  buildAddon();
  router = createNamespace('router');
  peer = createNamespace('peer');
  connect(router, 've0', peer, 've0');
  child = startChild(router);
});

afterAll(async () => {
  try {
    await child?.close();
  } finally {
    router?.delete();
    peer?.delete();
    rmSync(directory, { recursive: true });
  }
});

/** Performs one effect and returns the type of its outcome. */
async function outcomeOf(effect: VrrpEffect): Promise<Record<string, unknown>> {
  const seen = child.pushes.length;
  await child.ask({ op: 'perform', steps: [{ actor: 'vrrp/A', effect, cause: 1 }] });
  return waitFor(
    'the outcome',
    () => child.pushes.slice(seen).find((push) => push.push === 'outcome')?.event,
  );
}

const addressOn = (interfaceName: string, address: string, prefixLength = 24): VirtualAddress => ({
  address,
  prefixLength,
  interface: interfaceName,
});

test('bursts repeat over all addresses and arrive byte for byte', async () => {
  const heard = await capture(peer, 've0', 'arp');
  try {
    const addresses = ['10.5.0.1', '10.5.0.2', '10.5.0.3'].map((address) => addressOn('ve0', address));
    expect(await outcomeOf({ type: 'sendGratuitousArps', params: { addresses, repeat: 3 } })).toEqual({
      type: 'garps.sent',
    });
    await waitFor('nine frames', () => (heard.frames.length >= 9 ? true : undefined));
    const mac = router.mac('ve0').replaceAll(':', '');
    const frame = (host: string): string =>
      `ffffffffffff${mac}08060001080006040001${mac}0a0500${host}ffffffffffff0a0500${host}`;
    const round = [frame('01'), frame('02'), frame('03')];
    expect(heard.frames).toEqual([...round, ...round, ...round]);
  } finally {
    await heard.stop();
  }
});

test("a frame is the same as keepalived's for the same address and interface", async () => {
  const file = join(directory, 'keepalived.conf');
  writeFileSync(
    file,
    `vrrp_instance VI_1 {
  interface ve0
  state MASTER
  virtual_router_id 51
  priority 255
  version 3
  advert_int 0.1
  virtual_ipaddress {
    10.5.7.9/24
  }
}
`,
  );
  router.ip('addr', 'add', '10.5.7.1/24', 'dev', 've0');
  const heard = await capture(peer, 've0', 'arp');
  const files = ['-p', '-r', '-c', '-b'].flatMap((flag) => [flag, join(directory, `keepalived${flag}`)]);
  const keepalived = router.spawn('keepalived', ['-n', '-l', '-D', '-f', file, ...files]);
  keepalived.stdout?.resume();
  keepalived.stderr?.resume();
  try {
    const theirs = await waitFor("keepalived's gratuitous ARP", () =>
      heard.frames.find((frame) => frame.endsWith('0a050709')),
    );
    await stop(keepalived);
    const before = heard.frames.length;
    await outcomeOf({
      type: 'sendGratuitousArps',
      params: { addresses: [addressOn('ve0', '10.5.7.9')], repeat: 1 },
    });
    const ours = await waitFor('our gratuitous ARP', () => heard.frames[before]);
    expect(ours).toBe(theirs);
  } finally {
    await stop(keepalived);
    await heard.stop();
    router.ip('addr', 'del', '10.5.7.1/24', 'dev', 've0');
  }
});

test('an interface without ARP stays silent', async () => {
  const heard = await capture(peer, 've0', 'arp');
  try {
    router.ip('link', 'set', 've0', 'arp', 'off');
    const addresses = [addressOn('ve0', '10.5.0.4')];
    expect(await outcomeOf({ type: 'sendGratuitousArps', params: { addresses, repeat: 2 } })).toEqual({
      type: 'garps.sent',
    });
    router.ip('link', 'set', 've0', 'arp', 'on');
    // Frames arrive in order: had the silent interface sent any, they would be first.
    await outcomeOf({
      type: 'sendGratuitousArps',
      params: { addresses: [addressOn('ve0', '10.5.0.5')], repeat: 1 },
    });
    const first = await waitFor('a frame', () => heard.frames[0]);
    expect(first.endsWith('0a050005')).toBe(true);
  } finally {
    await heard.stop();
  }
});

test('an interface that is down fails the burst with its name, and does not keep its address out', async () => {
  router.ip('link', 'add', 'down0', 'type', 'veth', 'peer', 'name', 'down0p');
  const addresses = [addressOn('down0', '10.6.0.1')];
  expect(await outcomeOf({ type: 'addVips', params: { addresses } })).toEqual({ type: 'vips.added' });
  expect(router.held('down0')).toEqual(['10.6.0.1/24']);
  const outcome = await outcomeOf({ type: 'sendGratuitousArps', params: { addresses, repeat: 2 } });
  expect(outcome).toMatchObject({ type: 'garps.failed' });
  expect(outcome.error).toMatch(/ENETDOWN.*on down0; 2 of 2 frames were not sent/);
  router.ip('link', 'del', 'down0');
  expect(await outcomeOf({ type: 'removeVips', params: { addresses } })).toEqual({ type: 'vips.removed' });
});

test('three hundred addresses come and go, with global scope and no broadcast', async () => {
  const addresses = Array.from({ length: 300 }, (_, n) => addressOn('ve0', `10.8.${n >> 8}.${n & 255}`, 32));
  for (let round = 0; round < 2; round++) {
    expect(await outcomeOf({ type: 'addVips', params: { addresses } })).toEqual({ type: 'vips.added' });
    expect(router.held('ve0')).toEqual(addresses.map(({ address }) => `${address}/32`));
    expect(router.ip('addr', 'show', 'dev', 've0')).not.toMatch(/10\.8\.[0-9.]+\/32 (brd|scope (?!global))/);
    expect(await outcomeOf({ type: 'removeVips', params: { addresses } })).toEqual({ type: 'vips.removed' });
    expect(router.held('ve0')).toEqual([]);
  }
});
