import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeDnsHeader, dnsResponseName, encodeDnsQuestion } from './dns.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('a question is that of RFC 1035, with recursion desired', () => {
  expect(hex(encodeDnsQuestion({ id: 0x1234, type: 'A', name: 'www.example.org' }))).toBe(
    '123401000001000000000000' + '03777777076578616d706c65036f726700' + '00010001',
  );
  expect(hex(encodeDnsQuestion({ id: 1, type: 'SOA', name: '' }))).toBe(
    '000101000001000000000000' + '00' + '00060001',
  );
  expect(hex(encodeDnsQuestion({ id: 1, type: 'DNSKEY', name: '.' })).slice(24)).toBe('0000300001');
});

test('a name that cannot be asked for is refused', () => {
  const ask = (name: string) => () => encodeDnsQuestion({ id: 1, type: 'A', name });
  expect(ask('a'.repeat(64))).toThrow(RangeError);
  expect(ask(Array.from({ length: 5 }, () => 'a'.repeat(60)).join('.'))).toThrow(RangeError);
  expect(ask('a'.repeat(63))).not.toThrow();
  expect(ask('\u2603.org')).toThrow(RangeError);
});

test('of an answer the header is read, whatever follows', () => {
  expect(decodeDnsHeader(Buffer.from('1234818300010000', 'hex'))).toBeNull();
  expect(decodeDnsHeader(Buffer.from('123481830001000000000000c00cc00c', 'hex'))).toEqual({
    ...{ id: 0x1234, isResponse: true, responseCode: 3 },
  });
  expect([dnsResponseName(2), dnsResponseName(3), dnsResponseName(11)]).toEqual([
    'SERVFAIL',
    'NXDOMAIN',
    '11',
  ]);
});

test('no bytes make it throw', () => {
  const seed = Number(process.env.RELIVED_SEED ?? Date.now() % 1_000_000);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      const header = decodeDnsHeader(bytes);
      expect(header === null).toBe(bytes.length < 12);
    }),
    { seed },
  );
});
