import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, SmtpProtocolError, SmtpReplyReader } from './smtp.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

test.each([
  ['220 mail.example.org ready\r\n', { code: '220', text: 'mail.example.org ready' }],
  ['220-first\r\n220-second\r\n220 third\r\n', { code: '220', text: 'third' }],
  ['250\r\n', { code: '250', text: '' }],
  ['250 ok\n', { code: '250', text: 'ok' }],
  ['250 ok\r\n221 what follows is dropped\r\n', { code: '250', text: 'ok' }],
])('%j is a reply, in whatever pieces it comes', (text, reply) => {
  expect(new SmtpReplyReader().read(bytes(text))).toEqual(reply);
  const reader = new SmtpReplyReader();
  let found = null;
  for (const letter of text) found ??= reader.read(bytes(letter));
  expect(found).toEqual(reply);
});

test.each(['hello\r\n', '22 x\r\n', '2200 x\r\n', '220x\r\n', '220-a\r\n221 b\r\n', '\r\n'])(
  '%j is none',
  (text) => {
    expect(() => new SmtpReplyReader().read(bytes(text))).toThrow(SmtpProtocolError);
  },
);

test('what does not end is given up, and not kept', () => {
  const line = new SmtpReplyReader();
  expect(() => line.read(bytes('220 '.padEnd(4_096, 'x')))).toThrow('without an end');
  const reply = new SmtpReplyReader();
  expect(() => reply.read(bytes('220-x\r\n'.repeat(101)))).toThrow('without an end');
});

test('what strangers write is shown without what terminals obey', () => {
  expect(printable('a\u001b[31mb\u00e9')).toBe('a.[31mb.');
  expect(printable('x'.repeat(500))).toHaveLength(80);
});

test('no bytes make it do anything but reply, wait or refuse', () => {
  const seed = Number(process.env.RELIVED_SEED ?? Date.now() % 1_000_000);
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }), (pieces) => {
      const reader = new SmtpReplyReader();
      try {
        for (const piece of pieces) if (reader.read(piece) !== null) return;
      } catch (error) {
        expect(error).toBeInstanceOf(SmtpProtocolError);
      }
    }),
    { seed },
  );
});
