import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyAddress, anyAdvert, bytesOf, hexOf } from '../../test/harness/advert-packets.ts';
import { seedOfRun } from '../../test/harness/seed.ts';
import { addToSum, isSumValid } from './checksum.ts';
import { formatIpv4 } from './ipv4.ts';
import { parseIpv4Header, writeIpv4HeaderChecksum } from './ipv4-header.ts';
import { checksumDialect, decodeVrrp, encodeAdvertPacket, type VrrpAdvert, wireIntervalUs } from './vrrp.ts';

interface Vector {
  readonly name: string;
  readonly advert: VrrpAdvert;
  readonly source: string;
  readonly destination: string;
  readonly dialect: 'plain' | 'pseudoHeader';
  readonly packet: string;
}

/** Checksums worked out by hand: the words of the message (and pseudo-header), added, carried, inverted. */
const vectors: readonly Vector[] = [
  {
    name: 'version 2, one address, no authentication',
    advert: {
      version: 2,
      virtualRouterId: 51,
      priority: 100,
      advertIntervalUs: 1_000_000,
      addresses: ['192.168.1.10'],
    },
    source: '192.168.1.1',
    destination: '224.0.0.18',
    dialect: 'plain',
    // 2133 + 6401 + 0001 + c0a8 + 010a = 146e7 -> 46e8, inverted b917
    packet: `45c00028 00000000 ff700000 c0a80101 e0000012
             21336401 0001b917 c0a8010a 00000000 00000000`,
  },
  {
    name: 'version 3, two addresses, pseudo-header',
    advert: {
      version: 3,
      virtualRouterId: 7,
      priority: 255,
      advertIntervalUs: 1_000_000,
      addresses: ['10.0.0.100', '10.0.0.101'],
    },
    source: '10.0.0.1',
    destination: '224.0.0.18',
    dialect: 'pseudoHeader',
    // 3107 + ff02 + 0064 + 0a00 + 0064 + 0a00 + 0065 + 0a00 + 0001 + e000 + 0012 + 0070 + 0010 carries to 2fcb, inverted d034
    packet: `45c00024 00000000 ff700000 0a000001 e0000012
             3107ff02 0064d034 0a000064 0a000065`,
  },
  {
    name: 'version 3, one address, RFC 9568 checksum, 10 ms',
    advert: {
      version: 3,
      virtualRouterId: 1,
      priority: 0,
      advertIntervalUs: 10_000,
      addresses: ['10.0.0.100'],
    },
    source: '10.0.0.1',
    destination: '10.0.0.2',
    dialect: 'plain',
    // 3101 + 0001 + 0001 + 0a00 + 0064 = 3b67, inverted c498
    packet: `45c00020 00000000 ff700000 0a000001 0a000002
             31010001 0001c498 0a000064`,
  },
];

describe('known packets', () => {
  test.each(vectors)('$name: encoded', ({ advert, source, destination, dialect, packet }) => {
    expect(hexOf(encodeAdvertPacket(advert, { source, destination, dialect }))).toBe(hexOf(bytesOf(packet)));
  });

  test.each(vectors)('$name: decoded', ({ advert, source, destination, dialect, packet }) => {
    const bytes = bytesOf(packet);
    const ip = parseIpv4Header(bytes);
    const vrrp = decodeVrrp(bytes.subarray(20));
    if (!ip.ok || !vrrp.ok) throw new Error('did not decode');
    expect(formatIpv4(ip.header.source)).toBe(source);
    expect(formatIpv4(ip.header.destination)).toBe(destination);
    expect(ip.header).toMatchObject({ headerLength: 20, ttl: 255, protocol: 112, typeOfService: 0xc0 });
    expect(vrrp.vrrp).toMatchObject({ ...advert, type: 1, authType: 0 });
    expect(checksumDialect(bytes, 20, bytes.length)).toBe(dialect);
  });
});

test('what was encoded is decoded again, with a valid checksum', () => {
  fc.assert(
    fc.property(
      anyAdvert,
      anyAddress,
      anyAddress,
      fc.constantFrom('plain' as const, 'pseudoHeader' as const),
      (advert, source, destination, dialect) => {
        const packet = encodeAdvertPacket(advert, { source, destination, dialect });
        const ip = parseIpv4Header(packet);
        const decoded = decodeVrrp(packet.subarray(20));
        if (!ip.ok || !decoded.ok) throw new Error('did not decode');
        expect(decoded.vrrp).toMatchObject({ ...advert, type: 1, authType: 0 });
        expect(ip.header.totalLength).toBe(packet.length);
        const found = checksumDialect(packet, 20, packet.length);
        expect(found).not.toBeNull();
        if (advert.version === 2) expect(found).toBe('plain');
      },
    ),
    { numRuns: 500, seed: seedOfRun() },
  );
});

test('an interval is rounded to what the version can carry and kept within its range', () => {
  expect(wireIntervalUs(2, 1_400_000)).toBe(1_000_000);
  expect(wireIntervalUs(2, 100_000)).toBe(1_000_000);
  expect(wireIntervalUs(2, 999_000_000)).toBe(255_000_000);
  expect(wireIntervalUs(3, 104_000)).toBe(100_000);
  expect(wireIntervalUs(3, 0)).toBe(10_000);
  expect(wireIntervalUs(3, 99_000_000)).toBe(40_950_000);
});

test('more than 255 addresses and a text that is no address are refused', () => {
  const advert: VrrpAdvert = {
    version: 3,
    virtualRouterId: 1,
    priority: 1,
    advertIntervalUs: 1e6,
    addresses: [],
  };
  const many = { ...advert, addresses: Array.from({ length: 256 }, () => '10.0.0.1') };
  expect(() => encodeAdvertPacket(many, { source: '10.0.0.1', destination: '10.0.0.2' })).toThrow(RangeError);
  expect(() => encodeAdvertPacket(advert, { source: '10.0.0', destination: '10.0.0.2' })).toThrow(RangeError);
});

test('the header checksum makes the header sum up', () => {
  const packet = bytesOf(vectors[0]?.packet ?? '');
  writeIpv4HeaderChecksum(packet);
  expect(isSumValid(addToSum(0, packet, 0, 20))).toBe(true);
});

test('messages cut anywhere are refused for their length', () => {
  const whole = bytesOf(vectors[1]?.packet ?? '');
  for (let length = 20; length < whole.length; length++)
    expect(decodeVrrp(whole.subarray(20, length))).toMatchObject({ ok: false, error: 'packetLength' });
  for (let length = 0; length < 20; length++)
    expect(parseIpv4Header(whole.subarray(0, length))).toMatchObject({ ok: false, error: 'packetLength' });
});
