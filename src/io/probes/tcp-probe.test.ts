/** TCP probes of real sockets on this machine; what needs a network is in test/netns. */
import { type AddressInfo, createServer, type Server } from 'node:net';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TcpProbe } from '../../machines/checker/checker.input.ts';
import { createProber, type ProbesByKind } from './prober.ts';
import { tcpProbe } from './tcp-probe.ts';

const clock = { monotonicUs: () => Math.round(performance.now() * 1000), wallUs: () => Date.now() * 1000 };

let server: Server;
let port: number;
let heardBytes = 0;
let accepted = 0;

beforeAll(async () => {
  server = createServer((connection) => {
    accepted += 1;
    connection.on('error', () => {});
    connection.on('data', (bytes) => {
      heardBytes += bytes.length;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => void server.close());

function probe(changes: Partial<TcpProbe>) {
  const origin = { source: '', sourcePort: 0, device: '', mark: 0 };
  const plan: TcpProbe = {
    kind: 'tcp',
    address: '127.0.0.1',
    port,
    origin,
    timeoutUs: 5_000_000,
    ...changes,
  };
  return lastValueFrom(createProber(clock, { ...({} as ProbesByKind), tcp: tcpProbe })(plan, 0));
}

test('a server that listens passes, and hears nothing', async () => {
  const before = accepted;
  const result = await probe({});
  expect(result).toMatchObject({ outcome: 'passed', code: 'L4OK', detail: '' });
  expect(result.durationUs).toBeGreaterThan(0);
  await expect.poll(() => accepted).toBe(before + 1);
  expect(heardBytes).toBe(0);
});

test('a port where nobody listens has failed', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.2', resolve));
  const { port: closed } = taken.address() as AddressInfo;
  await new Promise((resolve) => taken.close(resolve));
  expect(await probe({ address: '127.0.0.2', port: closed })).toMatchObject({
    ...{ outcome: 'failed', code: 'L4CON', detail: 'ECONNREFUSED' },
  });
});

test('what cannot be tried from here is no failure of the server', async () => {
  const origin = { source: '', sourcePort: 0, device: 'no-such-if', mark: 0 };
  expect(await probe({ origin })).toMatchObject({ outcome: 'unable', code: 'SOCKERR', detail: 'ENODEV' });
  const elsewhere = { ...origin, device: '', source: '192.0.2.77' };
  expect(await probe({ origin: elsewhere })).toMatchObject({ outcome: 'unable', detail: 'EADDRNOTAVAIL' });
});

test('a process that did not run does not take its own stall for the silence of a server', async () => {
  const result = probe({ timeoutUs: 20_000 });
  const until = performance.now() + 100;
  while (performance.now() < until);
  expect(await result).toMatchObject({ outcome: 'passed' });
});
