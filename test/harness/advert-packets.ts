/** Packets for tests, built and checked without the codec under test. */
import fc from 'fast-check';
import type { VrrpAdvert } from '../../src/protocol/vrrp.ts';

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Sum of 16-bit words as RFC 1071 says it, the slow way. */
export function referenceSum(bytes: Iterable<number>): number {
  const list = [...bytes];
  if (list.length % 2 === 1) list.push(0);
  let sum = 0n;
  for (let at = 0; at < list.length; at += 2) sum += BigInt(((list[at] ?? 0) << 8) + (list[at + 1] ?? 0));
  while (sum > 0xffffn) sum = (sum & 0xffffn) + (sum >> 16n);
  return Number(sum);
}

/** Writes the right version 2 or RFC 9568 checksum into the VRRP message that begins at `start`. */
export function fixPlainChecksum(packet: Uint8Array, start = 20, end = packet.length): Uint8Array {
  packet[start + 6] = 0;
  packet[start + 7] = 0;
  const checksum = ~referenceSum(packet.subarray(start, end)) & 0xffff;
  packet[start + 6] = checksum >>> 8;
  packet[start + 7] = checksum & 255;
  return packet;
}

const octet = fc.integer({ min: 0, max: 255 });

export const anyAddress = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'));

export const anyAdvert: fc.Arbitrary<VrrpAdvert> = fc
  .record({
    version: fc.constantFrom<2 | 3>(2, 3),
    virtualRouterId: fc.integer({ min: 1, max: 255 }),
    priority: octet,
    units: fc.integer({ min: 1, max: 4095 }),
    addresses: fc.array(anyAddress, { maxLength: 255 }),
  })
  .map(({ units, ...rest }) => ({
    ...rest,
    advertIntervalUs: rest.version === 2 ? ((units % 255) + 1) * 1_000_000 : units * 10_000,
  }));

/** One change to a packet: flipped bits, a set byte, a cut, or bytes added at the end. */
type Mutation =
  | { readonly kind: 'flip'; readonly at: number; readonly mask: number }
  | { readonly kind: 'set'; readonly at: number; readonly value: number }
  | { readonly kind: 'cut'; readonly keep: number }
  | { readonly kind: 'extend'; readonly bytes: readonly number[] };

const anyMutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({
    kind: fc.constant('flip' as const),
    at: fc.nat(63),
    mask: fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 128),
  }),
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(63), value: octet }),
  fc.record({ kind: fc.constant('cut' as const), keep: fc.nat(60) }),
  fc.record({
    kind: fc.constant('extend' as const),
    bytes: fc.array(octet, { minLength: 1, maxLength: 20 }),
  }),
);

export const anyMutations = fc.array(anyMutation, { minLength: 1, maxLength: 4 });

/** Applies the changes to a copy. */
export function mutate(packet: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let result = packet.slice();
  for (const mutation of mutations) {
    if (mutation.kind === 'cut') result = result.slice(0, mutation.keep);
    else if (mutation.kind === 'extend') result = Uint8Array.from([...result, ...mutation.bytes]);
    else if (mutation.at < result.length)
      result[mutation.at] =
        mutation.kind === 'set' ? mutation.value : (result[mutation.at] ?? 0) ^ mutation.mask;
  }
  return result;
}
