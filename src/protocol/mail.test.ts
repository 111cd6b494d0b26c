import { expect, test } from 'vitest';
import { envelopeAddress, headerAddress, mailText } from './mail.ts';

test.each([
  ['ann@example.org', 'ann@example.org', 'ann@example.org'],
  ['Ann Example <ann@example.org>', 'Ann Example <ann@example.org>', 'ann@example.org'],
  ['Example, Ann <ann@example.org>', '"Example, Ann" <ann@example.org>', 'ann@example.org'],
  ['The "A" team <a@example.org>', '"The \\"A\\" team" <a@example.org>', 'a@example.org'],
  ['<ann@example.org>', '<ann@example.org>', 'ann@example.org'],
  ['no bracket>', 'no bracket>', 'no bracket>'],
])('%s in a header and in the envelope', (address, inHeader, inEnvelope) => {
  expect(headerAddress(address)).toBe(inHeader);
  expect(envelopeAddress(address)).toBe(inEnvelope);
});

test('a message has the headers in order, and an empty line after its body', () => {
  const text = mailText({
    date: 'Mon, 01 Mar 2021 09:44:08 +0000',
    from: 'r1@example.org',
    to: ['a@example.org', 'B C <b@example.org>'],
    subject: '[r1] VRRP Instance VI_1 - Entering MASTER state',
    body: '=> VRRP Instance is now owning VRRP VIPs <=',
  });
  expect(text).toBe(
    'Date: Mon, 01 Mar 2021 09:44:08 +0000\r\nFrom: r1@example.org\r\n' +
      'Subject: [r1] VRRP Instance VI_1 - Entering MASTER state\r\nX-Mailer: Keepalived\r\n' +
      'To: a@example.org,\r\n B C <b@example.org>\r\n\r\n' +
      '=> VRRP Instance is now owning VRRP VIPs <=\r\n\r\n',
  );
});

test('nothing in a name can end a header', () => {
  const text = mailText({ date: 'd', from: 'f', to: ['t'], subject: 'a\r\nBcc: x@example.org', body: 'b' });
  expect(text.split('\r\n').slice(0, 6)).toEqual([
    'Date: d',
    'From: f',
    'Subject: a  Bcc: x@example.org',
    'X-Mailer: Keepalived',
    'To: t',
    '',
  ]);
});
