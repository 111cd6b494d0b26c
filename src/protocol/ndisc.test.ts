import { expect, test } from 'vitest';
import { addToSum, isSumValid } from './checksum.ts';
import { unsolicitedAdvertisement } from './ndisc.ts';

const hex = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString('hex');

test('the frame of an unsolicited neighbour advertisement, field by field', () => {
  const frame = unsolicitedAdvertisement('2001:db8::100', '02:00:5e:00:00:01', true);
  const address = '20010db8000000000000000000000100';
  const pattern = [
    '333300000001',
    '02005e000001',
    '86dd',
    '60000000',
    '0020',
    '3aff',
    address,
    'ff020000000000000000000000000001',
    '8800',
    '....',
    'a0000000',
    address,
    '0201',
    '02005e000001',
  ];
  expect(hex(frame)).toMatch(new RegExp(`^${pattern.join('')}$`));
});

test('the checksum covers the pseudo-header, and the router flag changes it', () => {
  for (const isRouter of [true, false]) {
    const frame = unsolicitedAdvertisement('fe80::1:ffff', '00:00:5e:00:02:33', isRouter) ?? new Uint8Array();
    expect(frame[58]).toBe(isRouter ? 0xa0 : 0x20);
    const pseudo = addToSum(32 + 58, frame, 22, 54);
    expect(isSumValid(addToSum(pseudo, frame, 54, 86))).toBe(true);
  }
});

test.each([
  ['10.0.0.1', '02:00:5e:00:00:01'],
  ['2001:db8::1', '02:00:5e:00:00'],
  ['', ''],
])('no frame for %s from %s', (address, mac) => {
  expect(unsolicitedAdvertisement(address, mac, false)).toBeNull();
});
