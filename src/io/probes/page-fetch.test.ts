/** Pages of real servers on this machine, good ones and bad ones. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { type Certificate, selfSigned } from '../../../test/harness/certificates.ts';
import { closedPort, flood, localServers } from '../../../test/harness/local-servers.ts';
import { httpPage, httpProbe } from '../../machines/http-checker/http-checker.fixture.ts';
import type { HttpPage, HttpProbe } from '../../machines/http-checker/http-probe.ts';
import { LONGEST_ANSWER_TIMEOUTS, pageFetch } from './page-fetch.ts';
import { NO_TLS_FILES, TlsIdentityStore } from './tls-identity.ts';
import type { Verdict } from './verdict.ts';

/** Short, so that a server that says nothing does not hold up the tests. */
const TIMEOUT_US = 300_000;
const MARGIN_MS = 1_000;

const { listening, connections } = localServers();
let directory: string;
let certificate: Certificate;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'relived-pages-'));
  certificate = selfSigned(directory, 'server');
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A server whose answer is up to the test; gives its port. */
function answering(answer: (connection: Socket, request: string) => void): Promise<number> {
  return listening(
    createServer((connection) => {
      connection.once('data', (request) => answer(connection, request.toString('latin1')));
    }),
  );
}

function answeringTls(answer: (connection: TLSSocket, request: string) => void): Promise<number> {
  const { key, cert } = certificate;
  const server = createTlsServer({ key, cert }, (connection) => {
    connection.on('error', () => {});
    connection.once('data', (request) => answer(connection, request.toString('latin1')));
  });
  server.on('tlsClientError', () => {});
  return listening(server);
}

const always = (text: string | Buffer) =>
  answering((connection) => connection.end(typeof text === 'string' ? Buffer.from(text, 'latin1') : text));

interface Wanted {
  readonly plan?: Partial<HttpProbe>;
  readonly page?: Partial<HttpPage>;
  readonly identity?: TlsIdentityStore;
}

function fetched(port: number, { plan, page, identity }: Wanted = {}): Promise<Verdict> {
  const probe = httpProbe({
    ...{ address: '127.0.0.1', port, timeoutUs: TIMEOUT_US, pages: [httpPage(page)] },
    ...plan,
  });
  return lastValueFrom(pageFetch(probe, 0, (identity ?? new TlsIdentityStore(NO_TLS_FILES)).context));
}

const tls = (port: number, wanted: Wanted = {}) =>
  fetched(port, { ...wanted, plan: { kind: 'ssl', ...wanted.plan } });

const OK = { outcome: 'passed', code: 'L7OK', detail: '' };
const regex = (pattern: string, noMatch = false) => ({
  ...{ pattern, options: [], noMatch, minOffset: 0, maxOffset: null },
});

describe('a page', () => {
  it('is asked for in the words of keepalived', async () => {
    let asked = '';
    const port = await answering((connection, request) => {
      asked = request;
      connection.end('HTTP/1.1 200 OK\r\n\r\n');
    });
    expect(await fetched(port, { plan: { protocol: '1.1' }, page: { path: '/a?b', host: 'www' } })).toEqual(
      OK,
    );
    expect(asked).toBe(
      'GET /a?b HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: www\r\n\r\n',
    );
  });

  it('of a real server passes, in pieces too, with the digest of genhash', async () => {
    const server = createHttpServer((_, response) => {
      response.setHeader('Content-Length', 6);
      response.write('one');
      setTimeout(() => response.end('two'), 20);
    });
    const digest = createHash('md5').update('onetwo').digest('hex');
    expect(await fetched(await listening(server), { page: { digest } })).toEqual(OK);
  });

  it.each([
    ['HTTP/1.1 503 No\r\n\r\n', {}, 'L7STS', 'status 503'],
    ['HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n', {}, 'L7STS', 'status 302'],
    ['HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n', { statuses: [{ from: 300, to: 399 }] }, 'L7OK', ''],
    ['220 mail.example ESMTP\r\n\r\n', {}, 'L7RSP', 'no answer of HTTP'],
    ['HTTP/1.1 200 OK\r\nX: y\r\n', {}, 'L7RSP', 'it closed within the header'],
    ['', {}, 'L7RSP', 'it closed without an answer'],
    ['HTTP/1.1 200 OK\r\n\r\nno length', {}, 'L7OK', ''],
    [
      ...['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort', {}, 'L7OK'],
      'content_length (9) does not match received bytes (5)',
    ],
    [
      ...[
        'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more',
        { digest: '5d41402abc4b2a76b9719d911017c592' },
      ],
      ...['L7OK', 'content_length (5) does not match received bytes (14)'],
    ],
    [
      ...['HTTP/1.1 200 OK\r\n\r\nhello', { digest: '0'.repeat(32) }, 'L7RSP'],
      'MD5 is 5d41402abc4b2a76b9719d911017c592',
    ],
    ['HTTP/1.1 200 OK\r\n\r\nhello', { regex: regex('hel+o') }, 'L7OK', ''],
    ['HTTP/1.1 200 OK\r\n\r\nhello', { regex: regex('^$') }, 'L7RSP', 'the regex does not match'],
    ['HTTP/1.1 200 OK\r\n\r\nerror', { regex: regex('error', true) }, 'L7RSP', 'the regex matches'],
    ['HTTP/1.1 200 OK\r\n\r\nfine', { regex: regex('error', true) }, 'L7OK', ''],
  ] as const)('%j for %j: %s %s', async (answer, page, code, detail) => {
    const verdict = await fetched(await always(answer), { page });
    expect(verdict).toEqual({ outcome: code === 'L7OK' ? 'passed' : 'failed', code, detail });
  });

  it('whose regex would take for ever has failed', async () => {
    const answer = `HTTP/1.1 200 OK\r\n\r\n${'a'.repeat(50_000)}b`;
    const verdict = await fetched(await always(answer), { page: { regex: regex('(a+)+$') } });
    expect(verdict).toMatchObject({ code: 'L7RSP', detail: 'the search for the regex takes too long' });
  });
});

/** When it has to be over at the latest. */
async function inTime(verdict: Promise<Verdict>, limitMs: number): Promise<Verdict> {
  const begunMs = performance.now();
  const settled = await verdict;
  expect(performance.now() - begunMs).toBeLessThan(limitMs + MARGIN_MS);
  return settled;
}

const ONE_WAIT_MS = TIMEOUT_US / 1000;

describe('a server that', () => {
  it('is not there', async () => {
    expect(await fetched(await closedPort())).toEqual({
      outcome: 'failed',
      code: 'L4CON',
      detail: 'ECONNREFUSED',
    });
  });

  it('accepts and says nothing has failed in time', async () => {
    const verdict = await inTime(fetched(await answering(() => {})), ONE_WAIT_MS);
    expect(verdict).toEqual({ outcome: 'failed', code: 'L7TOUT', detail: 'no answer' });
  });

  it('begins and does not go on has failed in time', async () => {
    const port = await answering((connection) => connection.write('HTTP/1.1 200 OK\r\n\r\nand then'));
    const verdict = await inTime(fetched(port), ONE_WAIT_MS);
    expect(verdict).toEqual({ outcome: 'failed', code: 'L7TOUT', detail: 'the answer did not end' });
  });

  it.each(['', 'HTTP/1.1 200 OK\r\n\r\n'])(
    'sends a byte now and then, after %j, has failed in time',
    async (begun) => {
      const port = await answering((connection) => {
        connection.write(begun);
        const timer = setInterval(() => connection.write('x'), TIMEOUT_US / 5_000);
        connection.once('close', () => clearInterval(timer));
      });
      const verdict = await inTime(fetched(port), (LONGEST_ANSWER_TIMEOUTS + 1) * ONE_WAIT_MS);
      expect(verdict).toEqual({ outcome: 'failed', code: 'L7TOUT', detail: 'the answer did not end' });
    },
  );

  it('resets the connection before its answer, and within it, has failed', async () => {
    const before = await answering((connection) => connection.resetAndDestroy());
    expect(await fetched(before)).toEqual({ outcome: 'failed', code: 'L7RSP', detail: 'ECONNRESET' });
    const within = await answering((connection) => {
      connection.write('HTTP/1.1 200 OK\r\n\r\n', () => setTimeout(() => connection.resetAndDestroy(), 50));
    });
    expect(await fetched(within)).toEqual({ outcome: 'failed', code: 'L7RSP', detail: 'ECONNRESET' });
  });

  it('redirects for ever is not followed', async () => {
    let requests = 0;
    const port = await answering((connection) => {
      requests += 1;
      connection.end('HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n');
    });
    expect(await fetched(port)).toMatchObject({ outcome: 'failed', code: 'L7STS', detail: 'status 302' });
    expect(requests).toBe(1);
  });

  it('has no end of its header has failed, and is not listened to any more', async () => {
    const port = await answering((connection) => {
      const more = (): void => {
        while (!connection.destroyed && connection.write('X: y\r\n'.repeat(1000)));
        if (!connection.destroyed) connection.once('drain', more);
      };
      connection.write('HTTP/1.1 200 OK\r\n');
      more();
    });
    const verdict = await inTime(fetched(port), ONE_WAIT_MS);
    expect(verdict).toEqual({ outcome: 'failed', code: 'L7RSP', detail: 'the header has no end' });
  });

  it('sends without end has failed in time, and next to nothing of it is kept', async () => {
    const port = await answering((connection) => {
      connection.write('HTTP/1.1 200 OK\r\n\r\n');
      flood(connection);
    });
    const before = process.memoryUsage().rss;
    const page = { digest: '0'.repeat(32), regex: regex('nowhere') };
    const verdict = await inTime(fetched(port, { page }), (LONGEST_ANSWER_TIMEOUTS + 1) * ONE_WAIT_MS);
    expect(verdict.outcome).toBe('failed');
    expect(verdict.detail).toMatch(/did not end|too long/);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });
});

describe('by TLS, a server that', () => {
  it('answers passes, whoever signed its certificate', async () => {
    const port = await answeringTls((connection) => connection.end('HTTP/1.1 200 OK\r\n\r\nhello'));
    expect(await tls(port, { page: { regex: regex('hello') } })).toEqual(OK);
  });

  it('is told the name that is asked for, and none without', async () => {
    const names: unknown[] = [];
    const port = await answeringTls((connection) => {
      names.push(connection.servername);
      connection.end('HTTP/1.1 200 OK\r\n\r\n');
    });
    await tls(port, { page: { serverName: 'www.example' } });
    await tls(port, { page: { serverName: '' } });
    await tls(port, { page: { serverName: '192.0.2.1' } });
    expect(names).toEqual(['www.example', false, false]);
  });

  it('speaks something else has no handshake', async () => {
    const port = await always('HTTP/1.1 400 Bad Request\r\n\r\n');
    const verdict = await tls(port);
    expect(verdict).toMatchObject({ outcome: 'failed', code: 'L6RSP' });
    expect(verdict.detail).not.toBe('');
  });

  it('closes, resets or says nothing in the handshake has failed in time', async () => {
    const closed = await listening(createServer((connection) => connection.end()));
    expect(await tls(closed)).toMatchObject({ outcome: 'failed', code: 'L6RSP' });
    const reset = await answering((connection) => connection.resetAndDestroy());
    expect(await tls(reset)).toMatchObject({ outcome: 'failed', code: 'L6RSP', detail: 'ECONNRESET' });
    const silent = await answering(() => {});
    expect(await inTime(tls(silent), ONE_WAIT_MS)).toMatchObject({ outcome: 'failed', code: 'L6TOUT' });
  });

  it('says nothing, or does not end, after the handshake has failed in time', async () => {
    const silent = await answeringTls(() => {});
    expect(await inTime(tls(silent), 2 * ONE_WAIT_MS)).toMatchObject({ code: 'L7TOUT', detail: 'no answer' });
    const dripping = await answeringTls((connection) => {
      const timer = setInterval(() => connection.write('x'), TIMEOUT_US / 5_000);
      connection.once('close', () => clearInterval(timer));
    });
    // keepalived: one time for the whole of it.
    const verdict = await inTime(tls(dripping), 3 * ONE_WAIT_MS);
    expect(verdict).toMatchObject({ code: 'L7TOUT', detail: 'the answer did not end' });
  });

  it('ends without close_notify, or resets, within an answer is judged by what came', async () => {
    const broken = await answeringTls((connection) => {
      connection.write('HTTP/1.1 200 OK\r\n\r\nhello', () => {
        for (const socket of connections) setTimeout(() => socket.resetAndDestroy(), 50);
      });
    });
    expect(await tls(broken, { page: { regex: regex('hello') } })).toEqual(OK);
    const cut = await answeringTls((connection) => {
      connection.write('HTTP/1.1 200 OK\r\n\r\nhello', () => {
        for (const socket of connections) setTimeout(() => socket.end(), 50);
      });
    });
    expect(await tls(cut)).toEqual(OK);
  });

  it('closes without an answer has failed', async () => {
    const port = await answeringTls((connection) => connection.end());
    expect(await tls(port)).toMatchObject({ code: 'L7RSP', detail: 'it closed without an answer' });
  });
});

describe('what this machine presents', () => {
  /** Tells whose certificate it was shown. */
  const asking = async (): Promise<{ port: number; shown: string[] }> => {
    const shown: string[] = [];
    const { key, cert } = certificate;
    const server = createTlsServer(
      { key, cert, requestCert: true, rejectUnauthorized: false },
      (connection) => {
        connection.on('error', () => {});
        shown.push(String(connection.getPeerCertificate().subject?.CN ?? ''));
        connection.once('data', () => connection.end('HTTP/1.1 200 OK\r\n\r\n'));
      },
    );
    return { port: await listening(server), shown };
  };

  it('is what the configuration says, and something else after a reload', async () => {
    const { port, shown } = await asking();
    const [open, locked] = [selfSigned(directory, 'open'), selfSigned(directory, 'locked', 'pass phrase')];
    const identity = new TlsIdentityStore({
      ...{ certificate: open.certificateFile, key: open.keyFile, ca: open.certificateFile },
      passphrase: () => null,
    });
    expect(await tls(port, { identity })).toEqual(OK);
    identity.replace({
      ...{ certificate: locked.certificateFile, key: locked.keyFile, ca: null },
      passphrase: () => 'pass phrase',
    });
    expect(await tls(port, { identity })).toEqual(OK);
    identity.replace(NO_TLS_FILES);
    expect(await tls(port, { identity })).toEqual(OK);
    expect(shown).toEqual(['open', 'locked', '']);
  });

  it('cannot be had: that says nothing of the server', async () => {
    const { port, shown } = await asking();
    const locked = selfSigned(directory, 'unknown', 'pass phrase');
    const wrong = [
      { certificate: '/no/such/file', key: null, ca: null },
      { certificate: locked.certificateFile, key: locked.keyFile, ca: null },
      { certificate: locked.certificateFile, key: certificate.keyFile, ca: null },
      { certificate: null, key: null, ca: locked.keyFile },
    ];
    for (const files of wrong) {
      const identity = new TlsIdentityStore({ ...files, passphrase: () => 'wrong' });
      const verdict = await tls(port, { identity });
      expect(verdict).toMatchObject({ outcome: 'unable', code: 'TLSERR' });
      expect(verdict.detail).toMatch(/^(certificate|key|ca) \//);
    }
    expect(shown).toEqual([]);
  });
});

test('a fetch that is given up ends its connection', async () => {
  let closed = 0;
  const port = await answering((connection) => connection.once('close', () => (closed += 1)));
  const probe = httpProbe({ address: '127.0.0.1', port, timeoutUs: 60_000_000 });
  const fetching = pageFetch(probe, 0, new TlsIdentityStore(NO_TLS_FILES).context).subscribe();
  await expect.poll(() => connections.size).toBe(1);
  fetching.unsubscribe();
  await expect.poll(() => closed).toBe(1);
});

/** Bytes that a client sends to a TLS server, by way of somebody who counts them. */
async function bytesSent(page: Partial<HttpPage>): Promise<number> {
  let bytes = 0;
  let ended = false;
  const target = await answeringTls((connection) => connection.end('HTTP/1.1 500 no\r\n\r\n'));
  const between = createServer((client) => {
    const server = connect(target, '127.0.0.1');
    server.on('error', () => {});
    client.on('data', (data) => {
      bytes += data.length;
      server.write(data);
    });
    client.once('end', () => {
      ended = true;
    });
    // A pipe from the client would stop when the server has closed.
    server.pipe(client);
  });
  await tls(await listening(between), { page });
  await expect.poll(() => ended).toBe(true);
  return bytes;
}

test('tls_compliant announces the end of the connection, and keepalived does not without it', async () => {
  const [quiet, compliant] = [await bytesSent({}), await bytesSent({ endsCleanly: true })];
  // One alert of TLS 1.3: header 5, alert 2, kind 1, tag 16.
  expect(compliant - quiet).toBe(24);
});
