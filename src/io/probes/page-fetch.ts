/** HTTP_GET and SSL_GET: one page is fetched over a connection of its own, and judged. */
import { isIP } from 'node:net';
import { Observable } from 'rxjs';
import type { OpenSocket } from '../../../native/socket.ts';
import type { HttpPage, HttpProbe } from '../../machines/http-checker/http-probe.ts';
import { httpRequest } from '../../protocol/http.ts';
import { AnswerTime, codeOf } from './answer-time.ts';
import { type HttpConnection, type HttpListener, httpConnection, type TlsSide } from './http-connection.ts';
import { handshakeFailure, httpFailure, readFailure } from './http-verdicts.ts';
import { PageJudge } from './page-judge.ts';
import { startConnecting } from './tcp-connect.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { tlsInspection } from './tls-inspection.ts';
import { brokenOff, unableTls, type Verdict, verdictOn, withRemark } from './verdict.ts';

/**
 * What an answer in clear may take as a whole, in times of connect_timeout. keepalived waits so long for each piece of it,
 * and for the whole only with TLS: a server that sends a byte now and then has it wait for ever.
 */
export const LONGEST_ANSWER_TIMEOUTS = 6;

/** Emits one verdict and completes. Unsubscribing ends the connection at once. */
export function pageFetch(plan: HttpProbe, at: number, identity: TlsIdentity): Observable<Verdict> {
  return new Observable<Verdict>((subscriber) => {
    const page = plan.pages[at];
    if (page === undefined) throw new RangeError(`there is no page ${at}`);
    const fetch = new PageFetch(plan, page, identity, (verdict) => {
      subscriber.next(verdict);
      subscriber.complete();
    });
    fetch.begin();
    return () => fetch.close();
  });
}

class PageFetch implements HttpListener {
  readonly #plan: HttpProbe;
  readonly #page: HttpPage;
  readonly #identity: TlsIdentity;
  readonly #tell: (verdict: Verdict) => void;
  readonly #judge: PageJudge;
  #time: AnswerTime | null = null;
  #connection: HttpConnection | null = null;
  #giveUp: () => void = () => {};
  /** Of the certificate. */
  #remark: () => string = () => '';
  #isOver = false;

  constructor(plan: HttpProbe, page: HttpPage, identity: TlsIdentity, tell: (verdict: Verdict) => void) {
    this.#plan = plan;
    this.#page = page;
    this.#identity = identity;
    this.#tell = tell;
    this.#judge = new PageJudge(page);
  }

  begin(): void {
    let tls: TlsSide | null = null;
    try {
      tls = this.#tlsSide();
    } catch (error) {
      this.#tell(unableTls(error as Error));
      return;
    }
    this.#time = new AnswerTime({
      ...{ timeoutUs: this.#plan.timeoutUs, longestAnswerTimeouts: LONGEST_ANSWER_TIMEOUTS },
      hasData: () => this.#judge.hasData,
      ranOut: (verdict) => this.#end(verdict),
    });
    this.#giveUp = startConnecting(
      this.#plan,
      this.#plan.origin,
      (socket) => this.#guarded(() => this.#connected(socket, tls)),
      (failure) => this.#end(verdictOn(failure)),
    );
  }

  close(): void {
    this.#isOver = true;
    this.#giveUp();
    this.#connection?.close();
    this.#time?.close();
  }

  #tlsSide(): TlsSide | null {
    if (this.#plan.kind === 'http') return null;
    const { serverName, endsCleanly, tls = null } = this.#page;
    const { context, inspect, remark } = tlsInspection(tls, this.#identity);
    this.#remark = remark;
    // An address is none of the names that a handshake may have (RFC 6066 section 3).
    const isName = serverName !== '' && isIP(serverName) === 0;
    return { serverName: isName ? serverName : null, endsCleanly, context, inspect };
  }

  #connected(socket: OpenSocket, tls: TlsSide | null): void {
    this.#time?.connected();
    this.#connection = httpConnection(socket, tls, this);
  }

  opened(): void {
    this.#guarded(() => this.#opened());
  }

  data(piece: Uint8Array): void {
    this.#guarded(() => this.#came(piece));
  }

  ended(): void {
    this.#guarded(() => this.#end(this.#judge.end()));
  }

  failed(error: Error): void {
    this.#guarded(() => this.#failed(error));
  }

  /** A mistake in here is one failed probe, and never one of the process. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#end(brokenOff(error));
    }
  }

  #opened(): void {
    this.#time?.opened();
    try {
      this.#connection?.send(requestFor(this.#page, this.#plan));
    } catch (error) {
      this.#end(httpFailure('notSent', codeOf(error as Error)));
    }
  }

  #came(piece: Uint8Array): void {
    // keepalived: with TLS the whole of the answer has one time, from its first piece on.
    if (this.#plan.kind === 'http' || !this.#judge.hasData) this.#time?.goesOn();
    const verdict = this.#judge.take(piece);
    if (verdict !== null) this.#end(verdict);
    else if (this.#time?.isOver === true) this.#end(httpFailure('unfinished'));
  }

  #failed(error: Error): void {
    const code = codeOf(error);
    if (this.#time?.isAnswering !== true) this.#end(handshakeFailure(code));
    // keepalived: what came before TLS was broken off is judged as if that were all of it.
    else if (this.#plan.kind === 'ssl' && this.#judge.hasHeader) this.#end(this.#judge.end());
    else this.#end(readFailure(code));
  }

  #end(verdict: Verdict): void {
    if (this.#isOver) return;
    this.close();
    this.#tell(withRemark(verdict, this.#remark()));
  }
}

/** By page. */
const REQUESTS = new WeakMap<HttpPage, Uint8Array>();

/** Made once for as long as a configuration has the page. */
export function requestFor(page: HttpPage, { protocol }: HttpProbe): Uint8Array {
  const known = REQUESTS.get(page);
  if (known !== undefined) return known;
  if (protocol === '2') throw new RangeError('HTTP/2 is not text');
  const request = httpRequest(page.path, page.host, protocol);
  REQUESTS.set(page, request);
  return request;
}
