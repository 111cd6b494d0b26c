/** One request of HTTP/2 over a connection of its own, in clear (by prior knowledge) or by TLS, and what it comes to. */
import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  IncomingHttpHeaders,
  OutgoingHttpHeaders,
} from 'node:http2';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Observable } from 'rxjs';
import { unfollow } from '../../../native/readiness.ts';
import { type OpenSocket, releaseSocket } from '../../../native/socket.ts';
import type { ProbePath } from '../../machines/checker/checker.input.ts';
import { lateHttp2, lateTls } from '../late-modules.ts';
import { AnswerTime, codeOf } from './answer-time.ts';
import { handshakeFailure, httpFailure, readFailure } from './http-verdicts.ts';
import { startConnecting } from './tcp-connect.ts';
import type { TlsInspection } from './tls-inspection.ts';
import { brokenOff, type Verdict, verdictOn, withRemark } from './verdict.ts';

/** Whether an answer is the one that is wanted: null as long as it may be. */
export interface Http2Judge {
  /** Of the status that ends the waiting, with its fields. */
  header(status: number, fields: IncomingHttpHeaders): Verdict | null;
  data(piece: Uint8Array): Verdict | null;
  trailers(fields: IncomingHttpHeaders): Verdict | null;
  /** The answer is complete. */
  end(): Verdict;
}

export interface Http2Call {
  readonly path: ProbePath;
  /** null: in clear. */
  readonly tls: { readonly inspection: TlsInspection; readonly serverName: string | null } | null;
  readonly headers: OutgoingHttpHeaders;
  /** null: none. */
  readonly body: Uint8Array | null;
  /** What the answer may take as a whole, in times of the limit for each step of it. */
  readonly longestAnswerTimeouts: number;
  readonly judge: Http2Judge;
}

/** A header that is longer is refused, by whoever sends it or by this side. */
const LONGEST_HEADER_BYTES = 64 * 1024;
const MOST_FIELDS = 256;
/** PING, SETTINGS and headers of 1xx: nobody needs more of them for one answer. */
const MOST_CONTROL_FRAMES = 100;

const NO_HTTP2 = 'the server does not speak HTTP/2';

/** RFC 9113 section 7. */
const NO_ERROR = 0;

const OPTIONS = {
  settings: { enablePush: false, maxHeaderListSize: LONGEST_HEADER_BYTES },
  maxHeaderListPairs: MOST_FIELDS,
  /** Of one session, in MiB: header, what is not yet read, what is not yet sent. */
  maxSessionMemory: 2,
  maxSessionInvalidFrames: 16,
};

/** Emits one verdict and completes. Unsubscribing ends the connection at once. */
export function http2Call(call: Http2Call): Observable<Verdict> {
  return new Observable<Verdict>((subscriber) => {
    const running = new RunningCall(call, (verdict) => {
      subscriber.next(verdict);
      subscriber.complete();
    });
    running.begin();
    return () => running.close();
  });
}

class RunningCall {
  readonly #call: Http2Call;
  readonly #tell: (verdict: Verdict) => void;
  #time: AnswerTime | null = null;
  #giveUp: () => void = () => {};
  #streams: Duplex[] = [];
  #session: ClientHttp2Session | null = null;
  #request: ClientHttp2Stream | null = null;
  #controlFrames = 0;
  /** The other side speaks HTTP/2. */
  #isHttp2 = false;
  #hasData = false;
  #hasEnd = false;
  #isOver = false;

  constructor(call: Http2Call, tell: (verdict: Verdict) => void) {
    this.#call = call;
    this.#tell = tell;
  }

  begin(): void {
    const { path, longestAnswerTimeouts } = this.#call;
    this.#time = new AnswerTime({
      ...{ timeoutUs: path.timeoutUs, longestAnswerTimeouts },
      hasData: () => this.#hasData,
      ranOut: (verdict) => this.#end(verdict),
    });
    this.#giveUp = startConnecting(
      path,
      path.origin,
      (socket) => this.#guarded(() => this.#connected(socket)),
      (failure) => this.#end(verdictOn(failure)),
    );
  }

  close(): void {
    this.#isOver = true;
    this.#giveUp();
    this.#time?.close();
    // Most often it is over by a word of the session or of TLS, from within: neither must lose its ground there.
    setImmediate(() => {
      this.#session?.destroy();
      for (const stream of this.#streams.toReversed()) stream.destroy();
    });
  }

  /** A mistake in here is one failed probe, and never one of the process. */
  #guarded(act: () => void): void {
    if (this.#isOver) return;
    try {
      act();
    } catch (error) {
      this.#end(brokenOff(error));
    }
  }

  #connected(socket: OpenSocket): void {
    this.#time?.connected();
    unfollow(socket);
    const connection = new Socket({ fd: releaseSocket(socket), readable: true, writable: true });
    this.#keep(connection);
    const { tls } = this.#call;
    if (tls === null) this.#speak(connection);
    else this.#shakeHands(connection, tls);
  }

  #shakeHands(connection: Socket, tls: NonNullable<Http2Call['tls']>): void {
    const { inspection, serverName } = tls;
    const stream = lateTls().connect({
      socket: connection,
      ALPNProtocols: ['h2'],
      secureContext: inspection.context,
      // What is to be verified is, below.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(serverName === null ? {} : { servername: serverName }),
    });
    this.#keep(stream);
    stream.once('close', () => {
      if (this.#time?.isAnswering === false) this.#failed(new Error('the server ended the handshake'));
    });
    stream.once('secureConnect', () =>
      this.#guarded(() => {
        const fault = inspection.inspect(stream);
        if (fault !== null) this.#failed(fault);
        else if (stream.alpnProtocol !== 'h2') this.#end(handshakeFailure(NO_HTTP2));
        else this.#speak(stream);
      }),
    );
  }

  #keep(stream: Duplex): void {
    this.#streams.push(stream);
    stream.on('error', (error) => this.#failed(error));
  }

  #speak(stream: Duplex): void {
    this.#time?.opened();
    const { headers, body } = this.#call;
    const session = lateHttp2().connect('http://relived.invalid', {
      ...OPTIONS,
      createConnection: () => stream,
    });
    this.#session = session;
    session.on('error', (error) => this.#failed(error));
    session.on('goaway', (code) => {
      if (code !== NO_ERROR) this.#guarded(() => this.#broken('GOAWAY', code));
    });
    session.on('remoteSettings', () => {
      this.#isHttp2 = true;
      this.#countControlFrame();
    });
    session.on('ping', () => this.#countControlFrame());
    session.once('close', () => this.#guarded(() => this.#closed()));
    this.#ask(session, headers, body);
  }

  #ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body: Uint8Array | null): void {
    let request: ClientHttp2Stream;
    try {
      request = session.request(headers, { endStream: body === null });
    } catch (error) {
      this.#end(httpFailure('notSent', codeOf(error as Error)));
      return;
    }
    this.#request = request;
    const judged = (judge: () => Verdict | null) => this.#guarded(() => this.#judged(judge()));
    const { judge } = this.#call;
    request.on('headers', () => this.#countControlFrame());
    request.on('response', (fields) => judged(() => judge.header(Number(fields[':status']), fields)));
    request.on('data', (piece: Buffer) => judged(() => judge.data(piece)));
    request.on('trailers', (fields) => judged(() => judge.trailers(fields)));
    request.on('end', () => {
      this.#hasEnd = true;
    });
    request.on('error', (error) => this.#guarded(() => this.#streamFailed(error)));
    request.once('close', () => this.#guarded(() => this.#closed()));
    if (body !== null) request.end(body);
  }

  #judged(verdict: Verdict | null): void {
    this.#hasData = true;
    this.#time?.goesOn();
    if (verdict !== null) this.#end(verdict);
    else if (this.#time?.isOver === true) this.#end(httpFailure('unfinished'));
  }

  /** The stream or the session is over: the answer is complete only if it ended as it should. */
  #closed(): void {
    const code = this.#request?.rstCode ?? NO_ERROR;
    const isWhole = this.#hasEnd && code === NO_ERROR && this.#hasData;
    if (isWhole) this.#end(this.#call.judge.end());
    else if (!this.#isHttp2) this.#end(httpFailure('noData'));
    else if (code !== NO_ERROR && this.#session?.destroyed !== true) {
      this.#broken('the stream was reset:', code);
    } else this.#end(readFailure('it closed before the end of its answer'));
  }

  #streamFailed(error: Error): void {
    const code = this.#request?.rstCode ?? NO_ERROR;
    if (code === NO_ERROR || !this.#isHttp2) this.#failed(error);
    else this.#broken('the stream was reset:', code);
  }

  #broken(what: string, code: number): void {
    this.#end(readFailure(`${what} ${nameOf(code)}`));
  }

  #failed(error: Error): void {
    this.#guarded(() => {
      const code = codeOf(error);
      if (this.#time?.isAnswering !== true) this.#end(handshakeFailure(code));
      // Of what another protocol says the library only knows that it is not this one.
      else if (!this.#isHttp2 && code.startsWith('ERR_HTTP2')) this.#end(httpFailure('noHttp2'));
      else this.#end(readFailure(code.startsWith('ERR_HTTP2') ? error.message : code));
    });
  }

  #countControlFrame(): void {
    this.#controlFrames += 1;
    if (this.#controlFrames > MOST_CONTROL_FRAMES) this.#guarded(() => this.#end(httpFailure('flood')));
  }

  #end(verdict: Verdict): void {
    if (this.#isOver) return;
    this.close();
    this.#tell(withRemark(verdict, this.#call.tls?.inspection.remark() ?? ''));
  }
}

/** RFC 9113 section 7, by their number. */
const ERROR_NAMES = [
  ...['NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT'],
  ...['STREAM_CLOSED', 'FRAME_SIZE_ERROR', 'REFUSED_STREAM', 'CANCEL', 'COMPRESSION_ERROR', 'CONNECT_ERROR'],
  ...['ENHANCE_YOUR_CALM', 'INADEQUATE_SECURITY', 'HTTP_1_1_REQUIRED'],
] as const;

function nameOf(code: number): string {
  return ERROR_NAMES[code] ?? `error ${code}`;
}
