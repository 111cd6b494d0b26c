/** One HTTP request over a connection of its own, in clear or by TLS, as a stream of what the answer brings. */
import { Socket } from 'node:net';
import { connect as startTls } from 'node:tls';
import { concatMap, Observable, type Subscriber } from 'rxjs';
import { releaseSocket } from '../../../native/socket.ts';
import type { TcpOrigin } from '../../../native/tcp.ts';
import { type HttpPiece, HttpResponseReader } from '../../protocol/http.ts';
import { type TcpTarget, tcpConnect } from './tcp-connect.ts';

export interface HttpExchange {
  readonly target: TcpTarget;
  readonly origin: TcpOrigin;
  readonly request: Uint8Array;
  /** null: in clear. The certificate is not verified, as keepalived does not. */
  readonly tls: { readonly serverName: string | null } | null;
}

export type HttpProgress =
  | { readonly kind: 'connected' }
  | ({ readonly kind: 'piece' } & Pick<HttpPiece, 'header' | 'body'>);

export class HttpFailure extends Error {
  /** What was under way. */
  readonly stage: 'tls' | 'answer';

  constructor(stage: 'tls' | 'answer', cause: Error) {
    super(cause.message, { cause });
    this.stage = stage;
  }
}

/**
 * Completes when the server ends the connection. Errors with ConnectFailure or HttpFailure. Unsubscribing ends the
 * connection at once. No limits on time or length but that of a header: whoever subscribes knows what it waits for.
 */
export function httpExchange(exchange: HttpExchange): Observable<HttpProgress> {
  return tcpConnect(exchange.target, exchange.origin).pipe(
    concatMap((socket) => {
      const fd = releaseSocket(socket);
      return new Observable<HttpProgress>((subscriber) => converse(exchange, fd, subscriber));
    }),
  );
}

function converse({ tls, request }: HttpExchange, fd: number, subscriber: Subscriber<HttpProgress>) {
  const connection = new Socket({ fd, readable: true, writable: true });
  const reader = new HttpResponseReader();
  let stage: HttpFailure['stage'] = tls === null ? 'answer' : 'tls';
  const fail = (error: Error) => subscriber.error(new HttpFailure(stage, error));
  const begin = () => {
    stage = 'answer';
    subscriber.next({ kind: 'connected' });
    stream.write(request);
  };
  const stream =
    tls === null
      ? connection
      : startTls({
          socket: connection,
          rejectUnauthorized: false,
          // keepalived takes any version that its library has.
          minVersion: 'TLSv1',
          ...(tls.serverName === null ? {} : { servername: tls.serverName }),
        });
  connection.on('error', fail);
  if (stream !== connection) stream.on('error', fail).once('secureConnect', begin);
  stream.on('data', (piece: Buffer) => {
    try {
      const { header, body } = reader.read(piece);
      subscriber.next({ kind: 'piece', header, body });
    } catch (error) {
      fail(error as Error);
    }
  });
  stream.once('end', () => {
    if (stage === 'tls') fail(new Error('the server ended the handshake'));
    else subscriber.complete();
  });
  if (stream === connection) begin();
  return () => {
    stream.destroy();
    connection.destroy();
  };
}
