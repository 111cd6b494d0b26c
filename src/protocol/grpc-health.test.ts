import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../test/sim/seeded-random.ts';
import {
  GrpcMessageReader,
  healthRequest,
  LONGEST_MESSAGE_BYTES,
  SERVING_STATUSES,
  servingStatus,
} from './grpc-health.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hexOf = (data: Uint8Array): string => Buffer.from(data).toString('hex');

describe('a request', () => {
  it('for the server as a whole is empty', () => {
    expect(hexOf(healthRequest(''))).toBe('0000000000');
  });

  it('names the service', () => {
    expect(hexOf(healthRequest('a.B'))).toBe('0000000005' + '0a03' + '612e42');
    expect(hexOf(healthRequest('\u00fc%\ud83d\ude00'))).toBe('0000000009' + '0a07' + 'c3bc25f09f9880');
    const long = healthRequest('x'.repeat(300));
    expect(hexOf(long.subarray(0, 8))).toBe('000000012f' + '0aac02');
    expect(long.length).toBe(5 + 3 + 300);
  });
});

describe('a message', () => {
  it('comes in any pieces', () => {
    const whole = bytes('00 00000002 0801');
    for (let at = 0; at <= whole.length; at++) {
      const reader = new GrpcMessageReader();
      reader.take(whole.subarray(0, at));
      expect(reader.message === null, `after ${at}`).toBe(at < whole.length);
      reader.take(whole.subarray(at));
      expect(reader.message).toEqual(bytes('0801'));
    }
  });

  it.each([
    ['01 00000002', 'the message is compressed'],
    ['00 00000002 0801 00', 'there is more than one message'],
    ['00 ffffffff', 'the message is too long'],
  ])('%s is refused', (hex, why) => {
    expect(() => new GrpcMessageReader().take(bytes(hex))).toThrow(new RangeError(why));
  });

  it('is not kept when it is long', () => {
    const reader = new GrpcMessageReader();
    expect(() => reader.take(new Uint8Array(LONGEST_MESSAGE_BYTES + 6))).toThrow('too long');
  });
});

describe('a status', () => {
  it.each([
    ['', 0],
    ['08 01', 1],
    ['08 02', 2],
    ['08 03', 3],
    ['08 01 08 02', 2],
    // Fields of every type that are not known, before and behind.
    ['10 05 19 0102030405060708 22 02 abcd 2d 01020304 08 01 32 00', 1],
    ['08 ffffffffffffffffff 01', 2 ** 64],
    // The status in another type is another field.
    ['0a 01 01', 0],
  ])('%s is read', (hex, status) => {
    expect(servingStatus(bytes(hex))).toBe(status);
  });

  it.each([
    ['08', 'it ends within a number'],
    ['08 80', 'it ends within a number'],
    ['08 80808080808080808080 01', 'a number has no end'],
    ['00 01', 'a field has number 0'],
    ['12 05 01', 'it ends within a field'],
    ['12 ffffffffffffffffff01', 'it ends within a field'],
    ['19 01', 'it ends within a field'],
    ['0b', 'a field has type 3'],
    ['0f', 'a field has type 7'],
  ])('%s is refused', (hex, why) => {
    expect(() => servingStatus(bytes(hex))).toThrow(new RangeError(why));
  });

  it('of any bytes is a number or a RangeError', () => {
    const seed = Number(process.env.RELIVED_SEED ?? Date.now() % 1_000_000);
    const random = new SeededRandom(seed);
    for (let run = 0; run < 20_000; run++) {
      const length = random.integer(0, 24);
      const data = Uint8Array.from({ length }, () => random.integer(0, 255));
      try {
        expect(servingStatus(data), `seed ${seed}`).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(error, `seed ${seed}, ${hexOf(data)}`).toBeInstanceOf(RangeError);
      }
    }
  });
});

it('has names for all numbers', () => {
  expect(SERVING_STATUSES[1]).toBe('SERVING');
});
