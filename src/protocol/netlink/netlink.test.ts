import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  attribute,
  decodeAttributes,
  LITTLE_ENDIAN,
  nested,
  numberOf,
  text,
  textOf,
  uint8,
  uint16,
  uint32,
} from './attributes.ts';
import { decodeErrno, decodeMessages, encodeMessage } from './message.ts';

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

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
      const empty = encodeMessage({ type: 1, flags: 0, sequence: 0, payload: new Uint8Array() });
      expect(decodeMessages(Uint8Array.from([...whole, ...empty.slice(0, torn)]))).toEqual(
        messages.map((each) => ({ ...each, port: 0 })),
      );
    }),
  );
});

test.runIf(LITTLE_ENDIAN)('a message tells the port it came from', () => {
  const [message] = decodeMessages(bytes('10000000150000000000000067120000'));
  expect(message).toMatchObject({ type: 21, port: 0x1267 });
});

test.runIf(LITTLE_ENDIAN)('an errno is positive and an acknowledgement 0', () => {
  expect(decodeErrno(bytes('efffffff'))).toBe(17);
  expect(Object.is(decodeErrno(bytes('00000000')), 0)).toBe(true);
  expect(decodeErrno(bytes('ef'))).toBeNull();
});

test('attributes come back as they were written', () => {
  const value = fc.uint8Array({ maxLength: 30 });
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(fc.nat({ max: 0x3fff }), value), { selector: ([type]) => type }),
      (all) => {
        const written = Uint8Array.from(all.flatMap(([type, each]) => Array.from(attribute(type, each))));
        expect([...(decodeAttributes(written) ?? [])]).toEqual(all);
      },
    ),
  );
});

test('numbers and texts come back as they were written', () => {
  const back = (written: Uint8Array): number | null => numberOf(decodeAttributes(written)?.get(1));
  expect(back(uint8(1, 200))).toBe(200);
  expect(back(uint16(1, 40_000))).toBe(40_000);
  expect(back(uint32(1, 4_000_000_000))).toBe(4_000_000_000);
  expect(back(uint32(1, 1, 2))).toBeNull();
  for (const name of ['eth0', 'größe', 'a%20b', '']) {
    expect(textOf(decodeAttributes(text(1, name))?.get(1) ?? new Uint8Array())).toBe(name);
  }
  const inner = decodeAttributes(nested(1, uint8(2, 3), uint8(4, 5)))?.get(1) ?? new Uint8Array();
  expect([...(decodeAttributes(inner) ?? [])]).toEqual([
    [2, Uint8Array.of(3)],
    [4, Uint8Array.of(5)],
  ]);
});

test('no bytes make a decoder throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
      decodeErrno(noise);
      decodeMessages(noise);
      decodeAttributes(noise);
      textOf(noise);
    }),
  );
});
