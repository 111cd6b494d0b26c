import { expect, test } from 'vitest';
import type { NftOptions } from './nft-script.ts';
import { createNftables } from './nftables.ts';

const OPTIONS: NftOptions = { table: 'keepalived', priority: -1, byIndex: false, counters: false };
const ip = (address: string) => ({ address, link: null, byName: false });
const local = (address: string, byName = false) => ({ address, link: { name: 'eth0', index: 3 }, byName });
const device = {
  name: 'vrrp6.51',
  index: 5,
  baseIndex: 3,
  families: ['inet', 'inet6'],
  linkLocal: 'fe80::1',
} as const;

/** A firewall whose nft(8) is the test. */
function recorded(options: Partial<NftOptions> = {}, answers: (string | null)[] = []) {
  const scripts: string[] = [];
  let running = 0;
  const firewall = createNftables({ ...OPTIONS, ...options }, async (script) => {
    expect(++running).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    scripts.push(script);
    return answers.shift() ?? null;
  });
  return { firewall, scripts, last: () => scripts.at(-1)?.trim().split('\n') ?? [] };
}

test('the first change removes what a predecessor left, and sets up what it needs, in one transaction', async () => {
  const { firewall, scripts, last } = recorded();
  await firewall.change('add', [ip('10.0.0.1'), ip('10.0.0.2')]);
  expect(last().slice(0, 4)).toEqual([
    'add table ip keepalived',
    'delete table ip keepalived',
    'add table ip6 keepalived',
    'delete table ip6 keepalived',
  ]);
  expect(last()).toContain('add rule ip keepalived in ip daddr @vips drop');
  expect(last()).toContain('add element ip keepalived vips { 10.0.0.2 }');
  expect(scripts[0]).not.toContain('ip6 keepalived vips');
  await firewall.change('delete', [ip('10.0.0.1')]);
  expect(last()).toEqual(['delete element ip keepalived vips { 10.0.0.1 }']);
});

test('a link-local address is blocked on its link: by index, or by name where the link may come and go', async () => {
  const { firewall, last } = recorded();
  await firewall.change('add', [local('fe80::1')]);
  expect(last()).toContain('add element ip6 keepalived vips_link_local { fe80::1 . 3 }');
  await firewall.change('add', [local('fe80::2', true)]);
  expect(last()).toContain('add element ip6 keepalived vips_link_local_name { fe80::2 . "eth0" }');
  const byIndex = recorded({ byIndex: true });
  await byIndex.firewall.change('add', [local('fe80::2', true)]);
  expect(byIndex.last()).toContain('add element ip6 keepalived vips_link_local { fe80::2 . 3 }');
});

test('reports of a virtual MAC go out below it, and its rules stand before those that accept', async () => {
  const { firewall, last } = recorded();
  await firewall.change('add', [ip('2001:db8::1')]);
  await firewall.changeDevice('add', device);
  expect(last()).toContain('add element ip keepalived vmac_map { 5 : 3 }');
  expect(last()).toContain('add element ip6 keepalived parent_link_local { fe80::1 . "vrrp6.51" }');
  expect(
    last()
      .filter((line) => line.includes(' rule '))
      .every((line) => line.startsWith('insert')),
  ).toBe(true);
  await firewall.changeDevice('delete', device);
  expect(last()).toEqual([
    'delete element ip keepalived vmac_map { 5 }',
    'delete element ip6 keepalived vmac_map { 5 }',
    'delete element ip6 keepalived vmac_set { 5 }',
    'delete element ip6 keepalived parent_link_local { fe80::1 . "vrrp6.51" }',
  ]);
});

test('names, priority and counters are those of the configuration', async () => {
  const { firewall, scripts } = recorded({ table: 'vrrp', priority: 5, counters: true });
  await firewall.change('add', [ip('10.0.0.1')]);
  expect(scripts[0]).toContain('add chain ip vrrp in { type filter hook input priority 5; policy accept; }');
  expect(scripts[0]).toContain('add set ip vrrp vips { type ipv4_addr; counter; }');
  expect(scripts[0]).toContain('add rule ip vrrp in ip daddr @vips counter drop');
});

test('changes wait for each other, and what failed is set up again the next time, but for what was there', async () => {
  const { firewall, scripts } = recorded({}, ['nft is missing', null, 'out of memory', null]);
  const outcomes = await Promise.all([
    firewall.change('add', [ip('10.0.0.1')]),
    firewall.change('add', [ip('10.0.0.2')]),
    firewall.change('add', [ip('2001:db8::1')]),
    firewall.change('add', [ip('2001:db8::2')]),
  ]);
  expect(outcomes).toEqual(['nft is missing', null, 'out of memory', null]);
  expect(scripts[1]).toContain('delete table ip keepalived');
  expect(scripts[1]).toContain('add set ip keepalived vips');
  expect(scripts[3]).toContain('add set ip6 keepalived vips');
  expect(scripts[3]).not.toContain('delete table');
});

test('the end removes the tables, if there are any', async () => {
  const { firewall, scripts, last } = recorded();
  expect(await firewall.close()).toBeNull();
  expect(scripts).toEqual([]);
  await firewall.change('add', [ip('10.0.0.1')]);
  await firewall.close();
  expect(last()).toHaveLength(4);
});
