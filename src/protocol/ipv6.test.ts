import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIp } from './ip.ts';
import { formatIpv6, parseIpv6 } from './ipv6.ts';

describe('IPv6 addresses', () => {
  test.each([
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['fe80::', 'fe80::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ])('%s is %s', (text, canonical) => {
    expect(parseIp(text)).toEqual({ family: 'inet6', text: canonical });
  });

  test.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'fe80::1%eth0',
    '::192.0.2',
    '192.0.2.1::',
    '::1/64',
    'g::',
  ])('%j is none', (text) => {
    expect(parseIpv6(text)).toBeNull();
  });

  test('what is an address is what Node takes for one, and both forms mean the same', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{0,20}$/)), (text) => {
        const groups = parseIpv6(text);
        expect(groups !== null).toBe(isIPv6(text));
        if (groups !== null) expect(parseIpv6(formatIpv6(groups))).toEqual(groups);
      }),
      { numRuns: 2000 },
    );
  });
});
