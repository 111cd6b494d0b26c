/** Links and addresses of a real kernel, told as streams. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KernelSnapshot } from '../../src/io/kernel-streams.ts';
import type { ChildPush } from './kernel-child.ts';
import {
  buildAddon,
  connect,
  createNamespace,
  type KernelChild,
  type Namespace,
  startChild,
  waitFor,
} from './kernel-lab.ts';

let router: Namespace;
let peer: Namespace;
let child: KernelChild;
const directory = mkdtempSync(join(tmpdir(), 'relived-streams-'));

beforeAll(async () => {
  buildAddon();
  router = createNamespace('streams');
  peer = createNamespace('streams-peer');
  connect(router, 've0', peer, 've0');
  router.ip('addr', 'add', '10.9.0.1/24', 'dev', 've0');
  child = startChild(router);
  await child.ask({ op: 'listen' });
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

/** What was said of an interface since a position: `up`, `down`, `+10.0.0.1/24`, `-10.0.0.1/24`. */
function said(interfaceName: string, since = 0): string[] {
  return child.pushes.slice(since).flatMap((push: ChildPush) => {
    if (push.push === 'link' && push.interface === interfaceName) return [push.up ? 'up' : 'down'];
    if (push.push !== 'address' || push.interface !== interfaceName) return [];
    return [`${push.change === 'added' ? '+' : '-'}${push.address}/${push.prefixLength}`];
  });
}

/** Waits until something has been said, and a question after it was answered, so that nothing is under way. */
async function hears(interfaceName: string, since: number, last: string): Promise<string[]> {
  await waitFor(`${interfaceName} ${last}`, () =>
    said(interfaceName, since).at(-1) === last ? true : undefined,
  );
  await child.ask({ op: 'snapshot' });
  return said(interfaceName, since);
}

test('what was there before is told first', () => {
  expect(said('lo')).toEqual(['up', '+127.0.0.1/8']);
  expect(said('ve0')).toEqual(['up', '+10.9.0.1/24']);
});

test('the carrier goes with the other end and comes back with it', async () => {
  let since = child.pushes.length;
  peer.ip('link', 'set', 've0', 'down');
  expect(await hears('ve0', since, 'down')).toEqual(['down']);
  since = child.pushes.length;
  peer.ip('link', 'set', 've0', 'up');
  expect(await hears('ve0', since, 'up')).toEqual(['up']);
});

test('a link that is taken down says so once, and what changes nothing is not told', async () => {
  let since = child.pushes.length;
  router.ip('link', 'set', 've0', 'mtu', '1400');
  router.ip('link', 'set', 've0', 'alias', 'uplink');
  router.ip('link', 'set', 've0', 'down');
  expect(await hears('ve0', since, 'down')).toEqual(['down']);
  since = child.pushes.length;
  router.ip('link', 'set', 've0', 'up');
  expect(await hears('ve0', since, 'up')).toEqual(['up']);
});

test('an address that is added or deleted by somebody else is told', async () => {
  let since = child.pushes.length;
  router.ip('addr', 'add', '10.9.0.7/32', 'dev', 've0');
  expect(await hears('ve0', since, '+10.9.0.7/32')).toEqual(['+10.9.0.7/32']);
  since = child.pushes.length;
  router.ip('addr', 'change', '10.9.0.7/32', 'dev', 've0', 'valid_lft', '1000', 'preferred_lft', '1000');
  router.ip('addr', 'del', '10.9.0.7/32', 'dev', 've0');
  expect(await hears('ve0', since, '-10.9.0.7/32')).toEqual(['-10.9.0.7/32']);
});

test('an interface comes, is renamed and goes with its addresses', async () => {
  const since = child.pushes.length;
  router.ip('link', 'add', 'new0', 'type', 'veth', 'peer', 'name', 'new0p');
  router.ip('link', 'set', 'new0p', 'up');
  router.ip('link', 'set', 'new0', 'up');
  router.ip('addr', 'add', '10.9.1.1/24', 'dev', 'new0');
  expect(await hears('new0', since, '+10.9.1.1/24')).toEqual(['down', 'up', '+10.9.1.1/24']);
  router.ip('link', 'set', 'new0', 'down');
  router.ip('link', 'set', 'new0', 'name', 'old0');
  expect(await hears('old0', since, '+10.9.1.1/24')).toEqual(['down', '+10.9.1.1/24']);
  expect(said('new0', since)).toEqual(['down', 'up', '+10.9.1.1/24', 'down', '-10.9.1.1/24']);
  router.ip('link', 'set', 'old0', 'up');
  await hears('old0', since, 'up');
  router.ip('link', 'del', 'old0');
  await hears('old0', since, '-10.9.1.1/24');
  expect(said('old0', since).slice(2)).toEqual(['up', 'down', '-10.9.1.1/24']);
});

test('a port that leaves its bridge is still there', async () => {
  router.ip('link', 'add', 'br0', 'type', 'bridge');
  try {
    router.ip('link', 'set', 've0', 'master', 'br0');
    const since = child.pushes.length;
    router.ip('link', 'set', 've0', 'nomaster');
    router.ip('addr', 'add', '10.9.0.8/32', 'dev', 've0');
    expect(await hears('ve0', since, '+10.9.0.8/32')).toEqual(['+10.9.0.8/32']);
  } finally {
    router.ip('link', 'del', 'br0');
  }
});

test('lost notifications are noticed, and the tables come out right all the same', async () => {
  const file = join(directory, 'go');
  const addresses = Array.from({ length: 3000 }, (_, n) => `10.10.${n >> 8}.${n & 255}/32`);
  const since = child.pushes.length;
  const blocked = child.ask({ op: 'blockUntil', file });
  await waitFor('the process to block', () =>
    child.pushes.slice(since).some((push) => push.push === 'trouble') ? true : undefined,
  );
  router.batch(addresses.map((address) => `addr add ${address} dev ve0`));
  router.batch(addresses.slice(0, 1000).map((address) => `addr del ${address} dev ve0`));
  router.ip('link', 'set', 've0', 'down');
  writeFileSync(file, '');
  await blocked;
  await waitFor('the loss to be noticed', () =>
    child.pushes.slice(since).some((push) => push.push === 'trouble' && /ENOBUFS|buffer/.test(push.message))
      ? true
      : undefined,
  );
  const snapshot = (await child.ask({ op: 'snapshot' })) as KernelSnapshot;
  const heldNow = router.held('ve0').sort();
  expect(heldNow.length).toBeGreaterThan(2000);
  const text = ({ address, prefixLength }: { address: string; prefixLength: number }): string =>
    `${address}/${prefixLength}`;
  expect(
    snapshot.addresses
      .filter((held) => held.interface === 've0')
      .map(text)
      .sort(),
  ).toEqual(heldNow);
  expect(snapshot.links.find((link) => link.interface === 've0')?.up).toBe(false);

  // The streams alone must tell the same as the snapshot.
  const told = new Set<string>();
  for (const what of said('ve0')) {
    if (what.startsWith('+')) told.add(what.slice(1));
    if (what.startsWith('-')) told.delete(what.slice(1));
  }
  expect([...told].sort()).toEqual(heldNow);
  expect(said('ve0').findLast((what) => what === 'up' || what === 'down')).toBe('down');

  router.ip('link', 'set', 've0', 'up');
  await waitFor('the streams to go on', () => (said('ve0').at(-1) === 'up' ? true : undefined));
});
