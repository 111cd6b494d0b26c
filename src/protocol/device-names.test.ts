import { expect, test } from 'vitest';
import { deviceNames } from './device-names.ts';

function first(count: number, ...args: Parameters<typeof deviceNames>): string[] {
  const names = deviceNames(...args);
  return Array.from({ length: count }, () => String(names.next().value));
}

test('names are tried in the order of keepalived', () => {
  expect(first(4, 'vrrp', 51, false)).toEqual(['vrrp.51', 'vrrp1.51', 'vrrp2.51', 'vrrp3.51']);
  const ipv6 = [
    'vrrp.51',
    'vrrp6.51',
    'vrrp1.51',
    'vrrp2.51',
    'vrrp3.51',
    'vrrp4.51',
    'vrrp5.51',
    'vrrp7.51',
  ];
  expect(first(8, 'vrrp', 51, true)).toEqual(ipv6);
});

test('a prefix that is too long is cut, the number of the virtual router never', () => {
  expect(first(2, 'a-rather-long-prefix', 255, true)).toEqual(['a-rather-lo.255', 'a-rather-l6.255']);
});
