/** Pages by HTTP/2, of good servers and of bad ones. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import {
  constants,
  createServer as createHttp2Server,
  createSecureServer,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificate, selfSigned } from '../../../test/harness/certificates.ts';
import {
  frame,
  PING,
  reset,
  SETTINGS,
  SETTINGS_ACK,
  STATUS_200,
} from '../../../test/harness/http2-frames.ts';
import { localServers } from '../../../test/harness/local-servers.ts';
import { SeededRandom } from '../../../test/sim/seeded-random.ts';
import { httpPage, httpProbe } from '../../machines/http-checker/http-checker.fixture.ts';
import type { HttpPage, HttpProbe } from '../../machines/http-checker/http-probe.ts';
import { http2Page } from './http2-page.ts';
import { LONGEST_ANSWER_TIMEOUTS } from './page-fetch.ts';
import { NO_TLS_FILES, TlsIdentityStore } from './tls-identity.ts';
import type { Verdict } from './verdict.ts';

/** Short, so that a server that says nothing does not hold up the tests. */
const TIMEOUT_US = 300_000;
const MARGIN_MS = 1_500;

const { listening } = localServers();
let directory: string;
let certificate: Certificate;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'relived-http2-'));
  certificate = selfSigned(directory, 'server');
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

type Answer = (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => void;

function serving(answer: Answer, secure = false): Promise<number> {
  const { key, cert } = certificate;
  const server = secure ? createSecureServer({ key, cert }) : createHttp2Server();
  server.on('session', (session) => session.on('error', () => {}));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    answer(stream, headers);
  });
  return listening(server as unknown as Server);
}

/** A server that is none of HTTP/2, or a bad one. */
const raw = (talk: (connection: Socket) => void) => listening(createServer(talk));

interface Wanted {
  readonly plan?: Partial<HttpProbe>;
  readonly page?: Partial<HttpPage>;
}

function fetched(port: number, { plan, page }: Wanted = {}): Promise<Verdict> {
  const probe = httpProbe({
    ...{ address: '127.0.0.1', port, timeoutUs: TIMEOUT_US, pages: [httpPage(page)], protocol: '2' },
    ...plan,
  });
  return lastValueFrom(http2Page(probe, 0, new TlsIdentityStore(NO_TLS_FILES).context));
}

const tls = (port: number, wanted: Wanted = {}) =>
  fetched(port, { ...wanted, plan: { kind: 'ssl', ...wanted.plan } });

const OK = { outcome: 'passed', code: 'L7OK', detail: '' };
const failed = (code: string, detail: unknown) => ({ outcome: 'failed', code, detail });
const always =
  (text: string, status = 200): Answer =>
  (stream) => {
    stream.respond({ ':status': status });
    stream.end(text);
  };

describe('a page', () => {
  it('is asked for as by HTTP/1.1', async () => {
    let asked: Readonly<Record<string, unknown>> = {};
    const port = await serving((stream, headers) => {
      asked = { ...headers };
      always('')(stream, headers);
    });
    expect(await fetched(port, { page: { path: '/a?b', host: 'www.example' } })).toEqual(OK);
    expect(asked).toMatchObject({
      ...{ ':method': 'GET', ':scheme': 'http', ':path': '/a?b', ':authority': 'www.example' },
      'user-agent': 'KeepAliveClient',
    });
  });

  it.each([false, true])('passes with its digest and regex, by TLS: %s', async (secure) => {
    const port = await serving(always('good morning'), secure);
    const digest = createHash('md5').update('good morning').digest('hex');
    const regex = {
      ...{ pattern: '^good .*ing$', options: [], noMatch: false, minOffset: 0, maxOffset: null },
    };
    const ask = secure ? tls : fetched;
    expect(await ask(port, { page: { digest, regex } })).toEqual(OK);
    expect(await ask(port, { page: { regex: { ...regex, noMatch: true } } })).toEqual(
      failed('L7RSP', 'the regex matches'),
    );
    expect(await ask(port, { page: { digest: 'ab'.repeat(16) } })).toEqual(
      failed('L7RSP', `MD5 is ${digest}`),
    );
  });

  it('of another status fails', async () => {
    expect(await fetched(await serving(always('no', 503)))).toEqual(failed('L7STS', 'status 503'));
  });

  it('that redirects for ever is not followed', async () => {
    let requests = 0;
    const port = await serving((stream) => {
      requests += 1;
      stream.respond({ ':status': 302, location: '/' }, { endStream: true });
    });
    expect(await fetched(port)).toEqual(failed('L7STS', 'status 302'));
    expect(requests).toBe(1);
  });

  it('without a body is one', async () => {
    const port = await serving((stream) => stream.respond({ ':status': 204 }, { endStream: true }));
    expect(await fetched(port)).toEqual(OK);
  });

  it('may be announced, and have trailers', async () => {
    const port = await serving((stream) => {
      stream.additionalHeaders({ ':status': 103 });
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ sum: '1' }));
      stream.end('page');
    });
    expect(await fetched(port)).toEqual(OK);
  });
});

describe('a server of HTTP/1.1 alone', () => {
  it('fails in clear', async () => {
    const port = await listening(createHttpServer((_, response) => response.end('page')));
    expect(await fetched(port)).toEqual(failed('L7RSP', 'no answer of HTTP/2'));
  });

  it('fails by TLS, whether it refuses or ignores what is offered', async () => {
    const { key, cert } = certificate;
    const ignores = createTlsServer({ key, cert }, (connection) => connection.on('error', () => {}));
    expect(await tls(await listening(ignores))).toEqual(failed('L6RSP', 'the server does not speak HTTP/2'));
    const refuses = createTlsServer({ key, cert, ALPNProtocols: ['http/1.1'] });
    refuses.on('tlsClientError', () => {});
    expect(await tls(await listening(refuses))).toEqual(
      failed('L6RSP', expect.stringContaining('NO_APPLICATION_PROTOCOL')),
    );
  });
});

describe('a bad server', () => {
  const timed = async (port: number): Promise<{ verdict: Verdict; tookMs: number }> => {
    const began = performance.now();
    const verdict = await fetched(port);
    return { verdict, tookMs: performance.now() - began };
  };
  const LONGEST_MS = (TIMEOUT_US / 1000) * (1 + LONGEST_ANSWER_TIMEOUTS) + MARGIN_MS;

  it.each([
    ['says nothing', () => {}],
    ['sends its settings and nothing else', (connection: Socket) => connection.write(SETTINGS)],
  ])('that %s is waited for no longer than the limit', async (_, talk) => {
    const { verdict, tookMs } = await timed(await raw(talk));
    expect(verdict).toEqual(failed('L7TOUT', 'no answer'));
    expect(tookMs).toBeLessThan(TIMEOUT_US / 1000 + MARGIN_MS);
  });

  it('that drips is waited for no longer than the limit of an answer', async () => {
    const port = await serving((stream) => {
      stream.respond({ ':status': 200 });
      const drip = setInterval(() => stream.write('x'), 50);
      stream.once('close', () => clearInterval(drip));
    });
    const { verdict, tookMs } = await timed(port);
    expect(verdict).toEqual(failed('L7TOUT', 'the answer did not end'));
    expect(tookMs).toBeLessThan(LONGEST_MS);
  });

  it('that sends without end costs time, and no memory', async () => {
    const piece = Buffer.alloc(256 * 1024, 'x');
    const port = await serving((stream) => {
      stream.respond({ ':status': 200 });
      const more = (): void => {
        while (!stream.destroyed && stream.write(piece));
      };
      stream.on('drain', more);
      more();
    });
    const before = process.memoryUsage().rss;
    const { verdict, tookMs } = await timed(port);
    expect(verdict.outcome).toBe('failed');
    expect(['the answer did not end', 'the answer is too long']).toContain(verdict.detail);
    expect(tookMs).toBeLessThan(LONGEST_MS);
    // Both sides of it are in this process.
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
  });

  it('that resets the stream has failed, whatever came before', async () => {
    const early = await serving((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
    expect(await fetched(early)).toEqual(failed('L7RSP', 'the stream was reset: REFUSED_STREAM'));
  });

  it.each([
    [8, 'CANCEL'],
    [11, 'ENHANCE_YOUR_CALM'],
    [99, 'error 99'],
  ])('that resets the stream within the page, with code %i, has failed', async (code, name) => {
    const port = await raw((connection) => {
      const frames = [SETTINGS, frame(1, 4, 1, STATUS_200), frame(0, 0, 1, Buffer.from('begun'))];
      connection.once('data', () => connection.write(Buffer.concat([...frames, reset(code)])));
    });
    expect(await fetched(port)).toEqual(failed('L7RSP', `the stream was reset: ${name}`));
  });

  it('that goes away has failed', async () => {
    const port = await serving((stream) => stream.session?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM));
    expect(await fetched(port)).toEqual(failed('L7RSP', 'GOAWAY ENHANCE_YOUR_CALM'));
  });

  it('that closes or resets the connection has failed', async () => {
    const port = await serving((stream) => {
      stream.respond({ ':status': 200 });
      stream.write('begun', () => stream.session?.socket.destroy());
    });
    expect(await fetched(port)).toMatchObject({ outcome: 'failed', code: 'L7RSP' });
    expect(await fetched(await raw((connection) => connection.end()))).toEqual(
      failed('L7RSP', 'it closed without an answer'),
    );
    const resetting = await raw((connection) => connection.once('data', () => connection.resetAndDestroy()));
    expect(await fetched(resetting)).toMatchObject({
      ...{ outcome: 'failed', code: 'L7RSP', detail: expect.stringMatching(/ECONNRESET|EPIPE/) },
    });
  });

  it.each([
    ['pings', PING],
    ['settings', SETTINGS],
  ])('that floods with %s has failed at once', async (_, flood) => {
    const port = await raw((connection) => {
      connection.write(SETTINGS);
      const many = Buffer.concat(Array.from({ length: 200 }, () => flood));
      const again = setInterval(() => connection.write(many), 5);
      connection.once('close', () => clearInterval(again));
    });
    const { verdict, tookMs } = await timed(port);
    expect(verdict).toEqual(failed('L7RSP', 'too many control frames'));
    expect(tookMs).toBeLessThan(TIMEOUT_US / 1000 + MARGIN_MS);
  });

  it.each([
    ['a frame that is too long', frame(0, 0, 1, new Uint8Array(20_000))],
    [
      'a header that is none',
      frame(
        1,
        4,
        1,
        Uint8Array.from({ length: 50 }, () => 255),
      ),
    ],
    ['a pushed page', frame(5, 4, 1, Uint8Array.from([0, 0, 0, 2, 0x82]))],
    ['data before a header', frame(0, 1, 1, Buffer.from('page'))],
    ['settings of a wrong length', frame(4, 0, 0, new Uint8Array(5))],
  ])('that sends %s has failed at once', async (_, broken) => {
    const port = await raw((connection) => {
      connection.write(SETTINGS);
      connection.once('data', () => connection.write(Buffer.concat([SETTINGS_ACK, broken])));
    });
    const { verdict, tookMs } = await timed(port);
    expect(verdict).toMatchObject({ outcome: 'failed', code: 'L7RSP', detail: expect.stringMatching(/./) });
    expect(tookMs).toBeLessThan(TIMEOUT_US / 1000 + MARGIN_MS);
  });

  it('that says nothing to a handshake is waited for no longer than the limit', async () => {
    expect(await tls(await raw(() => {}))).toEqual(failed('L6TOUT', 'no handshake'));
    expect(await tls(await raw((connection) => connection.end('HTTP/1.1 400 Bad\r\n\r\n')))).toMatchObject({
      ...{ outcome: 'failed', code: 'L6RSP' },
    });
  });

  it.each([false, true])(
    'of any frames gets a verdict, and nothing of it stays, by TLS: %s',
    async (secure) => {
      const seed = Number(process.env.RELIVED_SEED ?? Date.now() % 1_000_000);
      const random = new SeededRandom(seed);
      const anything = (): Buffer => {
        const payload = Uint8Array.from({ length: random.integer(0, 40) }, () => random.integer(0, 255));
        return frame(random.integer(0, 10), random.integer(0, 255), random.integer(0, 3), payload);
      };
      const talk = (connection: Socket): void => {
        connection.on('error', () => {});
        connection.write(SETTINGS);
        const frames = Array.from({ length: random.integer(1, 6) }, anything);
        if (random.chance(0.5)) frames.unshift(frame(1, 4, 1, STATUS_200));
        connection.once('data', () => connection.end(Buffer.concat(frames)));
      };
      const { key, cert } = certificate;
      const server = secure
        ? createTlsServer({ key, cert, ALPNProtocols: ['h2'] }, talk)
        : createServer(talk);
      const port = await listening(server);
      const ask = secure ? tls : fetched;
      await ask(port);
      const before = readdirSync('/proc/self/fd').length;
      for (let run = 0; run < 60; run++) {
        const verdict = await ask(port);
        expect(['passed', 'failed'], `seed ${seed}, run ${run}`).toContain(verdict.outcome);
        expect(verdict.code, `seed ${seed}, run ${run}: ${verdict.detail}`).not.toBe('INTERNAL');
      }
      // Of the two sides of each.
      await expect.poll(() => readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before + 2);
    },
  );

  it('is given up at any time', async () => {
    const port = await serving(always('page'), true);
    const identity = new TlsIdentityStore(NO_TLS_FILES).context;
    const plan = httpProbe({
      ...{ kind: 'ssl', address: '127.0.0.1', port, timeoutUs: TIMEOUT_US, protocol: '2' },
    });
    for (let afterMs = 0; afterMs < 20; afterMs++) {
      const probing = http2Page(plan, 0, identity).subscribe();
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      probing.unsubscribe();
    }
    expect(await tls(port)).toEqual(OK);
  });

  it('whose header is too long has failed', async () => {
    const port = await serving((stream) => {
      stream.respond({
        ':status': 200,
        ...Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`x-${i}`, 'y'])),
      });
      stream.end('page');
    });
    expect(await fetched(port)).toMatchObject({ outcome: 'failed', code: 'L7RSP' });
  });
});
