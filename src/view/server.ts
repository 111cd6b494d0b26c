/**
 * The visualizer's web server: its page, its data, live rows. Read-only, for programs on this machine alone: it listens
 * on loopback and answers only requests that were addressed to a loopback name, so that no foreign page can reach it.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parsePositions } from './api.ts';
import { LiveHub } from './live.ts';
import { plainChart } from './plain-chart.ts';
import { at, context, MAX_ROWS, nodes, nowUs, rows } from './queries.ts';
import type { JournalSource } from './source.ts';
import { timeline } from './timeline.ts';

export interface ListenAddress {
  /** Loopback: `127.0.0.1`, `::1` or `localhost`. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface ViewOptions {
  readonly sources: readonly JournalSource[];
  readonly listen: ListenAddress;
  /** Directory of the built page; the one of this checkout if absent. */
  readonly assets?: URL;
}

export interface View {
  /** `http://127.0.0.1:8112/` */
  readonly url: string;
  /** Ends open pages and stops listening. Leaves the sources open. */
  close(): Promise<void>;
}

const ASSETS: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/app.js': { file: 'app.js', type: 'text/javascript; charset=utf-8' },
  '/style.css': { file: 'style.css', type: 'text/css; charset=utf-8' },
  '/icon.svg': { file: 'icon.svg', type: 'image/svg+xml' },
};

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
};

const MAX_CONNECTIONS = 256;

/** A problem of the request, told to who sent it. */
class BadRequest extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** Name of a Host header without its port; null if it is not one. */
function hostName(header: string | undefined): string | null {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+))(?::\d{1,5})?$/.exec(header ?? '');
  return match === null ? null : (match[1] ?? match[2] ?? '').toLowerCase();
}

/** An integer parameter between 0 and `max`; null if it is absent. */
function integer(query: URLSearchParams, name: string, max = Number.MAX_SAFE_INTEGER): number | null {
  const text = query.get(name);
  if (text === null) return null;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value > max) {
    throw new BadRequest(400, `${name} must be a whole number from 0 to ${max}`);
  }
  return value;
}

function required<T>(value: T | null, name: string): T {
  if (value === null) throw new BadRequest(400, `${name} is missing`);
  return value;
}

function sourceOf(sources: readonly JournalSource[], query: URLSearchParams): JournalSource {
  const node = required(query.get('node'), 'node');
  const source = sources.find((candidate) => candidate.node === node);
  if (source === undefined) throw new BadRequest(404, `no node ${JSON.stringify(node.slice(0, 80))}`);
  return source;
}

function answerRows(sources: readonly JournalSource[], query: URLSearchParams): unknown {
  const [after, before, seq, atUs] = ['after', 'before', 'seq', 'at'].map((name) => integer(query, name));
  const given = [after, before, seq, atUs].filter((bound) => bound !== null);
  if (given.length > 1) throw new BadRequest(400, 'only one of after, before, at and seq can be given');
  const limit = Math.max(1, integer(query, 'limit', MAX_ROWS) ?? 100);
  const bounds = { after: after ?? null, before: before ?? null, seq: seq ?? null, atUs: atUs ?? null };
  return rows(sourceOf(sources, query), { actor: query.get('actor'), ...bounds, limit });
}

function answerTimeline(sources: readonly JournalSource[], query: URLSearchParams): unknown {
  const from = required(integer(query, 'from'), 'from');
  const to = integer(query, 'to') ?? nowUs();
  if (to <= from) throw new BadRequest(400, 'to must be later than from');
  return timeline(sources, from, to, query.get('actor'));
}

function answerContext(sources: readonly JournalSource[], query: URLSearchParams): unknown {
  const source = sourceOf(sources, query);
  const actor = required(query.get('actor'), 'actor');
  const found = context(source, actor, required(integer(query, 'seq'), 'seq'));
  if (found === null) throw new BadRequest(404, 'no such actor at that row');
  return found;
}

function answerChart(sources: readonly JournalSource[], query: URLSearchParams): unknown {
  const found = plainChart(sourceOf(sources, query), required(integer(query, 'seq'), 'seq'));
  if (found === null) throw new BadRequest(404, 'no row of a machine');
  return found;
}

type Answer = (sources: readonly JournalSource[], query: URLSearchParams) => unknown;

const ANSWERS: Readonly<Record<string, Answer>> = {
  '/api/nodes': (sources) => nodes(sources),
  '/api/at': (sources, query) => at(sources, required(integer(query, 'time'), 'time')),
  '/api/rows': answerRows,
  '/api/timeline': answerTimeline,
  '/api/context': answerContext,
  '/api/chart': answerChart,
};

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  response.writeHead(status, { ...SECURITY_HEADERS, 'Content-Type': type, 'Content-Length': length });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(body));
}

function readAsset(file: URL): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the page is not built (npm run setup builds it): ${reason}`);
  }
}

class ViewServer {
  readonly #sources: readonly JournalSource[];
  readonly #hub: LiveHub;
  readonly #files: ReadonlyMap<string, { readonly type: string; readonly body: Uint8Array }>;

  constructor(sources: readonly JournalSource[], assets: URL) {
    this.#sources = sources;
    this.#hub = new LiveHub(sources);
    this.#files = new Map(
      Object.entries(ASSETS).map(([path, { file, type }]) => {
        return [path, { type, body: readAsset(new URL(file, assets)) }];
      }),
    );
  }

  closePages(): void {
    this.#hub.close();
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    // A page that goes away in the middle of an answer is nobody's problem.
    response.on('error', () => {});
    try {
      this.#answer(request, response);
    } catch (error) {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      if (error instanceof BadRequest) sendJson(response, error.status, { error: error.message });
      else sendJson(response, 500, { error: error instanceof Error ? error.message : String(error) });
    }
  };

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const host = hostName(request.headers.host);
    if (host === null || !isLoopback(host)) throw new BadRequest(421, 'not the name of this server');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      throw new BadRequest(405, 'read-only');
    }
    const [path = '', search = ''] = (request.url ?? '').split('?', 2);
    const file = this.#files.get(path);
    if (file !== undefined) {
      send(response, 200, file.type, file.body);
      return;
    }
    const query = new URLSearchParams(search);
    if (path === '/api/live') {
      this.#live(request, response, query);
      return;
    }
    const answer = Object.hasOwn(ANSWERS, path) ? ANSWERS[path] : undefined;
    if (answer === undefined) throw new BadRequest(404, 'not found');
    sendJson(response, 200, answer(this.#sources, query));
  }

  #live(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    const last = request.headers['last-event-id'];
    const text = (typeof last === 'string' ? last : null) ?? query.get('since');
    const since = text === null ? null : parsePositions(text);
    if (text !== null && since === null) throw new BadRequest(400, 'not a position');
    if (request.method === 'HEAD') {
      send(response, 200, 'text/event-stream', '');
      return;
    }
    response.setHeaders(
      new Map(Object.entries({ ...SECURITY_HEADERS, 'Content-Type': 'text/event-stream' })),
    );
    if (!this.#hub.open(response, since)) {
      response.removeHeader('Content-Type');
      throw new BadRequest(503, 'too many pages are open');
    }
  }
}

/** @throws if the address is not loopback, is in use, or the page was not built */
export async function startView({ sources, listen, assets }: ViewOptions): Promise<View> {
  if (!isLoopback(listen.host)) throw new Error(`${listen.host}: the visualizer listens on loopback only`);
  const view = new ViewServer(sources, assets ?? new URL('../../build/view/', import.meta.url));
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, view.handle);
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { port, address, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`,
    close: () =>
      new Promise((resolve) => {
        view.closePages();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
