/** GRPC_CHECK, of good servers (gRPC's own implementation among them) and of bad ones. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificate, selfSigned, signedBy } from '../../../test/harness/certificates.ts';
import { localServers } from '../../../test/harness/local-servers.ts';
import type { GrpcProbe } from '../../machines/checker/checker.input.ts';
import { grpcProbe } from './grpc-probe.ts';
import { NO_TLS_FILES, TlsIdentityStore } from './tls-identity.ts';
import type { Verdict } from './verdict.ts';

const TIMEOUT_US = 300_000;
const MARGIN_MS = 1_500;

const { listening } = localServers();
let directory: string;
let authority: Certificate;
let certificate: Certificate;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'relived-grpc-'));
  authority = selfSigned(directory, 'authority');
  certificate = signedBy(authority, directory, 'server', { names: 'DNS:grpc.example', days: 5 });
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

type Answer = (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>, body: Buffer) => void;

function serving(answer: Answer): Promise<number> {
  const server = createHttp2Server();
  server.on('session', (session) => session.on('error', () => {}));
  server.on('stream', (stream, headers) => {
    const pieces: Buffer[] = [];
    stream.on('error', () => {});
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('end', () => answer(stream, headers, Buffer.concat(pieces)));
  });
  return listening(server as unknown as Server);
}

function probed(port: number, changes: Partial<GrpcProbe> = {}): Promise<Verdict> {
  return lastValueFrom(
    grpcProbe(new TlsIdentityStore(NO_TLS_FILES).context)({
      ...{ kind: 'grpc', address: '127.0.0.1', port, timeoutUs: TIMEOUT_US, service: '', tls: null },
      origin: { source: '', sourcePort: 0, device: '', mark: 0 },
      authority: `127.0.0.1:${port}`,
      ...changes,
    }),
  );
}

const OK = { outcome: 'passed', code: 'L7OK', detail: '' };
const failed = (code: string, detail: unknown) => ({ outcome: 'failed', code, detail });
const TYPE = { ':status': 200, 'content-type': 'application/grpc' };
const SERVING = Buffer.from('00000000020801', 'hex');

/** An answer of this message and these trailers. */
const answering =
  (message: Buffer, trailers: Readonly<Record<string, string>> = { 'grpc-status': '0' }): Answer =>
  (stream) => {
    stream.respond(TYPE, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end(message);
  };

/** Of a good server nothing is learnt from how quick it is. */
const patiently = (port: number, changes: Partial<GrpcProbe> = {}): Promise<Verdict> =>
  probed(port, { timeoutUs: 10_000_000, ...changes });

describe('gRPC itself', () => {
  const health = new HealthImplementation({
    '': 'SERVING',
    up: 'SERVING',
    down: 'NOT_SERVING',
    odd: 'UNKNOWN',
  });

  async function withServer(
    credentials: ServerCredentials,
    act: (port: number) => Promise<void>,
  ): Promise<void> {
    const server = new GrpcServer();
    health.addToServer(server as never);
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    try {
      await act(port);
    } finally {
      server.forceShutdown();
    }
  }

  it('is understood, and understands', async () => {
    await withServer(ServerCredentials.createInsecure(), async (port) => {
      expect(await patiently(port)).toEqual(OK);
      expect(await patiently(port, { service: 'up' })).toEqual(OK);
      expect(await patiently(port, { service: 'down' })).toEqual(failed('L7STS', 'NOT_SERVING'));
      expect(await patiently(port, { service: 'odd' })).toEqual(failed('L7STS', 'UNKNOWN'));
      expect(await patiently(port, { service: 'none' })).toEqual(
        failed('L7STS', expect.stringMatching(/^grpc-status 5 NOT_FOUND/)),
      );
    });
  });

  it('is so by TLS, verified', async () => {
    const pair = { private_key: Buffer.from(certificate.key), cert_chain: Buffer.from(certificate.cert) };
    const demands = { ca: authority.certificateFile, expiryWarningDays: 30 };
    const verifying = (verifiedName: string) => ({
      tls: { serverName: 'grpc.example', demands: { ...demands, verifiedName } },
    });
    await withServer(ServerCredentials.createSsl(null, [pair]), async (port) => {
      expect(await patiently(port, { tls: { serverName: '', demands: null } })).toEqual(OK);
      expect(await patiently(port, verifying('grpc.example'))).toMatchObject({
        ...{ outcome: 'passed', detail: expect.stringMatching(/^certificate ends /) },
      });
      expect(await patiently(port, verifying('other.example'))).toEqual(
        failed('L6RSP', 'certificate is not for other.example'),
      );
    });
  });

  it('without the service of health checks says so', async () => {
    const server = new GrpcServer();
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    expect(await patiently(port)).toEqual(
      failed('L7STS', expect.stringMatching(/^grpc-status 12 UNIMPLEMENTED/)),
    );
    server.forceShutdown();
  });
});

describe('a server', () => {
  it('is asked in the words of the protocol', async () => {
    let [asked, body]: [Readonly<Record<string, unknown>>, Buffer] = [{}, Buffer.alloc(0)];
    const port = await serving((stream, headers, request) => {
      [asked, body] = [{ ...headers }, request];
      answering(SERVING)(stream, headers, request);
    });
    expect(await probed(port, { service: 'a.B', authority: 'www.example' })).toEqual(OK);
    expect(asked).toMatchObject({
      ...{ ':method': 'POST', ':path': '/grpc.health.v1.Health/Check', ':scheme': 'http' },
      ...{ ':authority': 'www.example', te: 'trailers', 'content-type': 'application/grpc' },
    });
    expect(body.toString('hex')).toBe('00000000050a03612e42');
  });

  it.each([
    ['00000000020802', {}, 'L7STS', 'NOT_SERVING'],
    ['00000000020803', {}, 'L7STS', 'SERVICE_UNKNOWN'],
    ['0000000000', {}, 'L7STS', 'UNKNOWN'],
    ['00000000020809', {}, 'L7STS', 'serving status 9'],
    ['', {}, 'L7RSP', 'no whole message'],
    ['000000000208', {}, 'L7RSP', 'no whole message'],
    ['00000000010b', {}, 'L7RSP', 'a field has type 3'],
    ['01000000020801', {}, 'L7RSP', 'the message is compressed'],
    ['0000000002080100', {}, 'L7RSP', 'there is more than one message'],
    ['00ffffffff', {}, 'L7RSP', 'the message is too long'],
    ['00000000020801', { 'grpc-status': '14' }, 'L7STS', 'grpc-status 14 UNAVAILABLE'],
    [
      '00000000020801',
      { 'grpc-status': '13', 'grpc-message': 'out%20of%0Aorder%1b' },
      ...['L7STS', 'grpc-status 13 INTERNAL: out of?order?'],
    ],
    ['00000000020801', { 'grpc-status': '99' }, 'L7STS', 'grpc-status 99'],
    ['00000000020801', { 'grpc-status': 'x' }, 'L7STS', 'grpc-status is no number'],
    ['00000000020801', { other: '1' }, 'L7RSP', 'no grpc-status'],
  ] as const)('that answers %s and %o has failed', async (hex, trailers, code, detail) => {
    const named: Readonly<Record<string, string>> =
      Object.keys(trailers).length === 0 ? { 'grpc-status': '0' } : { ...trailers };
    const port = await serving(answering(Buffer.from(hex, 'hex'), named));
    expect(await probed(port)).toEqual(failed(code, detail));
  });

  it('of another protocol has failed', async () => {
    const web = await serving((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/html' });
      stream.end('page');
    });
    expect(await probed(web)).toEqual(failed('L7RSP', 'no answer of gRPC'));
    const missing = await serving((stream) => stream.respond({ ':status': 404 }, { endStream: true }));
    expect(await probed(missing)).toEqual(failed('L7STS', 'status 404'));
    const http = await listening(createServer((connection) => connection.end('HTTP/1.1 400 Bad\r\n\r\n')));
    expect(await probed(http)).toEqual(failed('L7RSP', 'no answer of HTTP/2'));
  });

  it.each([
    ['says nothing', (_: ServerHttp2Stream) => {}, 'no answer'],
    [
      'drips',
      (stream: ServerHttp2Stream) => {
        stream.respond(TYPE);
        let at = 0;
        const drip = setInterval(() => stream.write(SERVING.subarray(at % 7, (at++ % 7) + 1)), 200);
        stream.once('close', () => clearInterval(drip));
      },
      'the answer did not end',
    ],
  ] as const)('that %s is waited for no longer than the limit', async (_, answer, detail) => {
    const began = performance.now();
    expect(await probed(await serving(answer))).toEqual(failed('L7TOUT', detail));
    expect(performance.now() - began).toBeLessThan((3 * TIMEOUT_US) / 1000 + MARGIN_MS);
  });

  it('that sends without end has failed at its first bytes', async () => {
    const port = await serving((stream) => {
      stream.respond(TYPE);
      stream.end(Buffer.alloc(16 * 1024 * 1024));
    });
    const began = performance.now();
    expect(await probed(port)).toEqual(failed('L7RSP', 'the message is too long'));
    expect(performance.now() - began).toBeLessThan(MARGIN_MS);
  });
});
