import { describe, expect, test } from 'vitest';
import { compareIp, formatIpBytes, ipBytes, isLinkLocalIpv6, isMulticastIp } from './ip.ts';

describe('addresses as bytes', () => {
  test.each(['0.0.0.0', '10.0.0.255', '255.255.255.255', '::', 'fe80::1', '2001:db8:0:1::ff', 'ff02::12'])(
    '%s and back',
    (text) => {
      const bytes = ipBytes(text) ?? new Uint8Array();
      const padded = Uint8Array.from([9, ...bytes, 9]);
      expect(bytes).toHaveLength(text.includes(':') ? 16 : 4);
      expect(formatIpBytes(padded, 1, text.includes(':') ? 'inet6' : 'inet')).toBe(text);
    },
  );

  test.each(['', '10.0.0', '10.0.0.256', ':::', 'eth0'])('%s is none', (text) => {
    expect(ipBytes(text)).toBeNull();
  });
});

describe('the tie-break of elections', () => {
  test.each([
    ['10.0.0.2', '10.0.0.10', -1],
    ['200.0.0.1', '9.255.255.255', 1],
    ['10.0.0.1', '10.0.0.1', 0],
    ['fe80::2', 'fe80::10', -1],
    ['fe80::ffff', 'fe80::1:0', -1],
    ['FE80::1', 'fe80::1', 0],
    ['::1', '255.255.255.255', 1],
    ['0.0.0.0', 'nonsense', 1],
  ])('%s against %s', (a, b, sign) => {
    expect(Math.sign(compareIp(a, b))).toBe(sign);
    expect(Math.sign(compareIp(b, a))).toBe(sign === 0 ? 0 : -sign);
  });
});

test('multicast and link-local', () => {
  expect(['224.0.0.18', '239.1.1.1', 'ff02::12'].map(isMulticastIp)).toEqual([true, true, true]);
  expect(['223.255.255.255', '240.0.0.1', 'fe80::1', ''].map(isMulticastIp)).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect(['fe80::1', 'febf::1'].map(isLinkLocalIpv6)).toEqual([true, true]);
  expect(['fec0::1', '2001:db8::1', '10.0.0.1'].map(isLinkLocalIpv6)).toEqual([false, false, false]);
});
