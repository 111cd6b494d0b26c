/** genhash beside that of Debian's keepalived: the same words on standard output and error, and the same exit status. */
import { execFile } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';

vi.setConfig({ testTimeout: 60_000 });

const OURS = join(import.meta.dirname, '..', '..', 'bin', 'genhash');

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

function run(program: string, args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 30_000 }, (error, stdout, stderr) =>
      resolve({ stdout, stderr, code: typeof error?.code === 'number' ? error.code : 0 }),
    );
  });
}

const ANSWERS: Readonly<Record<string, string>> = {
  '/good': 'HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\nhello world\n',
  '/long': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcdef',
  '/short': 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc',
  '/endless': `HTTP/1.1 404 No\r\nServer: \xe9\r\n\r\n${'binary \x00\x01\xff'.repeat(40)}`,
  '/empty': 'HTTP/1.1 204 No\r\n\r\n',
  '/headless': 'hello',
  '/unfinished': 'HTTP/1.1 200 OK\r\nX: y\r\n',
};

const asked: string[] = [];
let server: Server;
let port = 0;

beforeAll(async () => {
  server = createServer((connection) => {
    connection.on('error', () => {});
    connection.once('data', (request) => {
      asked.push(request.toString('latin1'));
      const path = request.toString('latin1').split(' ')[1] ?? '';
      if (path !== '/silent') connection.end(Buffer.from(ANSWERS[path] ?? '', 'latin1'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server?.close();
});

const at = (...more: readonly string[]) => ['-s', '127.0.0.1', '-p', String(port), ...more];
const timeless = ({ stdout, stderr, code }: Run) => ({
  stdout: stdout.replace(/= [0-9]+ usecs/, '= N usecs'),
  stderr,
  code,
});

describe('is as with keepalived', () => {
  it.each([
    ...Object.keys(ANSWERS).map((url) => `-v -u ${url}`),
    '-v -S -u /good',
    '-t 1 -u /silent',
    '-u /good -P 1.0c',
    '-u /headless -P 1.1 -V www.example.org',
  ])('%s', async (line) => {
    const args = line.split(' ');
    const given = at(...args);
    asked.length = 0;
    const theirs = await run('genhash', given);
    const askedByThem = asked.splice(0);
    expect(timeless(await run(OURS, given))).toEqual(timeless(theirs));
    // The first words of TLS are random.
    if (!args.includes('-S')) expect(asked).toEqual(askedByThem);
  });

  it('nobody listens there', async () => {
    const given = ['-s', '127.0.0.1', '-p', '1', '-u', '/'];
    expect(await run(OURS, given)).toEqual(await run('genhash', given));
  });
});

it('follows a certificate that nobody has signed, and names the virtual host', async () => {
  const { createServer: createTlsServer } = await import('node:https');
  const { key, cert } = await selfSigned();
  const names: string[] = [];
  const secure = createTlsServer({
    key,
    cert,
    SNICallback: (name, done) => {
      names.push(name);
      done(null);
    },
  });
  secure.on('request', (_request, response) => response.end('secret'));
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  try {
    const given = ['-s', '127.0.0.1', '-p', String((secure.address() as AddressInfo).port), '-u', '/'];
    const more = ['-S', '-I', '-V', 'www.example.org'];
    const { stdout } = await run(OURS, [...given, ...more]);
    expect(stdout).toBe((await run('genhash', [...given, ...more])).stdout);
    expect(stdout).toMatch(/^[0-9a-f]{32}\n$/);
    expect(names).toEqual(['www.example.org', 'www.example.org']);
  } finally {
    secure.close();
  }
});

it('marks its packets', async () => {
  const held = createHttpServer(() => {});
  await new Promise<void>((resolve) => held.listen(0, '127.0.0.1', resolve));
  const { port: heldPort } = held.address() as AddressInfo;
  const asking = run(OURS, ['-s', '127.0.0.1', '-p', String(heldPort), '-u', '/', '-m', '77', '-t', '20']);
  const marked = async () => {
    const { stdout } = await run('ss', ['-tnHe', 'dport', '=', `:${heldPort}`]);
    return stdout.includes('fwmark:0x4d');
  };
  await waitFor(marked, { deadlineMs: 15_000, what: 'a marked connection' });
  held.closeAllConnections();
  held.close();
  expect((await asking).code).toBe(0);
});

async function selfSigned(): Promise<{ key: string; cert: string }> {
  const options = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-subj', '/CN=nobody', '-days', '2', '-keyout', '-', '-out', '-'];
  const { stdout } = await run('openssl', ['req', ...options, ...names]);
  const part = (what: string) =>
    new RegExp(`-----BEGIN ${what}-----.*?-----END ${what}-----`, 's').exec(stdout)?.[0] ?? '';
  return { key: part('PRIVATE KEY'), cert: part('CERTIFICATE') };
}
