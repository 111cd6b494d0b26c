import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeEchoReply, encodeEchoRequest } from './icmp-echo.ts';

const ECHO = { id: 0x1234, sequence: 7, payload: Uint8Array.of(1, 2, 3, 4) };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('a request is that of RFC 792 and of RFC 4443', () => {
  // 0800 + 1234 + 0007 + 0102 + 0304 = 1e41
  expect(hex(encodeEchoRequest(ECHO, '192.0.2.1', null))).toBe('0800e1be1234000701020304');
  // The kernel has yet to compute the checksum.
  expect(hex(encodeEchoRequest(ECHO, '2001:db8::1', null))).toBe('800000001234000701020304');
});

test('one from an address of its own has the header that says so', () => {
  const v4 = encodeEchoRequest(ECHO, '192.0.2.1', '192.0.2.9');
  expect(hex(v4.subarray(0, 20))).toBe('45000020000000004001' + '0000' + 'c0000209' + 'c0000201');
  const v6 = encodeEchoRequest(ECHO, '2001:db8::1', '2001:db8::9');
  expect(hex(v6.subarray(0, 8))).toBe('60000000000c3a40');
  expect(v6).toHaveLength(40 + 12);
  expect(hex(v6.subarray(42, 44))).not.toBe('0000');
});

/** As the other end would make it of the request. */
function replyTo(request: Uint8Array): Uint8Array {
  const reply = Uint8Array.from([
    0x45,
    0,
    0,
    20 + request.length,
    0,
    0,
    0,
    0,
    64,
    1,
    0,
    0,
    192,
    0,
    2,
    1,
    192,
    0,
    2,
    9,
    ...request,
  ]);
  reply[20] = 0;
  // One's complement: the type is 0x0800 less.
  const sum = ((reply[22] ?? 0) << 8) + (reply[23] ?? 0) + 0x0800;
  reply[22] = (sum >> 8) & 255;
  reply[23] = sum & 255;
  return reply;
}

test('a reply gives back what was sent', () => {
  const reply = replyTo(encodeEchoRequest(ECHO, '192.0.2.1', null));
  expect(decodeEchoReply(reply, 'inet')).toEqual(ECHO);
  const v6 = Buffer.from('810000001234000701020304', 'hex');
  expect(decodeEchoReply(v6, 'inet6')).toMatchObject({ id: 0x1234, sequence: 7 });
});

test('a request, a damaged reply and a cut one are none', () => {
  const reply = replyTo(encodeEchoRequest(ECHO, '192.0.2.1', null));
  expect(decodeEchoReply(reply.with(31, 9), 'inet')).toBeNull();
  expect(decodeEchoReply(reply.with(20, 8), 'inet')).toBeNull();
  expect(decodeEchoReply(reply.subarray(0, 27), 'inet')).toBeNull();
  expect(decodeEchoReply(Buffer.from('8000000012340007', 'hex'), 'inet6')).toBeNull();
});

test('no bytes make it throw', () => {
  const seed = Number(process.env.RELIVED_SEED ?? Date.now() % 1_000_000);
  const property = fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (bytes, v6) => {
    decodeEchoReply(bytes, v6 ? 'inet6' : 'inet');
  });
  fc.assert(property, { seed });
});
