import { expect, test } from 'vitest';
import { ARP_FRAME_LENGTH, gratuitousArpRequest, parseMac } from './arp.ts';

const hex = (bytes: Uint8Array | null): string =>
  bytes === null ? 'null' : Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

test('a gratuitous request, byte for byte', () => {
  const frame = gratuitousArpRequest('10.1.2.200', '02:00:5E:10:00:fe');
  expect(frame?.length).toBe(ARP_FRAME_LENGTH);
  expect(hex(frame)).toBe(
    [
      'ffffffffffff', // Ethernet destination
      '02005e1000fe', // Ethernet source
      '0806', // ARP
      '0001', // Ethernet
      '0800', // IPv4
      '0604', // address lengths
      '0001', // request
      '02005e1000fe', // sender
      '0a0102c8',
      'ffffffffffff', // target
      '0a0102c8',
    ].join(''),
  );
});

test.each([
  ['10.0.0.256', '02:00:00:00:00:01'],
  ['fe80::1', '02:00:00:00:00:01'],
  ['10.0.0.1', '02:00:00:00:00'],
  ['10.0.0.1', '02-00-00-00-00-01'],
  ['10.0.0.1', ''],
])('%s at %s gives no frame', (address, mac) => {
  expect(gratuitousArpRequest(address, mac)).toBeNull();
});

test('a MAC is six octets in hexadecimal', () => {
  expect(hex(parseMac('00:ff:0a:A0:10:01'))).toBe('00ff0aa01001');
  expect(parseMac('0:1:2:3:4:5')).toBeNull();
});
