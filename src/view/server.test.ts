import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ViewRow } from './api.ts';
import { type DirectorySource, openSources } from './journal-source.ts';
import { MAX_CLIENTS } from './live.ts';
import { type BuiltPage, buildPage } from './page-build.fixture.ts';
import { startView, type View } from './server.ts';
import { INSTANCE, startTwoRouters, type TwoRouters } from './two-routers.fixture.ts';

const S = 1_000_000;

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A request exactly as given: paths are not tidied, the Host header can be anything. */
function ask(url: string, path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const asked = request({ hostname, port, path, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    asked.on('error', reject).end();
  });
}

interface Stream {
  readonly request: ClientRequest;
  readonly status: number;
  /** Rows received so far, and the id of the newest event. */
  readonly rows: ViewRow[];
  readonly lastId: () => string;
  readonly events: string[];
  readonly ended: Promise<void>;
}

function listen(url: string, path: string, headers: Record<string, string> = {}): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const asked = request({ hostname, port, path, headers }, (response) => {
      const rows: ViewRow[] = [];
      const events: string[] = [];
      let id = '';
      let text = '';
      const ended = new Promise<void>((done) => response.on('close', done));
      response.on('error', () => {});
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        const frames = text.split('\n\n');
        text = frames.pop() ?? '';
        for (const frame of frames) {
          const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(frame)?.[1];
          id = field('id') ?? id;
          const event = field('event');
          if (event !== undefined) events.push(event);
          if (event === 'row') rows.push(JSON.parse(field('data') ?? '') as ViewRow);
        }
      });
      const status = response.statusCode ?? 0;
      resolve({ request: asked, status, rows, events, ended, lastId: () => id });
    });
    asked.on('error', reject).end();
  });
}

describe('the view server', () => {
  let routers: TwoRouters;
  let sources: DirectorySource[];
  let page: BuiltPage;
  let view: View;

  beforeAll(async () => {
    page = buildPage();
    routers = startTwoRouters(Date.now() * 1_000 - 60 * S);
    routers.clock.advanceBy(20 * S);
    await routers.flush();
    sources = openSources(routers.directories);
    view = await startView({ sources, listen: { host: '127.0.0.1', port: 0 }, assets: page.assets });
  });
  afterAll(async () => {
    await view.close();
    for (const source of sources) source.close();
    await routers.close();
    page.remove();
  });

  /** One more change on r1, written to its journal. */
  const change = async (): Promise<number> => {
    routers.r1.engine.post(INSTANCE, { type: 'self.stalled', stalledUs: routers.r1.engine.seq });
    await routers.flush();
    return routers.r1.engine.seq;
  };

  it('serves the page with headers that forbid everything foreign', async () => {
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/app.js', 'text/javascript'],
      ['/style.css', 'text/css'],
      ['/icon.svg', 'image/svg+xml'],
      ['/api/nodes', 'application/json'],
    ] as const) {
      const { status, headers, body } = await ask(view.url, path);
      expect([status, headers['content-type']?.split(';')[0], body.length > 0], path).toEqual([
        200,
        type,
        true,
      ]);
      expect(headers['content-security-policy']).toMatch(/^default-src 'self'; /);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['access-control-allow-origin']).toBeUndefined();
      const head = await ask(view.url, path, { method: 'HEAD' });
      expect([head.status, head.body]).toEqual([200, '']);
    }
  });

  it('answers only requests for a loopback name', async () => {
    const status = async (host: string) =>
      (await ask(view.url, '/api/nodes', { headers: { Host: host } })).status;
    for (const host of ['localhost', 'LOCALHOST:8112', '127.0.0.1:1', '127.9.9.9', '[::1]:8112']) {
      expect(await status(host), host).toBe(200);
    }
    for (const host of [
      'evil.example',
      '127.0.0.1.evil.example',
      'localhost.evil.example:8112',
      '10.0.0.1',
      '[::2]',
      'a b',
    ]) {
      expect(await status(host), host).toBe(421);
    }
  });

  it('only reads', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const { status, headers } = await ask(view.url, '/api/nodes', { method });
      expect([status, headers.allow], method).toEqual([405, 'GET, HEAD']);
    }
  });

  it('has no file beyond its own', async () => {
    const paths = [
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2f..%2fetc/passwd',
      '//etc/passwd',
      '/app.js/../../../package.json',
      '/api/__proto__',
      '/__proto__',
      '/constructor',
      '/favicon.ico',
      '/api/rows/../../x',
    ];
    for (const path of paths) expect((await ask(view.url, path)).status, path).toBe(404);
  });

  it('tells what is wrong with a question', async () => {
    const wrong = async (path: string) => {
      const { status, body } = await ask(view.url, path);
      return [status, JSON.parse(body).error];
    };
    expect(await wrong('/api/rows')).toEqual([400, 'node is missing']);
    expect(await wrong('/api/rows?node=r7')).toEqual([404, 'no node "r7"']);
    expect(await wrong('/api/rows?node=r1&after=1&before=2')).toEqual([
      400,
      'only one of after, before, at and seq can be given',
    ]);
    expect((await wrong('/api/rows?node=r1&limit=501'))[0]).toBe(400);
    expect((await wrong('/api/rows?node=r1&after=-1'))[0]).toBe(400);
    expect((await wrong('/api/rows?node=r1&after=1e3'))[0]).toBe(400);
    expect((await wrong('/api/rows?node=r1&after=99999999999999999'))[0]).toBe(400);
    expect(await wrong('/api/timeline?from=5&to=5')).toEqual([400, 'to must be later than from']);
    expect(await wrong('/api/timeline')).toEqual([400, 'from is missing']);
    expect((await wrong('/api/context?node=r1&actor=vrrp/none&seq=3'))[0]).toBe(404);
    expect(await wrong('/api/live?since=r1:x')).toEqual([400, 'not a position']);
    expect((await ask(view.url, '/api/rows?node=r1&limit=500')).status).toBe(200);
  });

  it('listens on loopback only, unless a token is asked for', async () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1']) {
      await expect(
        startView({ sources: [], listen: { host, port: 0 }, assets: page.assets }),
      ).rejects.toThrow(/token/);
    }
  });

  it('sends new rows, and to who returns exactly what was missed', async () => {
    const stream = await listen(view.url, '/api/live');
    const first = await change();
    await expect.poll(() => stream.rows.map(({ seq }) => seq)).toEqual([first]);
    expect(stream.rows[0]).toMatchObject({ node: 'r1', actor: INSTANCE, before: stream.rows[0]?.state });
    stream.request.destroy();
    await stream.ended;
    const missed = [await change(), await change()];
    const returned = await listen(view.url, '/api/live', { 'Last-Event-ID': stream.lastId() });
    await expect.poll(() => returned.rows.map(({ seq }) => seq)).toEqual(missed);
    const next = await change();
    await expect.poll(() => returned.rows.map(({ seq }) => seq)).toEqual([...missed, next]);
    expect(returned.lastId()).toMatch(new RegExp(`^r1:${next},r2:\\d+$`));
    returned.request.destroy();
    await returned.ended;
  });

  it('takes a limited number of listeners', async () => {
    const streams: Stream[] = [];
    while (streams.length < MAX_CLIENTS) {
      streams.push(...(await Promise.all(Array.from({ length: 50 }, () => listen(view.url, '/api/live')))));
    }
    expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await ask(view.url, '/api/live')).status).toBe(503);
    expect((await ask(view.url, '/api/nodes')).status).toBe(200);
    const seq = await change();
    const all = (): number => streams.filter(({ rows }) => rows.at(-1)?.seq === seq).length;
    await expect.poll(all, { timeout: 15_000 }).toBe(MAX_CLIENTS);
    for (const stream of streams) stream.request.destroy();
    await Promise.all(streams.map(({ ended }) => ended));
    await expect
      .poll(
        async () => {
          const again = await listen(view.url, '/api/live');
          again.request.destroy();
          return again.status;
        },
        { timeout: 15_000 },
      )
      .toBe(200);
  });

  it('drops a listener that does not read, and tells one that missed too much to begin anew', async () => {
    const { hostname, port } = new URL(view.url);
    const lazy = connect(Number(port), hostname);
    const dropped = new Promise<void>((resolve) =>
      lazy.on('error', () => resolve()).on('close', () => resolve()),
    );
    await new Promise<void>((resolve) => lazy.once('connect', () => resolve()));
    lazy.write(`GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    // The answer's head proves that it listens; from then on it reads nothing.
    await new Promise<void>((resolve) => lazy.once('data', () => resolve()));
    lazy.pause();
    const awake = await listen(view.url, '/api/live');
    const before = awake.lastId();
    const error = 'x'.repeat(4_000);
    const wanted = 3_000;
    for (let count = 0; count < wanted; count += 1) {
      routers.r1.engine.post(INSTANCE, { type: 'adverts.sendFailed', error: `${count} ${error}` });
      if (count % 50 === 0) await routers.flush();
    }
    await routers.flush();
    await expect.poll(() => awake.rows.length, { timeout: 15_000 }).toBe(wanted);
    lazy.resume();
    await dropped;
    const late = await listen(view.url, `/api/live?since=${encodeURIComponent(before || 'r1:1,r2:1')}`);
    await expect.poll(() => late.events).toEqual(['reset']);
    expect(late.rows).toEqual([]);
    for (const stream of [awake, late]) stream.request.destroy();
    await Promise.all([awake.ended, late.ended]);
  });
});
