/** UDP, DNS and ping probes of real sockets on this machine, good servers and bad ones. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { lastValueFrom } from 'rxjs';
import { afterEach, describe, expect, test } from 'vitest';
import type { DnsProbe, PingProbe, ProbePlan, UdpProbe } from '../../machines/checker/checker.input.ts';
import { allProbes, createProber, type ProbeMeans } from './prober.ts';

const clock = { monotonicUs: () => Math.round(performance.now() * 1000), wallUs: () => Date.now() * 1000 };
const means: ProbeMeans = { identity: () => null as never, runMisc: () => () => {} };
const probe = createProber(clock, allProbes(means));
const prober = (plan: ProbePlan) => probe(plan, 0);
const ORIGIN = { source: '', sourcePort: 0, device: '', mark: 0 };
const SHORT_US = 200_000;

const servers: Socket[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

type Answer = (message: Buffer, from: RemoteInfo, server: Socket) => void;

async function serve(answer: Answer, address = '127.0.0.1'): Promise<number> {
  const server = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  servers.push(server);
  server.on('message', (message, from) => answer(message, from, server));
  await new Promise<void>((resolve) => server.bind(0, address, resolve));
  return (server.address() as AddressInfo).port;
}

async function closedPort(address = '127.0.0.1'): Promise<number> {
  const port = await serve(() => {}, address);
  const server = servers.pop();
  await new Promise<void>((resolve) => server?.close(resolve));
  return port;
}

const says =
  (...answers: readonly (string | Buffer)[]): Answer =>
  (_message, { port, address }, server) => {
    for (const answer of answers) server.send(answer, port, address);
  };

describe('UDP_CHECK', () => {
  const udp = (port: number, changes: Partial<UdpProbe> = {}) =>
    lastValueFrom(
      prober({
        ...{ kind: 'udp', address: '127.0.0.1', port, origin: ORIGIN, timeoutUs: SHORT_US },
        ...{ payload: null, reply: null },
        ...changes,
      }),
    );
  const reply = (pattern: string, leastBytes = 0, mostBytes = 255) => ({
    ...{ reply: { pattern, leastBytes, mostBytes }, timeoutUs: 5_000_000 },
  });

  test('silence is as good as any answer, unless one is needed', async () => {
    const silent = await serve(() => {});
    expect(await udp(silent)).toMatchObject({ outcome: 'passed', code: 'L4OK', detail: '' });
    expect(await udp(silent, { ...reply(''), timeoutUs: SHORT_US })).toMatchObject({
      ...{ outcome: 'failed', code: 'L7TOUT', detail: 'no answer' },
    });
    expect(await udp(await serve(says('what')), reply(''))).toMatchObject({
      outcome: 'passed',
      code: 'L7OK',
    });
  });

  test('a port where nobody listens has failed, over IPv4 and IPv6', async () => {
    const refused = { outcome: 'failed', code: 'L4CON', detail: 'ECONNREFUSED' };
    expect(await udp(await closedPort(), { timeoutUs: 5_000_000 })).toMatchObject(refused);
    const port = await closedPort('::1');
    expect(await udp(port, { address: '::1', timeoutUs: 5_000_000 })).toMatchObject(refused);
  });

  test('the payload is what arrives, and the answer is compared as far as both go', async () => {
    const heard: Buffer[] = [];
    const port = await serve((message, { port: to, address }, server) => {
      heard.push(message);
      server.send(Buffer.from('0102030405', 'hex'), to, address);
    });
    expect(await udp(port, { payload: 'CAFE', ...reply('01XX03') })).toMatchObject({ outcome: 'passed' });
    expect(heard[0]?.toString('hex')).toBe('cafe');
    expect(await udp(port, reply('0203'))).toMatchObject({
      ...{ outcome: 'failed', code: 'L7RSP', detail: 'byte 1 is 01, wanted is 02' },
    });
    expect(await udp(port, reply('01', 6))).toMatchObject({
      code: 'L7RSP',
      detail: '5 bytes, wanted are 6 to 255',
    });
    expect(await udp(port, reply('01', 0, 4))).toMatchObject({
      code: 'L7RSP',
      detail: '5 bytes, wanted are 0 to 4',
    });
    expect(heard[1]?.toString()).toBe('keepalived check - keepalived ch');
  });

  test('what is longer than allowed is not kept', async () => {
    const port = await serve(says(Buffer.alloc(60_000)));
    expect(await udp(port, reply('00', 0, 10))).toMatchObject({ detail: '60000 bytes, wanted are 0 to 10' });
  });

  test('answers of others are not heard', async () => {
    const stranger = createSocket('udp4');
    servers.push(stranger);
    const port = await serve((_message, { port: to, address }) => stranger.send('mine', to, address));
    expect(await udp(port, { ...reply(''), timeoutUs: SHORT_US })).toMatchObject({ code: 'L7TOUT' });
  });
});

describe('DNS_CHECK', () => {
  const dns = (port: number, changes: Partial<DnsProbe> = {}) =>
    lastValueFrom(
      prober({
        ...{ kind: 'dns', address: '127.0.0.1', port, origin: ORIGIN, timeoutUs: 5_000_000 },
        ...{ type: 'SOA', name: '' },
        ...changes,
      }),
    );
  /** The question as an answer, with these flags and this behind it. */
  const answering =
    (flags: number, behind = Buffer.alloc(0)): Answer =>
    (message, { port, address }, server) => {
      const answer = Buffer.concat([message, behind]);
      answer.writeUInt16BE(flags, 2);
      server.send(answer, port, address);
    };
  const GOOD = 0x8180;

  test('an answer without an error passes, for each type', async () => {
    const port = await serve(answering(GOOD));
    for (const type of ['A', 'NS', 'CNAME', 'SOA', 'MX', 'TXT', 'AAAA', 'RRSIG', 'DNSKEY'] as const) {
      expect(await dns(port, { type, name: 'example.org' })).toMatchObject({
        outcome: 'passed',
        code: 'L7OK',
      });
    }
  });

  test('an error is the reason', async () => {
    expect(await dns(await serve(answering(GOOD | 3)))).toMatchObject({
      ...{ outcome: 'failed', code: 'L7STS', detail: 'rcode 3 NXDOMAIN' },
    });
    expect(await dns(await closedPort())).toMatchObject({
      ...{ outcome: 'failed', code: 'L4CON', detail: 'receive ECONNREFUSED' },
    });
  });

  test('loops in names and other garbage behind the header cost nothing', async () => {
    const loop = Buffer.from('c00cc00c'.repeat(50), 'hex');
    expect(await dns(await serve(answering(GOOD, loop)))).toMatchObject({ outcome: 'passed' });
  });

  test('what is no answer to the question is not heard, however much of it there is', async () => {
    const others: readonly Answer[] = [
      says('x', Buffer.alloc(11)),
      answering(0x0100),
      (message, { port, address }, server) => {
        message.writeUInt16BE(GOOD, 2);
        message[0] = (message[0] ?? 0) ^ 1;
        for (let count = 0; count < 200; count++) server.send(message, port, address);
      },
    ];
    for (const other of others) {
      const port = await serve(other);
      expect(await dns(port, { timeoutUs: SHORT_US })).toMatchObject({ outcome: 'failed', code: 'L7TOUT' });
      const both = await serve((...given) => {
        other(...given);
        answering(GOOD)(...given);
      });
      if (other !== others[2]) expect(await dns(both)).toMatchObject({ outcome: 'passed' });
    }
  });

  test('a name that cannot be asked for is one failed probe', async () => {
    expect(await dns(9, { name: 'a'.repeat(64) })).toMatchObject({ outcome: 'failed', code: 'INTERNAL' });
  });
});

describe('PING_CHECK', () => {
  const ping = (address: string, changes: Partial<PingProbe> = {}) =>
    lastValueFrom(
      prober({ ...{ kind: 'ping', address, port: 0, origin: ORIGIN, timeoutUs: 5_000_000 }, ...changes }),
    );

  test.each([
    ['127.0.0.1', ''],
    ['127.0.0.1', '127.0.0.9'],
    ['::1', ''],
    ['::1', '::1'],
  ])('%s from %j answers', async (address, source) => {
    expect(await ping(address, { origin: { ...ORIGIN, source } })).toMatchObject({
      ...{ outcome: 'passed', code: 'L4OK' },
    });
  });

  test('many at once are told apart', async () => {
    const all = Array.from({ length: 300 }, (_, index) => ping(`127.0.1.${(index % 250) + 1}`));
    const outcomes = (await Promise.all(all)).map(({ outcome }) => outcome);
    expect(new Set(outcomes)).toEqual(new Set(['passed']));
  });

  test('what cannot be reached or tried has its reason', async () => {
    expect(await ping('127.0.0.1', { origin: { ...ORIGIN, device: 'no-such-if' } })).toMatchObject({
      ...{ outcome: 'unable', detail: 'ENODEV' },
    });
    // Nobody on the loopback interface is that.
    expect(
      await ping('192.0.2.1', { origin: { ...ORIGIN, device: 'lo' }, timeoutUs: SHORT_US }),
    ).toMatchObject({
      outcome: 'failed',
    });
  });
});
