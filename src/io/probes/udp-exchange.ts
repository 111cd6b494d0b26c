/** One datagram to a server, and what comes back from it, as a stream. */
import { Observable } from 'rxjs';
import { connectUdp, receiveConnected, sendConnected } from '../../../native/connected-udp.ts';
import {
  closeSocket,
  type OpenSocket,
  type SystemError,
  socketError,
  watchReadable,
} from '../../../native/socket.ts';
import type { TcpOrigin } from '../../../native/tcp.ts';
import { ConnectFailure, isRefusal, type TcpTarget } from './tcp-connect.ts';

/** Datagrams that are read before other work of the process gets its turn. */
const DATAGRAMS_PER_TURN = 32;

/** What a datagram, or the wait for one, came to. */
export class DatagramFailure extends Error {
  readonly stage: 'send' | 'receive';
  /** `ECONNREFUSED` and the like: what ICMP said of the server. */
  readonly code: string;

  constructor(stage: 'send' | 'receive', code: string) {
    super(code);
    this.stage = stage;
    this.code = code;
  }
}

export interface Datagram {
  /** Valid until the next one; what does not fit into the buffer is not there. */
  readonly bytes: Uint8Array;
  /** That it had. */
  readonly length: number;
}

/**
 * Emits what the server sends, and never completes. Errors with ConnectFailure or DatagramFailure. Unsubscribing closes
 * the socket. No limits on time or number: whoever subscribes knows what it waits for.
 */
export function udpExchange(
  { address, port }: TcpTarget,
  origin: TcpOrigin,
  payload: Uint8Array,
  mostBytes: number,
): Observable<Datagram> {
  return new Observable<Datagram>((subscriber) => {
    let socket: OpenSocket;
    try {
      socket = connectUdp(address, port, origin);
    } catch (error) {
      const { code, syscall } = error as SystemError;
      subscriber.error(new ConnectFailure(code, syscall !== 'connect' || !isRefusal(code)));
      return undefined;
    }
    const buffer = new Uint8Array(mostBytes);
    const read = (): void => {
      try {
        for (let count = 0; count < DATAGRAMS_PER_TURN && !subscriber.closed; count++) {
          const length = receiveConnected(socket, buffer);
          if (length === null) break;
          subscriber.next({ bytes: buffer.subarray(0, Math.min(length, mostBytes)), length });
        }
      } catch (error) {
        subscriber.error(new DatagramFailure('receive', (error as SystemError).code));
        return;
      }
      // An error may wait without a datagram, and wakes until it is taken.
      const code = subscriber.closed ? null : socketError(socket);
      if (code !== null) subscriber.error(new DatagramFailure('receive', code));
    };
    const stop = watchReadable(socket, read);
    try {
      sendConnected(socket, payload);
    } catch (error) {
      subscriber.error(new DatagramFailure('send', (error as SystemError).code));
    }
    return () => {
      stop();
      closeSocket(socket);
    };
  });
}
