import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyMutations, fixPlainChecksum, mutate, referenceSum } from '../../test/harness/advert-packets.ts';
import { seedOfRun } from '../../test/harness/seed.ts';
import { advertExpectation } from './vrrp.fixture.ts';
import { encodeAdvertPacket } from './vrrp.ts';
import { type AdvertExpectation, judgeAdvert } from './vrrp-judgement.ts';

const addresses = ['10.0.0.100'];
const ours3 = advertExpectation();
const ours2 = advertExpectation({ version: 2 });
const oursUnicast = advertExpectation({ unicast: true });

function packet3(destination = '224.0.0.18', dialect: 'plain' | 'pseudoHeader' = 'plain'): Uint8Array {
  const advert = {
    version: 3,
    virtualRouterId: 51,
    priority: 100,
    advertIntervalUs: 1_000_000,
    addresses,
  } as const;
  return encodeAdvertPacket(advert, { source: '10.0.0.2', destination, dialect });
}

function packet2(): Uint8Array {
  const advert = {
    version: 2,
    virtualRouterId: 51,
    priority: 100,
    advertIntervalUs: 1_000_000,
    addresses,
  } as const;
  return encodeAdvertPacket(advert, { source: '10.0.0.2', destination: '224.0.0.18' });
}

/** Sets bytes, then makes the VRRP checksum right again. */
function changed(packet: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array {
  for (const [at, value] of Object.entries(changes)) packet[Number(at)] = value;
  return fixPlainChecksum(packet);
}

describe('accepted', () => {
  const advert = { source: '10.0.0.2', priority: 100, advertIntervalUs: 1_000_000, addresses };

  test('version 2', () => {
    expect(judgeAdvert(packet2(), ours2)).toMatchObject({
      ok: true,
      advert,
      addressListDiffers: false,
      dialect: 'plain',
    });
  });

  test('version 3 in both checksum dialects', () => {
    for (const dialect of ['plain', 'pseudoHeader'] as const)
      expect(judgeAdvert(packet3('224.0.0.18', dialect), ours3)).toMatchObject({
        ok: true,
        advert,
        addressListDiffers: false,
        dialect,
      });
  });

  test('version 3 with an interval of its own; the four reserved bits are ignored', () => {
    expect(judgeAdvert(changed(packet3(), { 24: 0xf0, 25: 10 }), ours3)).toMatchObject({
      ok: true,
      advert: { advertIntervalUs: 100_000 },
    });
  });

  test('other addresses are told, not refused; their order does not matter', () => {
    expect(judgeAdvert(packet3(), { ...ours3, addresses: ['10.0.0.101'] })).toMatchObject({
      ok: true,
      addressListDiffers: true,
    });
    const two = encodeAdvertPacket(
      {
        version: 3,
        virtualRouterId: 51,
        priority: 1,
        advertIntervalUs: 1e6,
        addresses: ['10.0.0.1', '10.0.0.9'],
      },
      { source: '10.0.0.2', destination: '224.0.0.18' },
    );
    expect(judgeAdvert(two, { ...ours3, addresses: ['10.0.0.9', '10.0.0.1'] })).toMatchObject({
      ok: true,
      addressListDiffers: false,
    });
  });

  test('unicast from any TTL', () => {
    const packet = packet3('10.0.0.1');
    packet[8] = 3;
    expect(judgeAdvert(packet, oursUnicast)).toMatchObject({ ok: true });
  });

  test('with IP options', () => {
    const plain = packet3();
    const withOptions = Uint8Array.from([...plain.subarray(0, 20), 1, 1, 1, 0, ...plain.subarray(20)]);
    withOptions[0] = 0x46;
    withOptions[3] = withOptions.length;
    expect(judgeAdvert(withOptions, ours3)).toMatchObject({ ok: true });
  });

  test('padded to the smallest Ethernet payload, whichever length the IP header tells', () => {
    for (const claimed of [32, 46]) {
      const padded = Uint8Array.from([...packet3(), ...new Uint8Array(14).fill(0xee)]);
      padded[3] = claimed;
      expect(judgeAdvert(padded, ours3)).toMatchObject({ ok: true });
    }
  });
});

describe('IPv6', () => {
  const ours = advertExpectation({ family: 'inet6', destination: 'ff02::12', addresses: ['fe80::100'] });
  const make = (changes: { version?: 2 | 3; destination?: string; hopLimit?: number } = {}) =>
    encodeAdvertPacket(
      {
        version: changes.version ?? 3,
        virtualRouterId: 51,
        priority: 100,
        advertIntervalUs: 1_000_000,
        addresses: ['fe80::100'],
      },
      {
        source: 'fe80::2',
        destination: changes.destination ?? 'ff02::12',
        hopLimit: changes.hopLimit ?? 255,
      },
    );

  test.each([2, 3] as const)('version %i is accepted', (version) => {
    expect(judgeAdvert(make({ version }), { ...ours, version })).toMatchObject({
      ok: true,
      advert: {
        source: 'fe80::2',
        priority: 100,
        advertIntervalUs: 1_000_000,
        addresses: ['fe80::100'],
      },
      addressListDiffers: false,
    });
  });

  test('hop limit, checksum, destination and family are checked', () => {
    const judged = (packet: Uint8Array, expected = ours) => judgeAdvert(packet, expected);
    expect(judged(make({ hopLimit: 254 }))).toMatchObject({ error: 'ttl' });
    const damaged = make();
    damaged[63] = (damaged[63] ?? 0) ^ 1;
    expect(judged(damaged)).toMatchObject({ error: 'checksum' });
    const spoofed = make();
    spoofed[23] = 3;
    expect(judged(spoofed)).toMatchObject({ error: 'checksum' });
    expect(judged(make({ destination: 'ff02::5' }))).toMatchObject({ error: 'unicastMulticast' });
    expect(judged(make({ destination: 'fe80::1' }))).toMatchObject({ error: 'unicastMulticast' });
    expect(judged(packet3())).toMatchObject({ error: 'ipHeader' });
    expect(judged(make(), ours3)).toMatchObject({ error: 'ipHeader' });
    for (let length = 0; length < 64; length++)
      expect(judged(make().slice(0, length))).toMatchObject({ ok: false });
  });

  test('unicast to our address', () => {
    const unicast = { ...ours, unicast: true, destination: 'fe80::1' };
    expect(judgeAdvert(make({ destination: 'fe80::1', hopLimit: 64 }), unicast)).toMatchObject({ ok: true });
    expect(judgeAdvert(make({ destination: 'fe80::9' }), unicast)).toMatchObject({
      error: 'unicastMulticast',
    });
  });
});

describe('senders of unicast', () => {
  const peers = [{ address: '10.0.0.2', minTtl: 200, maxTtl: 254 }];
  const from = (source: string, hopLimit: number) =>
    encodeAdvertPacket(
      { version: 3, virtualRouterId: 51, priority: 100, advertIntervalUs: 1_000_000, addresses },
      { source, destination: '10.0.0.1', hopLimit },
    );

  test.each([
    ['10.0.0.2', 200, undefined],
    ['10.0.0.2', 254, undefined],
    ['10.0.0.2', 199, 'ttl'],
    ['10.0.0.2', 255, 'ttl'],
    ['10.0.0.3', 220, 'unknownUnicastSource'],
  ])('%s with TTL %i: %s', (source, hopLimit, error) => {
    const judged = judgeAdvert(from(source, hopLimit), { ...oursUnicast, peers });
    expect(judged.ok ? undefined : judged.error).toBe(error);
  });

  test('the checksum with the group in place of the destination counts where it is allowed', () => {
    const old = encodeAdvertPacket(
      { version: 3, virtualRouterId: 51, priority: 100, advertIntervalUs: 1_000_000, addresses },
      {
        source: '10.0.0.2',
        destination: '10.0.0.1',
        dialect: 'groupPseudoHeader',
        group: '224.0.0.18',
      },
    );
    expect(judgeAdvert(old, oursUnicast)).toMatchObject({ error: 'checksum' });
    expect(judgeAdvert(old, { ...oursUnicast, checksumGroup: '224.0.0.18' })).toMatchObject({
      ok: true,
      dialect: 'groupPseudoHeader',
    });
  });
});

/** Each is refused for its first fault; every packet from `ttl` on also carries all the faults that come later. */
const refused: readonly (readonly [string, Uint8Array, AdvertExpectation, string])[] = [
  ['nothing at all', new Uint8Array(0), ours3, 'packetLength'],
  ['cut in the IP header', packet3().slice(0, 19), ours3, 'packetLength'],
  ['cut in the VRRP header', packet3().slice(0, 27), ours3, 'packetLength'],
  ['cut in the addresses', packet3().slice(0, 31), ours3, 'packetLength'],
  ['more addresses than bytes', changed(packet3(), { 23: 2 }), ours3, 'packetLength'],
  ['fewer addresses than bytes', changed(packet3(), { 23: 0 }), ours3, 'packetLength'],
  [
    'version 2 without authentication data',
    changed(packet2().slice(0, 32), { 3: 32 }),
    ours2,
    'packetLength',
  ],
  ['too long by 13 bytes', Uint8Array.from([...packet3(), ...new Uint8Array(13)]), ours3, 'packetLength'],
  ['IP version 5', changed(packet3(), { 0: 0x55 }), ours3, 'ipHeader'],
  ['IP header length 16', changed(packet3(), { 0: 0x44 }), ours3, 'ipHeader'],
  ['a fragment', changed(packet3(), { 6: 0x20 }), ours3, 'ipHeader'],
  ['another IP protocol', changed(packet3(), { 9: 89 }), ours3, 'ipHeader'],
  ['another virtual router', changed(packet3(), { 21: 52 }), ours3, 'unknownVirtualRouter'],
  ['TTL 254, version, authentication', changed(packet2(), { 8: 254, 24: 1 }), ours3, 'ttl'],
  ['version 2 for version 3', changed(packet2(), { 24: 1 }), ours3, 'version'],
  ['version 3 for version 2', packet3(), ours2, 'version'],
  ['version 4', changed(packet3(), { 20: 0x41 }), ours3, 'version'],
  ['authentication, interval, type', changed(packet2(), { 20: 0x22, 24: 3, 25: 2 }), ours2, 'authType'],
  [
    'a password where we have none',
    changed(packet2(), { 20: 0x22, 24: 1, 25: 2 }),
    ours2,
    'authTypeMismatch',
  ],
  ['an authentication header where we have none', changed(packet2(), { 9: 51 }), ours2, 'authTypeMismatch'],
  ['version 2 interval, type', changed(packet2(), { 20: 0x22, 25: 2 }), ours2, 'advertInterval'],
  ['version 3 interval 0', changed(packet3(), { 24: 0, 25: 0 }), ours3, 'advertInterval'],
  ['type 2, IP total length', changed(packet3(), { 3: 60, 20: 0x32 }), ours3, 'type'],
  ['checksum, unicast', withBadChecksum(packet3('10.0.0.1')), ours3, 'checksum'],
  ['checksum of version 2', withBadChecksum(packet2()), ours2, 'checksum'],
  ['unicast for multicast', packet3('10.0.0.1'), ours3, 'unicastMulticast'],
  ['another group', packet3('224.0.0.5'), ours3, 'unicastMulticast'],
  ['multicast for unicast', packet3(), oursUnicast, 'unicastMulticast'],
];

function withBadChecksum(packet: Uint8Array): Uint8Array {
  packet[26] = (packet[26] ?? 0) ^ 0x40;
  return packet;
}

describe('refused', () => {
  test.each(refused)('%s', (_name, packet, expected, error) => {
    expect(judgeAdvert(packet, expected)).toMatchObject({ ok: false, error });
  });

  test('an IP total length that is neither what came nor what should have come', () => {
    expect(judgeAdvert(changed(packet3(), { 3: 33 }), ours3)).toMatchObject({
      ok: false,
      error: 'packetLength',
    });
  });

  test('a version 2 packet is never measured with a pseudo-header', () => {
    const packet = packet2();
    const pseudo = [...packet.subarray(12, 20), 0, 112, 0, 20];
    packet[26] = 0;
    packet[27] = 0;
    const checksum = ~referenceSum([...packet.subarray(20), ...pseudo]) & 0xffff;
    packet[26] = checksum >>> 8;
    packet[27] = checksum & 255;
    expect(judgeAdvert(packet, ours2)).toMatchObject({ ok: false, error: 'checksum' });
  });
});

/** The rules once more, as plain as they can be said, for packets that were accepted. */
function assertAcceptable(packet: Uint8Array, expected: AdvertExpectation): void {
  const start = ((packet[0] ?? 0) & 15) * 4;
  const count = packet[start + 3] ?? 0;
  const end = start + 8 + count * 4 + (expected.version === 2 ? 8 : 0);
  expect(packet[0]).toBeGreaterThanOrEqual(0x45);
  expect(packet[0]).toBeLessThan(0x50);
  expect(packet[8]).toBe(255);
  expect(packet[9]).toBe(112);
  expect([...packet.subarray(16, 20)]).toEqual([224, 0, 0, 18]);
  expect(packet[start]).toBe((expected.version << 4) | 1);
  expect(packet[start + 1]).toBe(expected.virtualRouterId);
  expect(packet.length === end || (end < 46 && packet.length > end)).toBe(true);
  if (expected.version === 2) expect([...packet.subarray(start + 4, start + 6)]).toEqual([0, 1]);
  const pseudo = [...packet.subarray(12, 20), 0, 112, 0, end - start];
  const message = [...packet.subarray(start, end)];
  const sums = [referenceSum(message)];
  if (expected.version === 3) sums.push(referenceSum([...message, ...pseudo]));
  expect(sums).toContain(0xffff);
}

test('10,000 mutated packets: each is either acceptable or refused with a reason', () => {
  const outcomes: Record<string, number> = {};
  fc.assert(
    fc.property(
      fc.constantFrom(
        { packet: packet2(), ours: ours2 },
        { packet: packet3(), ours: ours3 },
        { packet: packet3('224.0.0.18', 'pseudoHeader'), ours: ours3 },
      ),
      anyMutations,
      fc.boolean(),
      ({ packet, ours }, mutations, repair) => {
        const mutated = mutate(packet, mutations);
        if (repair && mutated.length >= 28) fixPlainChecksum(mutated);
        const judgement = judgeAdvert(mutated, ours);
        const outcome = judgement.ok ? 'accepted' : judgement.error;
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        if (judgement.ok) assertAcceptable(mutated, ours);
        else expect(judgement.detail).not.toBe('');
      },
    ),
    { numRuns: 10_000, seed: seedOfRun() },
  );
  expect(Object.values(outcomes).reduce((a, b) => a + b)).toBe(10_000);
  // Proof that the mutations reach past the first checks.
  for (const kind of ['accepted', 'packetLength', 'ttl', 'version', 'checksum', 'type', 'unicastMulticast'])
    expect(outcomes[kind], kind).toBeGreaterThan(0);
});
