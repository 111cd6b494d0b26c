import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatIpv4 } from './ipv4.ts';
import {
  decodeAddress,
  decodeErrno,
  decodeLink,
  decodeMessages,
  encodeAddress,
  encodeAddressDump,
  encodeLinkDump,
  encodeMessage,
} from './rtnetlink.ts';

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hex = (value: Uint8Array | null): string => Buffer.from(value ?? []).toString('hex');
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

test.runIf(littleEndian)('an address request, byte for byte', () => {
  expect(hex(encodeAddress({ index: 7, address: '10.1.2.3', prefixLength: 24 }))).toBe(
    [
      '02180000', // AF_INET, /24, no flags, scope global
      '07000000', // interface index
      '08000200', // IFA_LOCAL
      '0a010203',
      '08000100', // IFA_ADDRESS
      '0a010203',
      '05000b00', // IFA_PROTO
      '12000000',
    ].join(''),
  );
});

test('addresses come back as they were written', () => {
  fc.assert(
    fc.property(
      fc.record({
        index: fc.integer({ min: 1, max: 0x7fffffff }),
        address: fc.integer({ min: 0, max: 0xffffffff }).map((value) => formatIpv4(value)),
        prefixLength: fc.integer({ min: 0, max: 32 }),
      }),
      (message) => {
        expect(decodeAddress(encodeAddress(message) ?? new Uint8Array())).toEqual(message);
      },
    ),
  );
});

test('messages come back as they were written, several to a datagram, and a torn one ends them', () => {
  const message = fc.record({
    type: fc.integer({ min: 0, max: 0xffff }),
    flags: fc.integer({ min: 0, max: 0xffff }),
    sequence: fc.integer({ min: 0, max: 0xffffffff }),
    payload: fc.uint8Array({ maxLength: 40 }),
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), fc.nat({ max: 15 }), (messages, torn) => {
      const whole = messages.flatMap((each) => Array.from(encodeMessage(each)));
      const tail = encodeMessage({ type: 1, flags: 0, sequence: 0, payload: new Uint8Array() }).slice(
        0,
        torn,
      );
      expect(decodeMessages(Uint8Array.from([...whole, ...tail]))).toEqual(messages);
    }),
  );
});

test.each([
  ['10.0.0.1', 33],
  ['10.0.0.1', -1],
  ['10.0.0.1', 8.5],
  ['10.0.0', 8],
])('%s/%d is refused', (address, prefixLength) => {
  expect(encodeAddress({ index: 1, address, prefixLength })).toBeNull();
});

test.runIf(littleEndian)(
  'a point-to-point address is the local one, whatever the order of attributes',
  () => {
    const head = '0220000007000000';
    const peer = '080001000a000002';
    const local = '080002000a000001';
    expect(decodeAddress(bytes(head + peer + local))?.address).toBe('10.0.0.1');
    expect(decodeAddress(bytes(head + local + peer))?.address).toBe('10.0.0.1');
    expect(decodeAddress(bytes(head + peer))?.address).toBe('10.0.0.2');
  },
);

test.runIf(littleEndian)('a link is its index, name and flags', () => {
  const head = '0000010009000000431001000000000000';
  const message = `${head.slice(0, 32)}0900030065746830000000000500ff0001`;
  expect(decodeLink(bytes(message))).toEqual({ index: 9, name: 'eth0', flags: 0x11043 });
});

test.runIf(littleEndian)('what a bridge says about its ports is not about the link', () => {
  const message = '07000100090000004310010000000000' + '0900030065746830000000';
  expect(decodeLink(bytes(message))).toBeNull();
});

test.runIf(littleEndian)('an errno is positive and an acknowledgement 0', () => {
  expect(decodeErrno(bytes('efffffff'))).toBe(17);
  expect(Object.is(decodeErrno(bytes('00000000')), 0)).toBe(true);
  expect(decodeErrno(bytes('ef'))).toBeNull();
});

test('no bytes make a decoder throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
      decodeLink(noise);
      decodeAddress(noise);
      decodeErrno(noise);
      decodeMessages(noise);
      decodeLink(Uint8Array.from([0, ...noise]));
      decodeAddress(Uint8Array.from([2, ...noise]));
    }),
  );
});

test('dump requests have the length the kernel checks for', () => {
  expect(encodeLinkDump().length).toBe(24);
  expect(encodeAddressDump().length).toBe(8);
});
