/** Certificates of real servers on this machine, as SSL_GET looks at them. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { lastValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Certificate, selfSigned, signedBy } from '../../../test/harness/certificates.ts';
import type { TlsDemands } from '../../machines/checker/tls-demands.ts';
import { httpPage, httpProbe } from '../../machines/http-checker/http-checker.fixture.ts';
import { pageFetch } from './page-fetch.ts';
import { NO_TLS_FILES, TlsIdentityStore } from './tls-identity.ts';
import type { Verdict } from './verdict.ts';

const NAMES = 'DNS:www.example,IP:127.0.0.1';
const servers = new Set<Server>();
let directory: string;
let authority: Certificate;
let stranger: Certificate;
let good: Certificate;
let expired: Certificate;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'relived-tls-'));
  authority = selfSigned(directory, 'authority');
  stranger = selfSigned(directory, 'stranger');
  good = signedBy(authority, directory, 'good', { names: NAMES, days: 10 });
  expired = signedBy(authority, directory, 'expired', { names: NAMES, days: -1 });
});

afterEach(async () => {
  const closed = [...servers].map((server) => new Promise((resolve) => server.close(resolve)));
  servers.clear();
  await Promise.all(closed);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function serving({ key, cert }: Pick<Certificate, 'key' | 'cert'>): Promise<number> {
  const server = createServer({ key, cert }, (connection) => {
    connection.on('error', () => {});
    connection.once('data', () => connection.end('HTTP/1.0 200 OK\r\n\r\n'));
  });
  servers.add(server);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function verdictOn(
  certificate: Certificate,
  demands: Partial<TlsDemands>,
  identity = new TlsIdentityStore(NO_TLS_FILES),
): Promise<Verdict> {
  const tls = { verifiedName: null, ca: authority.certificateFile, expiryWarningDays: null, ...demands };
  const plan = httpProbe({
    ...{ kind: 'ssl', address: '127.0.0.1', port: await serving(certificate), timeoutUs: 2_000_000 },
    pages: [httpPage({ tls })],
  });
  return lastValueFrom(pageFetch(plan, 0, identity.context));
}

const OK = { outcome: 'passed', code: 'L7OK', detail: '' };
const failed = (detail: unknown) => ({ outcome: 'failed', code: 'L6RSP', detail });

describe('a certificate that is verified', () => {
  it('passes for its name and for its address', async () => {
    expect(await verdictOn(good, { verifiedName: 'www.example' })).toEqual(OK);
    expect(await verdictOn(good, { verifiedName: '127.0.0.1' })).toEqual(OK);
  });

  it('of another name fails', async () => {
    expect(await verdictOn(good, { verifiedName: 'other.example' })).toEqual(
      failed('certificate is not for other.example'),
    );
    expect(await verdictOn(good, { verifiedName: '127.0.0.2' })).toEqual(
      failed('certificate is not for 127.0.0.2'),
    );
  });

  it('that has expired fails, with its end', async () => {
    const verdict = await verdictOn(expired, { verifiedName: 'www.example' });
    expect(verdict).toEqual(failed(expect.stringMatching(/^certificate expired \d{4}-\d\d-\d\dT[\d:]{8}Z$/)));
  });

  it('that nobody but itself signed fails', async () => {
    expect(await verdictOn(stranger, { verifiedName: 'stranger' })).toEqual(
      failed('certificate is self-signed'),
    );
  });

  it('of an issuer that is not trusted fails', async () => {
    expect(await verdictOn(good, { verifiedName: 'www.example', ca: stranger.certificateFile })).toEqual(
      failed('certificate of an unknown issuer'),
    );
    // The system's roots: nobody of the world signed it.
    expect(await verdictOn(good, { verifiedName: 'www.example', ca: '' })).toEqual(
      failed('certificate of an unknown issuer'),
    );
  });

  it('passes by the ca of the SSL block', async () => {
    const identity = new TlsIdentityStore({ ...NO_TLS_FILES, ca: authority.certificateFile });
    expect(await verdictOn(good, { verifiedName: 'www.example', ca: '' }, identity)).toEqual(OK);
    // The check's own ca is in place of it.
    expect(
      await verdictOn(good, { verifiedName: 'www.example', ca: stranger.certificateFile }, identity),
    ).toEqual(failed('certificate of an unknown issuer'));
  });

  it('cannot be, if nobody knows whom to trust, which says nothing of the server', async () => {
    const missing = join(directory, 'missing.crt');
    expect(await verdictOn(good, { verifiedName: 'www.example', ca: missing })).toMatchObject({
      ...{ outcome: 'unable', code: 'TLSERR', detail: expect.stringContaining(`tls_ca ${missing}: ENOENT`) },
    });
  });
});

describe('a certificate that is not verified', () => {
  it('passes whatever it is', async () => {
    expect(await verdictOn(expired, {})).toEqual(OK);
    expect(await verdictOn(stranger, {})).toEqual(OK);
  });

  it('that has ended is spoken of, if its end is', async () => {
    expect(await verdictOn(expired, { expiryWarningDays: 1 })).toMatchObject({
      ...{ outcome: 'passed', detail: expect.stringMatching(/^certificate ended \d{4}-/) },
    });
  });
});

describe('the end of a certificate', () => {
  it('is spoken of in the same words at each probe, once it is near', async () => {
    const demands = { verifiedName: 'www.example', expiryWarningDays: 30 };
    const first = await verdictOn(good, demands);
    expect(first).toMatchObject({ outcome: 'passed', detail: expect.stringMatching(/^certificate ends \d/) });
    expect(await verdictOn(good, demands)).toEqual(first);
    expect(await verdictOn(good, { ...demands, expiryWarningDays: 5 })).toEqual(OK);
  });
});
