/** One HTTP request over a connection of its own, in clear or by TLS, as a stream of what the answer brings. */
import { Observable, type Subscriber } from 'rxjs';
import type { ChangingWatch, OpenSocket } from '../../../native/socket.ts';
import type { TcpOrigin } from '../../../native/tcp.ts';
import { type HttpPiece, HttpResponseReader } from '../../protocol/http.ts';
import { httpConnection } from './http-connection.ts';
import { startConnecting, type TcpTarget } from './tcp-connect.ts';

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
  return new Observable<HttpProgress>((subscriber) => {
    let end: () => void = () => {};
    const giveUp = startConnecting(
      exchange.target,
      exchange.origin,
      (socket, watch) => {
        end = converse(exchange, socket, watch, subscriber);
      },
      (failure) => subscriber.error(failure),
    );
    return () => {
      giveUp();
      end();
    };
  });
}

function converse(
  { tls, request }: HttpExchange,
  socket: OpenSocket,
  watch: ChangingWatch,
  subscriber: Subscriber<HttpProgress>,
): () => void {
  const reader = new HttpResponseReader();
  let stage: HttpFailure['stage'] = tls === null ? 'answer' : 'tls';
  const failed = (error: Error) => subscriber.error(new HttpFailure(stage, error));
  const side = tls === null ? null : { ...tls, context: null, endsCleanly: false };
  const connection = httpConnection(socket, watch, side, {
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
