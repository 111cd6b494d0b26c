/** Links and addresses of a real kernel, told as streams. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { waitFor } from '../../src/lab/run.ts';
import type { KernelPush } from '../harness/kernel-service.ts';
import { createLan, interfaceOf, ip as ipOn } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { buildAddon, closeKernel, type RemoteKernel, startKernel } from '../harness/remote-kernel.ts';

const DEADLINE_MS = 10_000;

let lan: Lan;
let child: RemoteKernel;

beforeAll(async () => {
  buildAddon();
  lan = await createLan({ hosts: ['router', 'peer'], subnet: '10.9.0.0/24', ipv6: true });
  child = startKernel(lan, 'router');
  await child.ask('snapshot');
});

afterAll(() => closeKernel(child, lan));

const ip = (...args: readonly string[]): Promise<string> => ipOn(lan, 'router', ...args);

/** Many commands of `ip` at once. */
async function batch(commands: readonly string[]): Promise<void> {
  const file = join(temporaryDirectory('streams'), 'batch');
  writeFileSync(file, `${commands.join('\n')}\n`);
  await ip('-batch', file);
}

/**
 * What was said of an interface since a position: `up`, `down`, `gone` when one of them became true, `+10.0.0.1/24`,
 * `-10.0.0.1/24`. Other changes of the link and addresses of the other family are left out.
 */
function said(interfaceName: string, since = 0, family: 'inet' | 'inet6' = 'inet'): string[] {
  let state = 'unknown';
  return child.pushes.flatMap((push, at) => {
    if (push.kind === 'link' && push.interface === interfaceName) {
      const before = state;
      state = push.gone ? 'gone' : push.up ? 'up' : 'down';
      return state === before || at < since ? [] : [state];
    }
    if (at < since || push.kind !== 'address' || push.interface !== interfaceName) return [];
    if (push.address.includes(':') !== (family === 'inet6')) return [];
    return [`${push.change === 'added' ? '+' : '-'}${push.address}/${push.prefixLength}`];
  });
}

/** Waits until something has been said, and a question after it was answered, so that nothing is under way. */
async function hears(interfaceName: string, since: number, last: string): Promise<string[]> {
  const what = `${interfaceName} ${last}`;
  await waitFor(() => said(interfaceName, since).at(-1) === last, {
    deadlineMs: DEADLINE_MS,
    intervalMs: 10,
    what,
  });
  await child.ask('snapshot');
  return said(interfaceName, since);
}

test('what was there before is told first', () => {
  expect(said('lo')).toEqual(['up', '+127.0.0.1/8']);
  expect(said('eth0')).toEqual(['up', '+10.9.0.1/24']);
});

test('the carrier goes with the other end and comes back with it', async () => {
  let since = child.pushes.length;
  await lan.cut('router');
  expect(await hears('eth0', since, 'down')).toEqual(['down']);
  since = child.pushes.length;
  await lan.heal('router');
  expect(await hears('eth0', since, 'up')).toEqual(['up']);
});

test('a link that is taken down says so once, and what changes nothing is not told', async () => {
  let since = child.pushes.length;
  await ip('link', 'set', 'eth0', 'mtu', '1400');
  await ip('link', 'set', 'eth0', 'alias', 'uplink');
  await ip('link', 'set', 'eth0', 'down');
  expect(await hears('eth0', since, 'down')).toEqual(['down']);
  since = child.pushes.length;
  await ip('link', 'set', 'eth0', 'up');
  expect(await hears('eth0', since, 'up')).toEqual(['up']);
});

test('an address that is added or deleted by somebody else is told', async () => {
  let since = child.pushes.length;
  await ip('addr', 'add', '10.9.0.7/32', 'dev', 'eth0');
  expect(await hears('eth0', since, '+10.9.0.7/32')).toEqual(['+10.9.0.7/32']);
  since = child.pushes.length;
  await ip('addr', 'change', '10.9.0.7/32', 'dev', 'eth0', 'valid_lft', '1000', 'preferred_lft', '1000');
  await ip('addr', 'del', '10.9.0.7/32', 'dev', 'eth0');
  expect(await hears('eth0', since, '-10.9.0.7/32')).toEqual(['-10.9.0.7/32']);
});

test('an interface comes, is renamed and goes with its addresses', async () => {
  const since = child.pushes.length;
  await ip('link', 'add', 'new0', 'type', 'veth', 'peer', 'name', 'new0p');
  await ip('link', 'set', 'new0p', 'up');
  await ip('link', 'set', 'new0', 'up');
  await ip('addr', 'add', '10.9.1.1/24', 'dev', 'new0');
  expect(await hears('new0', since, '+10.9.1.1/24')).toEqual(['down', 'up', '+10.9.1.1/24']);
  await ip('link', 'set', 'new0', 'down');
  await ip('link', 'set', 'new0', 'name', 'old0');
  expect(await hears('old0', since, '+10.9.1.1/24')).toEqual(['down', '+10.9.1.1/24']);
  expect(said('new0', since)).toEqual(['down', 'up', '+10.9.1.1/24', 'down', '-10.9.1.1/24', 'gone']);
  await ip('link', 'set', 'old0', 'up');
  await hears('old0', since, 'up');
  await ip('link', 'del', 'old0');
  await hears('old0', since, 'gone');
  expect(said('old0', since).slice(2)).toEqual(['up', 'down', '-10.9.1.1/24', 'gone']);
});

test('an IPv6 address is told once it can be used, and who deleted an address where netlink tells', async () => {
  await ip('link', 'add', 'six0', 'type', 'veth', 'peer', 'name', 'six0p');
  await ip('link', 'set', 'six0p', 'up');
  await ip('link', 'set', 'six0', 'up', 'addrgenmode', 'none');
  const since = child.pushes.length;
  await ip('addr', 'add', '2001:db8::1/64', 'dev', 'six0');
  await ip('addr', 'add', '2001:db8::2/64', 'dev', 'six0', 'nodad');
  const addresses = () => said('six0', since, 'inet6').filter((what) => what.startsWith('+'));
  const both = () => addresses().length === 2;
  await waitFor(both, { deadlineMs: DEADLINE_MS, intervalMs: 10, what: 'both addresses' });
  // The kernel looks for others with the first one; the second is there at once.
  expect(addresses()).toEqual(['+2001:db8::2/64', '+2001:db8::1/64']);
  // IPv6 does not tell who.
  await ip('addr', 'add', '10.9.8.1/24', 'dev', 'six0');
  await ip('addr', 'del', '10.9.8.1/24', 'dev', 'six0');
  const deleted = () =>
    child.pushes.find(
      (push) => push.kind === 'address' && push.change === 'deleted' && push.address === '10.9.8.1',
    );
  await waitFor(() => deleted() !== undefined, { deadlineMs: DEADLINE_MS, what: 'its deletion' });
  expect(deleted()).toMatchObject({ by: expect.any(Number) });
  await ip('link', 'del', 'six0');
});

test('a macvlan tells its base, its mode and its address', async () => {
  await ip(
    'link',
    'add',
    'mv0',
    'link',
    'eth0',
    'address',
    '00:00:5e:00:01:33',
    'type',
    'macvlan',
    'mode',
    'private',
  );
  const { links } = await child.ask('snapshot');
  const base = links.find((link) => link.interface === 'eth0');
  expect(links.find((link) => link.interface === 'mv0')).toMatchObject({
    kind: 'macvlan',
    mode: 1,
    mac: '00:00:5e:00:01:33',
    baseIndex: base?.index,
  });
  await ip('link', 'del', 'mv0');
});

test('a port that leaves its bridge is still there', async () => {
  await ip('link', 'add', 'br0', 'type', 'bridge');
  try {
    await ip('link', 'set', 'eth0', 'master', 'br0');
    const since = child.pushes.length;
    await ip('link', 'set', 'eth0', 'nomaster');
    await ip('addr', 'add', '10.9.0.8/32', 'dev', 'eth0');
    expect(await hears('eth0', since, '+10.9.0.8/32')).toEqual(['+10.9.0.8/32']);
  } finally {
    await ip('link', 'del', 'br0');
  }
});

test('lost notifications are noticed, and the tables come out right all the same', async () => {
  const file = join(temporaryDirectory('streams'), 'go');
  const addresses = Array.from({ length: 3000 }, (_, n) => `10.10.${n >> 8}.${n & 255}/32`);
  const since = child.pushes.length;
  const pushed = () => child.pushes.slice(since);
  const blocked = child.ask('blockUntil', file);
  await waitFor(() => pushed().some(({ kind }) => kind === 'blocked'), {
    deadlineMs: DEADLINE_MS,
    what: 'the process blocks',
  });
  await batch(addresses.map((address) => `addr add ${address} dev eth0`));
  await batch(addresses.slice(0, 1000).map((address) => `addr del ${address} dev eth0`));
  await ip('link', 'set', 'eth0', 'down');
  writeFileSync(file, '');
  await blocked;
  const isLoss = (push: KernelPush) => push.kind === 'trouble' && /ENOBUFS|buffer/.test(push.message);
  await waitFor(() => pushed().some(isLoss), { deadlineMs: DEADLINE_MS, what: 'the loss is noticed' });
  const snapshot = await child.ask('snapshot');
  const heldNow = (await interfaceOf(lan, 'router', 'eth0')).held.sort();
  expect(heldNow.length).toBeGreaterThan(2000);
  const text = ({ address, prefixLength }: { address: string; prefixLength: number }): string =>
    `${address}/${prefixLength}`;
  expect(
    snapshot.addresses
      .filter((held) => held.interface === 'eth0')
      .map(text)
      .sort(),
  ).toEqual(heldNow);
  expect(snapshot.links.find((link) => link.interface === 'eth0')?.up).toBe(false);

  // The streams alone must tell the same as the snapshot.
  const told = new Set<string>();
  for (const what of said('eth0')) {
    if (what.startsWith('+')) told.add(what.slice(1));
    if (what.startsWith('-')) told.delete(what.slice(1));
  }
  expect([...told].sort()).toEqual(heldNow);
  expect(said('eth0').findLast((what) => what === 'up' || what === 'down')).toBe('down');

  await ip('link', 'set', 'eth0', 'up');
  await waitFor(() => said('eth0').at(-1) === 'up', { deadlineMs: DEADLINE_MS, what: 'the streams go on' });
});
