/** A TCP connection as a stream of one. */
import { Observable } from 'rxjs';
import { followSocket } from '../../../native/readiness.ts';
import { closeSocket, type OpenSocket, type SystemError, socketError } from '../../../native/socket.ts';
import { connectTcp, type TcpOrigin } from '../../../native/tcp.ts';

export interface TcpTarget {
  readonly address: string;
  readonly port: number;
}

/** What connect(2) says at once of the network or the server; anything else is about this machine (keepalived 2.4.3). */
const REFUSALS: ReadonlySet<string> = new Set([
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ECONNREFUSED',
  'EHOSTDOWN',
  'ENETDOWN',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
]);

/** Whether that is about the network or the server, and not about this machine. */
export function isRefusal(code: string): boolean {
  return REFUSALS.has(code);
}

/** From wherever the routes say. */
export const ANY_ORIGIN: TcpOrigin = { source: '', sourcePort: 0, device: '', mark: 0 };

export class ConnectFailure extends Error {
  /** `ECONNREFUSED` and the like. */
  readonly code: string;
  /** It is about this machine (no such interface, no more files or ports), and says nothing of the server. */
  readonly isOurs: boolean;

  constructor(code: string, isOurs: boolean) {
    super(code);
    this.code = code;
    this.isOurs = isOurs;
  }
}

/**
 * Begins to connect. `connected` is given the socket, whose owner it is from then on; `failed` may be called before this
 * returns. One of both is called once, unless what this returns is called before: it gives the attempt up. No time limit of
 * its own.
 */
export function startConnecting(
  { address, port }: TcpTarget,
  origin: TcpOrigin,
  connected: (socket: OpenSocket) => void,
  failed: (failure: ConnectFailure) => void,
): () => void {
  let socket: OpenSocket;
  try {
    socket = connectTcp(address, port, origin);
  } catch (error) {
    const { code, syscall } = error as SystemError;
    failed(new ConnectFailure(code, syscall !== 'connect' || !REFUSALS.has(code)));
    return () => {};
  }
  let isOurs = true;
  let stop: () => void;
  try {
    stop = followSocket(socket, ({ failed: hasFailed }) => {
      stop();
      isOurs = false;
      const code = hasFailed ? socketError(socket) : null;
      if (code === null) return connected(socket);
      closeSocket(socket);
      failed(new ConnectFailure(code, false));
    });
  } catch (error) {
    closeSocket(socket);
    failed(new ConnectFailure((error as SystemError).code, true));
    return () => {};
  }
  return () => {
    if (!isOurs) return;
    stop();
    closeSocket(socket);
  };
}

/**
 * Emits the socket once it is connected and completes; whoever wants to keep it releases it at once (releaseSocket), else
 * it is closed. Errors with ConnectFailure. Unsubscribing gives the attempt up. No time limit of its own.
 */
export function tcpConnect(target: TcpTarget, origin: TcpOrigin): Observable<OpenSocket> {
  return new Observable<OpenSocket>((subscriber) =>
    startConnecting(
      target,
      origin,
      (socket) => {
        subscriber.next(socket);
        closeSocket(socket);
        subscriber.complete();
      },
      (failure) => subscriber.error(failure),
    ),
  );
}
