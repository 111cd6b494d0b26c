/** One HTTP request over a connection of its own, in clear or by TLS, as a stream of what the answer brings. */
import { concatMap, Observable, type Subscriber } from 'rxjs';
import { unfollow } from '../../../native/readiness.ts';
import { type OpenSocket, releaseSocket } from '../../../native/socket.ts';
import type { TcpOrigin } from '../../../native/tcp.ts';
import { type HttpPiece, HttpResponseReader } from '../../protocol/http.ts';
import { httpConnection } from './http-connection.ts';
import { type TcpTarget, tcpConnect } from './tcp-connect.ts';

export interface HttpExchange {
  readonly target: TcpTarget;
  readonly origin: TcpOrigin;
  readonly request: Uint8Array;
  /** null: in clear. The certificate is not verified, as keepalived does not. */
  readonly tls: { readonly serverName: string | null } | null;
}

/** The bytes of a piece are there as long as it is told. */
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
      unfollow(socket);
      const fd = releaseSocket(socket);
      return new Observable<HttpProgress>((subscriber) => converse(exchange, { fd }, subscriber));
    }),
  );
}

function converse(
  { tls, request }: HttpExchange,
  socket: OpenSocket,
  subscriber: Subscriber<HttpProgress>,
): () => void {
  const reader = new HttpResponseReader();
  let stage: HttpFailure['stage'] = tls === null ? 'answer' : 'tls';
  const failed = (error: Error) => subscriber.error(new HttpFailure(stage, error));
  const side = tls === null ? null : { ...tls, context: null, endsCleanly: false };
  const connection = httpConnection(socket, side, {
    opened: () => {
      stage = 'answer';
      subscriber.next({ kind: 'connected' });
      attempt(() => connection.send(request));
    },
    data: (piece) =>
      attempt(() => {
        const { header, body } = reader.read(piece);
        subscriber.next({ kind: 'piece', header, body });
      }),
    ended: () => subscriber.complete(),
    failed,
  });
  const attempt = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      failed(error as Error);
    }
  };
  return () => connection.close();
}
