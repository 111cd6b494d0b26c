import { expect, test } from 'vitest';
import type { DeviceSpec } from './input/device.ts';
import { adoptDevices, type ExistingLink } from './vrrp.adoption.ts';
import { vrrpInput } from './vrrp.fixture.ts';

const MAC = '00:00:5e:00:01:33';
const spec: DeviceSpec = {
  name: 'vrrp.51',
  named: false,
  prefix: 'vrrp',
  base: 'eth0',
  device: { kind: 'macvlan', mac: MAC },
  group: null,
  family: 'inet',
  ipv6: false,
  linkLocal: null,
  address: null,
  notifiesBase: false,
};
const vip = { address: '10.0.0.100', prefixLength: 24, interface: 'vrrp.51' };
const input = (named = false) =>
  vrrpInput({
    devices: [{ ...spec, named }],
    advertInterface: 'vrrp.51',
    addresses: [vip],
    garpPaces: [{ interface: 'vrrp.51', limiter: 'eth0', arpIntervalUs: 1, advertisementIntervalUs: 0 }],
  });

const link = (name: string, index: number, more: Partial<ExistingLink> = {}): ExistingLink => ({
  interface: name,
  index,
  kind: null,
  mode: null,
  baseIndex: null,
  mac: '02:00:00:00:00:01',
  ...more,
});
const eth0 = link('eth0', 2);
const macvlan = (name: string, more: Partial<ExistingLink> = {}): ExistingLink =>
  link(name, 5, { kind: 'macvlan', mode: 1, baseIndex: 2, mac: MAC, ...more });

const adopted = (links: readonly ExistingLink[], named = false, taken: string[] = []) =>
  adoptDevices(input(named), links, new Set(['vrrp.51', ...taken]));

test('a device that fits is used under the name that it has, everywhere', () => {
  const found = adopted([eth0, macvlan('vip0')]);
  expect(found.devices[0]?.name).toBe('vip0');
  expect(found.advertInterface).toBe('vip0');
  expect(found.addresses[0]?.interface).toBe('vip0');
  expect(found.garpPaces[0]?.interface).toBe('vip0');
});

test.each([
  ['nothing there', [eth0], false],
  ['the very device', [eth0, macvlan('vrrp.51')], false],
  [
    'its own name with a wrong MAC: it is corrected',
    [eth0, macvlan('vrrp.51', { mac: '02:00:00:00:00:09' })],
    false,
  ],
  ['its given name on another interface: it is replaced', [eth0, macvlan('vrrp.51', { baseIndex: 9 })], true],
  ['a device of another interface', [eth0, macvlan('other', { baseIndex: 9 })], false],
] as const)('%s changes no name', (_name, links, named) => {
  const before = input(named);
  expect(adoptDevices(before, links, new Set())).toBe(before);
});

test.each([
  ['an interface of another kind', [eth0, link('vrrp.51', 5)], [], 'vrrp1.51'],
  ["somebody else's device", [eth0, macvlan('vrrp.51', { baseIndex: 9 })], [], 'vrrp1.51'],
  ['and the next name is taken', [eth0, link('vrrp.51', 5)], ['vrrp1.51'], 'vrrp2.51'],
  ['and the next name exists', [eth0, link('vrrp.51', 5), link('vrrp1.51', 6)], [], 'vrrp2.51'],
] as const)('a name that has %s is given up', (_name, links, taken, name) => {
  expect(adopted(links, false, [...taken]).devices[0]?.name).toBe(name);
});
