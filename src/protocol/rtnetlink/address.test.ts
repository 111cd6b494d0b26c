import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LITTLE_ENDIAN } from '../netlink/attributes.ts';
import {
  type AddressOptions,
  decodeAddress,
  encodeAddress,
  encodeAddressDump,
  encodeAddressRemoval,
} from './address.ts';
import { addressOf } from './common.ts';

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hex = (value: Uint8Array | null): string => Buffer.from(value ?? []).toString('hex');
const address = (text: string, prefixLength: number, more: Partial<AddressOptions> = {}): AddressOptions => ({
  address: text,
  prefixLength,
  ...more,
});

test.runIf(LITTLE_ENDIAN)('an address request, byte for byte', () => {
  expect(hex(encodeAddress(7, address('10.1.2.3', 24)))).toBe(
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

test.runIf(LITTLE_ENDIAN)('every option of an IPv4 address, byte for byte', () => {
  const options = {
    scope: 253,
    broadcast: '10.1.2.255',
    label: 'e:1',
    peer: '10.1.2.4',
    noPrefixRoute: true,
  };
  expect(
    hex(encodeAddress(7, address('10.1.2.3', 24, { ...options, preferredUs: 0 } as AddressOptions))),
  ).toBe(
    [
      '021800fd07000000',
      '080002000a010203',
      '080001000a010204', // IFA_ADDRESS: the peer
      '080004000a0102ff', // IFA_BROADCAST
      '08000300653a3100', // IFA_LABEL
      '0800080000020000', // IFA_FLAGS: IFA_F_NOPREFIXROUTE; no lifetime
      '05000b0012000000',
    ].join(''),
  );
});

test.runIf(LITTLE_ENDIAN)(
  'an IPv6 address is not looked for elsewhere unless asked, and may be deprecated',
  () => {
    const local = '14000200' + '20010db8000000000000000000000001';
    const peer = '14000100' + '20010db8000000000000000000000001';
    const head = '0a80000007000000';
    const protocol = '05000b0012000000';
    const lifetime = '14000600' + '00000000ffffffff0000000000000000';
    expect(hex(encodeAddress(7, address('2001:db8::1', 128, { preferredUs: 0 })))).toBe(
      [head, local, peer, lifetime, '0800080002000000', protocol].join(''),
    );
    const flags = { detectDuplicates: true, home: true, managesTemporary: true, joinsGroup: true } as const;
    expect(hex(encodeAddress(7, address('2001:db8::1', 128, { ...flags, scope: 253, label: 'x' })))).toBe(
      [head, local, peer, '0800080010050000', protocol].join(''),
    );
    expect(hex(encodeAddressRemoval(7, address('2001:db8::1', 128)))).toBe(head + local + peer);
  },
);

test('addresses come back as they were written', () => {
  const octets = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  fc.assert(
    fc.property(
      octets,
      fc.integer({ min: 1, max: 0x7fffffff }),
      fc.integer({ min: 0, max: 32 }),
      (raw, index, length) => {
        const written = address(addressOf(raw) ?? '', length);
        expect(decodeAddress(encodeAddress(index, written) ?? new Uint8Array())).toEqual({
          ...written,
          index,
          tentative: false,
        });
      },
    ),
  );
});

test.each([
  ['10.0.0.1', 33, {}],
  ['10.0.0.1', -1, {}],
  ['10.0.0.1', 8.5, {}],
  ['10.0.0', 8, {}],
  ['2001:db8::1', 129, {}],
  ['10.0.0.1', 8, { peer: '2001:db8::1' }],
  ['10.0.0.1', 8, { broadcast: 'x' }],
  ['10.0.0.1', 8, { label: 'sixteen letters!' }],
])('%s/%d %o is refused', (text, prefixLength, more) => {
  expect(encodeAddress(1, address(text, prefixLength, more))).toBeNull();
});

test.runIf(LITTLE_ENDIAN)(
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

test.runIf(LITTLE_ENDIAN)('an address is tentative by its short flags or its long ones', () => {
  const local = '080002000a000001';
  expect(decodeAddress(bytes(`0220400007000000${local}`))?.tentative).toBe(true);
  expect(decodeAddress(bytes(`0220400007000000${local}0800080080000000`))?.tentative).toBe(false);
  expect(decodeAddress(bytes(`0220000007000000${local}08000800c0000000`))?.tentative).toBe(true);
});

test('no bytes make the decoder throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
      decodeAddress(noise);
      decodeAddress(Uint8Array.from([2, ...noise]));
      decodeAddress(Uint8Array.from([10, ...noise]));
    }),
  );
});

test('a dump request has the length the kernel checks for', () => {
  expect(encodeAddressDump().length).toBe(8);
});
