/**
 * The visualizer's web server: its page, its data, live rows. Read-only. Who may ask is decided in access.ts, what
 * connections may cost in listening.ts and answering.ts.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ListenAddress } from '../config/listen-address.ts';
import { needsToken } from '../config/listen-address.ts';
import { Access, isForeign } from './access.ts';
import { Answering, BadRequest, SECURITY_HEADERS } from './answering.ts';
import { parsePositions } from './api.ts';
import { Assets } from './assets.ts';
import type { Explainer } from './explain-api.ts';
import { type CompareClocks, HistoryAnswers } from './history/answers.ts';
import { type Listening, startListening, type TlsFiles } from './listening.ts';
import { LiveHub } from './live.ts';
import { plainChart } from './plain-chart.ts';
import { at, context, MAX_ROWS, nodes, rows } from './queries.ts';
import { integer, required, sourceOf } from './query-fields.ts';
import { isQuestion, questionOf, statusOf } from './questions.ts';
import { signIn } from './sign-in.ts';
import type { JournalSource } from './source.ts';

export interface ViewOptions {
  readonly sources: readonly JournalSource[];
  readonly listen: ListenAddress;
  /** Directory of the built page; the one of this checkout if absent. */
  readonly assets?: URL;
  /** What pages must know; needed for addresses that are not loopback. */
  readonly token?: string | null;
  /** Further names by which browsers may call this server: those of a proxy before it. */
  readonly names?: readonly string[];
  /** Of a Unix socket; only its owner may connect if absent. */
  readonly socketMode?: number;
  readonly tls?: TlsFiles | null;
  /** Answers why things are as they are; without one, pages do not tell. Closed with the view. */
  readonly explainer?: Explainer | null;
  /** Nobody compares the clocks of the sources if absent. */
  readonly compareClocks?: CompareClocks | null;
}

export interface View {
  /** `http://127.0.0.1:8112/`; `unix:/path` for a Unix socket. */
  readonly url: string;
  /** Ends open pages and stops listening. Leaves the sources open. */
  close(): Promise<void>;
}

/** Requests of one connection that wait for their answers; browsers send one after the other. */
const MOST_PIPELINED = 8;

function answerRows(sources: readonly JournalSource[], query: URLSearchParams): unknown {
  const [after, before, seq, atUs] = ['after', 'before', 'seq', 'at'].map((name) => integer(query, name));
  const given = [after, before, seq, atUs].filter((bound) => bound !== null);
  if (given.length > 1) throw new BadRequest(400, 'only one of after, before, at and seq can be given');
  const limit = Math.max(1, integer(query, 'limit', MAX_ROWS) ?? 100);
  const bounds = { after: after ?? null, before: before ?? null, seq: seq ?? null, atUs: atUs ?? null };
  return rows(sourceOf(sources, query), { actor: query.get('actor'), ...bounds, limit });
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
  '/api/context': answerContext,
  '/api/chart': answerChart,
};

class ViewServer {
  readonly #sources: readonly JournalSource[];
  readonly #hub: LiveHub;
  readonly #history: HistoryAnswers;
  readonly #assets: Assets;
  readonly #access: Access;
  readonly #explainer: Explainer | null;
  readonly #answering = new Answering();
  readonly #pipelined = new WeakMap<object, number>();

  constructor(
    sources: readonly JournalSource[],
    assets: URL,
    access: Access,
    { compareClocks = null, explainer = null }: Pick<ViewOptions, 'compareClocks' | 'explainer'>,
  ) {
    this.#explainer = explainer;
    this.#sources = sources;
    this.#history = new HistoryAnswers(sources, compareClocks);
    this.#hub = new LiveHub(sources);
    this.#assets = new Assets(assets);
    this.#access = access;
  }

  closePages(): void {
    this.#hub.close();
    this.#history.close();
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    // A page that goes away in the middle of an answer is nobody's problem.
    response.on('error', () => {});
    if (!this.#isInTurn(request, response)) return;
    try {
      this.#answer(request, response);
    } catch (error) {
      this.#refuse(response, error);
    }
  };

  #refuse(response: ServerResponse, error: unknown): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const status = error instanceof BadRequest ? error.status : 500;
    this.#answering.error(response, status, error instanceof Error ? error.message : String(error));
  }

  /** False: the connection brings more than it takes, and is closed. */
  #isInTurn({ socket }: IncomingMessage, response: ServerResponse): boolean {
    const waiting = (this.#pipelined.get(socket) ?? 0) + 1;
    this.#pipelined.set(socket, waiting);
    response.once('close', () => this.#pipelined.set(socket, (this.#pipelined.get(socket) ?? 1) - 1));
    if (waiting <= MOST_PIPELINED) return true;
    socket.destroy();
    return false;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    // Of two names a proxy may have believed the other one.
    if ((request.headersDistinct.host?.length ?? 0) > 1) throw new BadRequest(400, 'more than one Host');
    if (!this.#access.isOwnName(request.headers.host))
      throw new BadRequest(421, 'not the name of this server');
    const [path = '', search = ''] = (request.url ?? '').split('?', 2);
    if (path === '/api/sign-in' && request.method === 'POST') {
      void signIn(request, response, this.#access, this.#answering).catch((error: unknown) =>
        this.#refuse(response, error),
      );
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      throw new BadRequest(405, 'read-only');
    }
    if (hasBody(request)) {
      // What follows on this connection would be the body, or not: nobody can tell.
      response.setHeader('Connection', 'close');
      throw new BadRequest(400, 'a question has no body');
    }
    const asset = this.#assets.find(path, request);
    if (asset !== null) {
      this.#answering.send(response, 200, asset);
      return;
    }
    if (isForeign(request)) throw new BadRequest(403, 'asked by a page of another server');
    // Also for what is not there: who may not ask learns nothing.
    if (!this.#access.admits(request)) throw new BadRequest(401, 'the token is missing or wrong');
    const query = new URLSearchParams(search);
    if (path === '/api/live') {
      this.#live(request, response, query);
      return;
    }
    if (path !== '/api/rates') this.#history.asked();
    if (isQuestion(path)) {
      void this.#explain(response, path, query).catch((error: unknown) => this.#refuse(response, error));
      return;
    }
    const answer = Object.hasOwn(ANSWERS, path) ? ANSWERS[path] : undefined;
    const body = answer === undefined ? this.#history.answer(path, query) : answer(this.#sources, query);
    if (body === undefined) throw new BadRequest(404, 'not found');
    this.#answering.json(response, 200, body);
  }

  /** What nothing is known of is null, and no error: most rows have nothing to explain. */
  async #explain(response: ServerResponse, path: string, query: URLSearchParams): Promise<void> {
    const question = questionOf(path, this.#sources, query);
    const answer = (await this.#explainer?.ask(question)) ?? { told: null };
    if (response.destroyed) return;
    if ('told' in answer) this.#answering.json(response, 200, answer.told);
    else this.#answering.error(response, statusOf(answer.refusal), answer.why);
  }

  #live(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    const last = request.headers['last-event-id'];
    const text = (typeof last === 'string' ? last : null) ?? query.get('since');
    const since = text === null ? null : parsePositions(text);
    if (text !== null && since === null) throw new BadRequest(400, 'not a position');
    if (request.method === 'HEAD') {
      const nothing = { bytes: new Uint8Array(), encoding: null, varies: false };
      this.#answering.send(response, 200, { type: 'text/event-stream', ...nothing });
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

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

/**
 * @throws if the address is in use, others than this machine's programs could connect without a token, or the page was not
 * built
 */
export async function startView(options: ViewOptions): Promise<View> {
  const { sources, listen, assets, token = null, names = [], socketMode = 0o600, tls = null } = options;
  const { explainer = null } = options;
  if (needsToken(listen) && token === null) throw new Error('an address that is not loopback needs a token');
  const access = new Access({ listen, token, names, isSecure: tls !== null });
  const view = new ViewServer(
    sources,
    assets ?? new URL('../../build/view/', import.meta.url),
    access,
    options,
  );
  const listening: Listening = await startListening({ listen, socketMode, tls }, view.handle);
  return {
    url: listening.where,
    close: async () => {
      view.closePages();
      await listening.close();
      await explainer?.close();
    },
  };
}
