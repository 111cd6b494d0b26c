import { expect, test } from 'vitest';
import { httpProbe } from '../http-checker/http-checker.fixture.ts';
import { TCP_PROBE } from './checker.fixture.ts';
import type { CheckPlan } from './checker.input.ts';
import { mailBody } from './checker.mail.ts';

const { address, port, origin, timeoutUs } = TCP_PROBE;
const PATH = { address, port, origin, timeoutUs };
const failed = (code: string, detail = '') => ({ outcome: 'failed', code, detail }) as const;
const RS = '[10.0.0.7]:tcp:25';

test.each<[CheckPlan, string, string]>([
  [TCP_PROBE, '=> TCP CHECK succeed on service <=', '=> TCP CHECK failed on service <='],
  [
    { kind: 'udp', ...PATH, payload: null, reply: null },
    '=> UDP CHECK succeed on service <=',
    '=> UDP CHECK failed on service <=',
  ],
  [{ kind: 'ping', ...PATH }, '=> ICMP CHECK succeed on service <=', '=> ICMP CHECK failed on service <='],
  [
    { kind: 'dns', ...PATH, type: 'A', name: '' },
    '=> DNS_CHECK: succeed on service <=',
    '=> DNS_CHECK: failed on service <=',
  ],
  [
    { kind: 'misc', command: ['x'], user: null, group: null, timeoutUs: 1, dynamic: false },
    '=> MISC CHECK succeeded on service <=',
    '=> MISC CHECK failed on service <=',
  ],
  [
    { kind: 'smtp', ...PATH, heloName: 'me' },
    '=> CHECK succeed on service <=',
    '=> CHECK failed on service : Could not connect to server [10.0.0.2]:80 <=',
  ],
  [
    { kind: 'grpc', ...PATH, service: '', authority: 'a', tls: null },
    '=> GRPC CHECK succeed on service <=',
    '=> GRPC CHECK failed on service : ECONNREFUSED <=',
  ],
  [httpProbe(), '=> CHECK succeed on service <=', '=> CHECK failed on service : HTTP/SSL request failed <='],
  [
    { kind: 'bfd', tracker: 'tracker/bfd/wan' },
    '=> BFD CHECK wan succeeded on service <=',
    '=> BFD CHECK wan failed on service <=',
  ],
])('of %j', (plan, good, bad) => {
  expect(mailBody(plan, true, null, RS)).toBe(good);
  expect(mailBody(plan, false, failed('L4CON', 'ECONNREFUSED'), RS)).toBe(bad);
});

test('of a program that took too long, of a mail server by its reason, and none of a file', () => {
  const misc = {
    kind: 'misc',
    command: ['x'],
    user: null,
    group: null,
    timeoutUs: 1,
    dynamic: false,
  } as const;
  expect(mailBody(misc, false, failed('PROCTOUT'), RS)).toBe('=> MISC CHECK timed out on service <=');
  const smtp = { kind: 'smtp', ...PATH, heloName: 'me' } as const;
  expect(mailBody(smtp, false, failed('L7STS', 'HELO 500 what'), RS)).toBe(
    '=> CHECK failed on service : Bad HELO response from server [10.0.0.2]:80 <=',
  );
  expect(mailBody({ kind: 'file', tracker: 'tracker/file/x' }, false, null, RS)).toBeNull();
});
