import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { request as requestByTls } from 'node:https';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../../test/harness/certificates.ts';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { type BuiltPage, buildPage } from './page-build.fixture.ts';
import { startView, type View, type ViewOptions } from './server.ts';
import { newToken, readToken } from './token.ts';

const TOKEN = 'correct-horse-battery-staple';
const JSON_TYPE = { 'Content-Type': 'application/json' };

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Question {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

describe('who may ask', () => {
  let page: BuiltPage;
  let directory: string;
  let view: View | null = null;

  beforeAll(() => {
    page = buildPage();
    directory = temporaryDirectory('view-access');
  });
  afterEach(async () => {
    await view?.close();
    view = null;
  });
  afterAll(() => page.remove());

  const start = async (options: Omit<ViewOptions, 'sources'>): Promise<View> => {
    view = await startView({ sources: [], assets: page.assets, ...options });
    return view;
  };

  const ask = (path: string, { method = 'GET', headers = {}, body }: Question = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const url = view?.url ?? '';
      const address = url.startsWith('unix:')
        ? { socketPath: url.slice(5) }
        : { hostname: new URL(url).hostname.replace(/[[\]]/g, ''), port: new URL(url).port };
      const send = url.startsWith('https:') ? requestByTls : request;
      const options = { ...address, path, method, headers, rejectUnauthorized: false };
      const asked = send(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece) => {
          text += piece;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      });
      asked.on('error', reject).end(body);
    });

  const signIn = (token: string): Promise<Answer> =>
    ask('/api/sign-in', { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ token }) });

  it('is asked for the token by everything but the page itself', async () => {
    await start({ listen: { host: '127.0.0.1', port: 0 }, token: TOKEN });
    for (const path of ['/', '/app.js', '/style.css', '/icon.svg'])
      expect((await ask(path)).status).toBe(200);
    for (const path of ['/api/nodes', '/api/live', '/api/none', '/x', `/api/nodes?token=${TOKEN}`]) {
      const { status, body } = await ask(path);
      expect([status, JSON.parse(body)], path).toEqual([401, { error: 'the token is missing or wrong' }]);
    }
    const bearer = async (text: string) =>
      (await ask('/api/nodes', { headers: { Authorization: text } })).status;
    expect(await bearer(`Bearer ${TOKEN}`)).toBe(200);
    for (const text of [`Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, 'Bearer', TOKEN]) {
      expect(await bearer(text), text).toBe(401);
    }
  });

  it('gets a cookie for the token, which scripts and other servers never see', async () => {
    await start({ listen: { host: '127.0.0.1', port: 0 }, token: TOKEN });
    expect((await signIn('wrong-wrong-wrong-wrong')).headers['set-cookie']).toBeUndefined();
    const right = await signIn(TOKEN);
    const [cookie = ''] = right.headers['set-cookie'] ?? [];
    expect(right.status).toBe(200);
    expect(cookie).toMatch(/^relive-[0-9a-f]{12}=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(TOKEN);
    const [pair = ''] = cookie.split(';');
    const status = async (text: string) => (await ask('/api/nodes', { headers: { Cookie: text } })).status;
    expect(await status(`a=b; ${pair}; c=d`)).toBe(200);
    expect(await status(`${pair}x`)).toBe(401);
    expect(await status(`${pair.split('=')[0]}=${TOKEN}`)).toBe(401);
    // Pages that are open go on after a restart of the server, but not with another token.
    await view?.close();
    await start({ listen: { host: '127.0.0.1', port: 0 }, token: TOKEN });
    expect(await status(pair)).toBe(200);
    await view?.close();
    await start({ listen: { host: '127.0.0.1', port: 0 }, token: `${TOKEN}2` });
    expect(await status(pair)).toBe(401);
  });

  it('brings the token in no other way', async () => {
    await start({ listen: { host: '127.0.0.1', port: 0 }, token: TOKEN });
    const body = JSON.stringify({ token: TOKEN });
    const post = async (question: Question) =>
      (await ask('/api/sign-in', { method: 'POST', ...question })).status;
    expect(await post({ headers: { 'Content-Type': 'text/plain' }, body })).toBe(415);
    expect(await post({ body })).toBe(415);
    expect(await post({ headers: JSON_TYPE, body: '{' })).toBe(400);
    expect(await post({ headers: JSON_TYPE, body: '{"token":1}' })).toBe(400);
    expect(await post({ headers: JSON_TYPE, body: `{"token":"${'x'.repeat(4_000)}"}` })).toBe(413);
    expect(await post({ headers: { ...JSON_TYPE, 'Sec-Fetch-Site': 'same-site' }, body })).toBe(403);
    expect((await ask('/api/sign-in')).status).toBe(401);
    expect((await ask('/api/nodes', { method: 'POST', headers: JSON_TYPE, body })).status).toBe(405);
  });

  it('is no page of another server', async () => {
    await start({ listen: { host: '127.0.0.1', port: 0 } });
    const status = async (site: string) =>
      (await ask('/api/nodes', { headers: { 'Sec-Fetch-Site': site } })).status;
    expect(await Promise.all(['same-origin', 'none', 'cross-site', 'same-site'].map(status))).toEqual([
      200, 200, 403, 403,
    ]);
  });

  it('may use addresses and known names, and no other, where others can connect', async () => {
    await start({ listen: { host: '0.0.0.0', port: 0 }, token: TOKEN, names: ['History.example.com'] });
    const status = async (host: string) => (await ask('/', { headers: { Host: host } })).status;
    for (const host of ['10.1.2.3:80', '[fd00::1]:80', 'localhost', 'history.example.com:443']) {
      expect(await status(host), host).toBe(200);
    }
    for (const host of ['evil.example', 'x.history.example.com', '10.1.2.3.evil.example']) {
      expect(await status(host), host).toBe(421);
    }
    const others = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
    const outside = others.find(({ internal, family }) => !internal && family === 'IPv4');
    if (outside === undefined) return;
    const answer = await fetch(`http://${outside.address}:${new URL(view?.url ?? '').port}/api/nodes`);
    expect(answer.status).toBe(401);
  });

  it('may open the socket of Unix, by its mode', async () => {
    const path = join(directory, 'view.sock');
    await start({ listen: { path } });
    expect(view?.url).toBe(`unix:${path}`);
    expect(statSync(path).mode & 0o7777).toBe(0o600);
    expect((await ask('/api/nodes', { headers: { Host: 'history.example.com' } })).status).toBe(200);
    await expect(startView({ sources: [], assets: page.assets, listen: { path } })).rejects.toThrow(
      /somebody answers there/,
    );
    await view?.close();
    expect(existsSync(path)).toBe(false);
    await start({ listen: { path }, socketMode: 0o660 });
    expect(statSync(path).mode & 0o7777).toBe(0o660);
    await view?.close();
    // What is no socket is somebody's file.
    writeFileSync(path, 'precious');
    await expect(startView({ sources: [], assets: page.assets, listen: { path } })).rejects.toThrow(
      /EADDRINUSE/,
    );
    expect(statSync(path).size).toBe(8);
  });

  it('may be sure who answers, by TLS', async () => {
    const { certificateFile: certificate, keyFile: key } = selfSigned(directory, 'view');
    await start({ listen: { host: '127.0.0.1', port: 0 }, token: TOKEN, tls: { certificate, key } });
    expect(view?.url).toMatch(/^https:/);
    expect((await ask('/api/nodes')).status).toBe(401);
    expect((await signIn(TOKEN)).headers['set-cookie']?.[0]).toMatch(/; Secure$/);
  });
});

describe('the token', () => {
  it('is new each time, and long', () => {
    expect(newToken()).toMatch(/^[\w-]{24}$/);
    expect(newToken()).not.toBe(newToken());
  });

  it('is read from a file that not everybody can read', () => {
    const file = join(temporaryDirectory('view-token'), 'token');
    writeFileSync(file, `${TOKEN}\n`, { mode: 0o600 });
    expect(readToken(file)).toBe(TOKEN);
    chmodSync(file, 0o644);
    expect(() => readToken(file)).toThrow(/can be read by everybody/);
    chmodSync(file, 0o640);
    for (const text of ['', 'short', 'with a blank in it', 'x'.repeat(513)]) {
      writeFileSync(file, text);
      expect(() => readToken(file), text).toThrow(/holds no token/);
    }
    expect(() => readToken(`${file}.none`)).toThrow(/ENOENT/);
  });
});
