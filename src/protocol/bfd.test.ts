import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seedOfRun } from '../../test/harness/seed.ts';
import { BFD_FAULTS, BFD_STATES, type BfdControl, decodeControl, encodeControl } from './bfd.ts';

const CONTROL: BfdControl = {
  state: 'up',
  diagnostic: 0,
  poll: true,
  final: false,
  demand: false,
  multiplier: 3,
  myDiscriminator: 0x01020304,
  yourDiscriminator: 0xa0b0c0d0,
  desiredMinTxUs: 10_000,
  requiredMinRxUs: 50_000,
};

/** RFC 5880 section 4.1, field by field. */
const BYTES = Uint8Array.of(
  ...[0x20, 0xe0, 3, 24],
  ...[1, 2, 3, 4],
  ...[0xa0, 0xb0, 0xc0, 0xd0],
  ...[0, 0, 0x27, 0x10],
  ...[0, 0, 0xc3, 0x50],
  ...[0, 0, 0, 0],
);

function changed(...changes: readonly (readonly [index: number, value: number])[]): Uint8Array {
  const bytes = BYTES.slice();
  for (const [index, value] of changes) bytes[index] = value;
  return bytes;
}

describe('codec', () => {
  it('writes the mandatory section', () => {
    expect(encodeControl(CONTROL)).toEqual(BYTES);
  });

  it('reads what it writes', () => {
    const uint32 = fc.integer({ min: 1, max: 0xffff_ffff });
    const controls = fc.record({
      state: fc.constantFrom(...BFD_STATES),
      diagnostic: fc.integer({ min: 0, max: 8 }),
      poll: fc.boolean(),
      final: fc.constant(false),
      demand: fc.boolean(),
      multiplier: fc.integer({ min: 1, max: 255 }),
      myDiscriminator: uint32,
      yourDiscriminator: uint32,
      desiredMinTxUs: fc.integer({ min: 0, max: 0xffff_ffff }),
      requiredMinRxUs: fc.integer({ min: 0, max: 0xffff_ffff }),
    });
    fc.assert(
      fc.property(controls, (control) => {
        expect(decodeControl(encodeControl(control))).toEqual({ ok: true, control, authenticated: false });
      }),
      { seed: seedOfRun() },
    );
  });

  it('says that a packet is authenticated', () => {
    const bytes = Uint8Array.of(...changed([1, 0xe4], [3, 26]), 1, 2);
    expect(decodeControl(bytes)).toMatchObject({ ok: true, authenticated: true });
  });
});

describe('packets that RFC 5880 section 6.8.6 discards', () => {
  it.each([
    ['another version', changed([0, 0x40]), 'version'],
    ['version 0', changed([0, 0]), 'version'],
    ['an empty datagram', new Uint8Array(0), 'length'],
    ['a short datagram', BYTES.slice(0, 23), 'length'],
    ['a length field below 24', changed([3, 23]), 'length'],
    ['a length field beyond the datagram', changed([3, 25]), 'length'],
    ['a datagram beyond the length field', Uint8Array.of(...BYTES, 0), 'length'],
    ['authentication without room for it', changed([1, 0xe4]), 'length'],
    ['a multiplier of 0', changed([2, 0]), 'multiplier'],
    ['the multipoint bit', changed([1, 0xe1]), 'multipoint'],
    ['my discriminator 0', changed([4, 0], [5, 0], [6, 0], [7, 0]), 'discriminator'],
    ['your discriminator 0 in state up', changed([8, 0], [9, 0], [10, 0], [11, 0]), 'state'],
    ['your discriminator 0 in state init', changed([1, 0x80], [8, 0], [9, 0], [10, 0], [11, 0]), 'state'],
    ['poll and final', changed([1, 0xf0]), 'pollAndFinal'],
    ['a diagnostic without a meaning', changed([0, 0x29]), 'diagnostic'],
  ])('%s', (_what, bytes, error) => {
    expect(decodeControl(bytes)).toEqual({ ok: false, error });
  });

  it('asks in their order', () => {
    // Everything is wrong; one thing after the other is put right.
    const bytes = changed([0, 0x49], [1, 0xf1], [2, 0], [3, 23], [4, 0], [5, 0], [6, 0], [7, 0]);
    bytes.fill(0, 8, 12);
    const mend: readonly (readonly [number, number])[] = [
      [0, 0x29],
      [3, 24],
      [2, 3],
      [1, 0xf0],
      [4, 1],
      [8, 1],
      [1, 0xc0],
    ];
    const errors = [decodeControl(bytes)];
    for (const [index, value] of mend) {
      bytes[index] = value;
      errors.push(decodeControl(bytes));
    }
    const found = errors.map((decoded) => (decoded.ok ? null : decoded.error));
    expect(found).toEqual(BFD_FAULTS.slice(0, 8));
  });

  it('takes your discriminator 0 while down', () => {
    for (const state of ['down', 'adminDown'] as const) {
      const bytes = encodeControl({ ...CONTROL, state, yourDiscriminator: 0 });
      expect(decodeControl(bytes)).toMatchObject({ ok: true });
    }
  });
});

it('never throws, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const decoded = decodeControl(bytes);
      expect(decoded.ok || BFD_FAULTS.includes(decoded.error)).toBe(true);
    }),
    { seed: seedOfRun(), numRuns: 2_000 },
  );
});
