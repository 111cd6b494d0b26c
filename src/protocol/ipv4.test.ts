import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIpv4, parseIpv4 } from './ipv4.ts';

describe('IPv4 addresses', () => {
  test.each([
    ['0.0.0.0', 0],
    ['192.0.2.1', 0xc0000201],
    ['255.255.255.255', 0xffffffff],
  ])('%s', (text, value) => {
    expect(parseIpv4(text)).toBe(value);
    expect(formatIpv4(value)).toBe(text);
  });

  test.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.',
    '.1.2.3',
    '1..2.3',
    '1.2.3.4.',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '00.0.0.0',
    '1.2.3.4 ',
    '1.2.3.-4',
    '+1.2.3.4',
    '1.2.3.4/24',
    '0x1.2.3.4',
    '1.2.3.4444',
  ])('%j is none', (text) => {
    expect(parseIpv4(text)).toBeNull();
  });

  test('what is an address is what Node takes for one', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.stringMatching(/^[0-9.]{0,17}$/)), (text) => {
        const value = parseIpv4(text);
        expect(value !== null).toBe(isIPv4(text));
        if (value !== null) expect(formatIpv4(value)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});
