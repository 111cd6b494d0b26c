import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type MailServer, startMailServer } from '../../../test/harness/mail-server.ts';
import type { MailPlan } from '../../config/notices.ts';
import { createMailer, MAX_WAITING_MAILS, type Mailer, mailDate } from './mail.ts';

const HOST = '127.0.0.1';
const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function server(...more: Parameters<typeof startMailServer> extends [unknown, ...infer R] ? R : never) {
  const started: MailServer = await startMailServer({ host: HOST, port: 0 }, ...more);
  ends.push(() => started.close());
  return started;
}

function plan(port: number, changes: Partial<MailPlan> = {}): MailPlan {
  return {
    server: { host: HOST, port },
    recipients: ['Ops, Night <ops@example.org>', 'ann@example.org'],
    from: 'Router 1 <r1@example.org>',
    heloName: 'r1.example.org',
    timeoutUs: 5_000_000,
    routerId: 'r1',
    faults: true,
    ...changes,
  };
}

async function mailer(of: MailPlan): Promise<{ mailer: Mailer; problems: string[] }> {
  const problems: string[] = [];
  const made = await createMailer(of, (subject, error) => problems.push(`${subject}: ${error}`));
  ends.push(() => made.close());
  return { mailer: made, problems };
}

test('a relay gets the envelope, the headers and the body, one mail after the other', async () => {
  const relay = await server();
  const { mailer: sent, problems } = await mailer(plan(relay.port));
  sent.send('VRRP Instance VI_1 - Entering MASTER state', '=> VRRP Instance is now owning VRRP VIPs <=');
  sent.send('VRRP Instance VI_1 - Stopping', '.dot');
  await sent.idle();
  expect(problems).toEqual([]);
  const [first, second, third] = relay.mails;
  expect(first).toMatchObject({
    helo: 'r1.example.org',
    from: 'r1@example.org',
    recipients: ['ops@example.org', 'ann@example.org'],
  });
  expect(first?.text.replace(/^Date: .*/, 'Date: D')).toBe(
    'Date: D\r\nFrom: Router 1 <r1@example.org>\r\n' +
      'Subject: [r1] VRRP Instance VI_1 - Entering MASTER state\r\nX-Mailer: Keepalived\r\n' +
      'To: "Ops, Night" <ops@example.org>,\r\n ann@example.org\r\n\r\n' +
      '=> VRRP Instance is now owning VRRP VIPs <=\r\n\r\n',
  );
  expect(second?.text).toContain('\r\n\r\n.dot\r\n');
  expect(third).toBeUndefined();
});

test('a relay that refuses one recipient still gets the mail for the others, and it is told', async () => {
  const relay = await server({
    onRcptTo: ({ address }, _session, callback) =>
      callback(address === 'ann@example.org' ? new Error('no such user') : null),
  });
  const { mailer: sent, problems } = await mailer(plan(relay.port));
  sent.send('s', 'b');
  await sent.idle();
  expect(relay.mails.map(({ recipients }) => recipients)).toEqual([['ops@example.org']]);
  expect(problems).toEqual(['[r1] s: the relay refused ann@example.org']);
});

test('a relay that is not there, or refuses the sender, costs that mail alone', async () => {
  const relay = await server({
    onMailFrom: (_address, _session, callback) => callback(new Error('not you')),
  });
  const gone = await mailer(plan(1));
  gone.mailer.send('s', 'b');
  await gone.mailer.idle();
  expect(gone.problems).toEqual([expect.stringMatching(/^\[r1\] s: .*ECONNREFUSED/)]);
  const refused = await mailer(plan(relay.port));
  refused.mailer.send('s', 'b');
  await refused.mailer.idle();
  expect(refused.problems).toEqual([expect.stringMatching(/^\[r1\] s: .*not you/)]);
});

async function silentRelay(): Promise<number> {
  const silent: Server = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => silent.listen(0, HOST, resolve));
  ends.push(() => void silent.close());
  return (silent.address() as { port: number }).port;
}

test('a relay that says nothing is given up after smtp_connect_timeout', async () => {
  const { mailer: sent, problems } = await mailer(plan(await silentRelay(), { timeoutUs: 100_000 }));
  sent.send('s', 'b');
  await sent.idle();
  expect(problems).toEqual([expect.stringMatching(/^\[r1\] s: .*(never received|timeout)/i)]);
});

test('more mails than may wait are told and lost', async () => {
  const { mailer: sent, problems } = await mailer(plan(await silentRelay()));
  for (let count = 0; count < MAX_WAITING_MAILS + 3; count++) sent.send(`${count}`, 'b');
  expect(problems).toEqual([65, 66].map((n) => `[r1] ${n}: ${MAX_WAITING_MAILS} mails wait already`));
  sent.close();
});

test('a date is in the local time zone', () => {
  const date = new Date(2021, 2, 1, 9, 44, 8);
  expect(mailDate(date)).toMatch(/^Mon, 01 Mar 2021 09:44:08 [+-]\d{4}$/);
  expect(new Date(mailDate(date)).getTime()).toBe(date.getTime());
});
