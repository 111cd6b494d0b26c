/** A connection that stands, to talk HTTP over it: in clear, or by TLS. */
import { Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import { followSocket, unfollow } from '../../../native/readiness.ts';
import {
  closeSocket,
  type OpenSocket,
  readSocket,
  releaseSocket,
  sendSocket,
} from '../../../native/socket.ts';
import { lateTls } from '../late-modules.ts';

/** Nothing is called after `ended` or `failed`. */
export interface HttpListener {
  /** It can be sent on: with TLS, the handshake is over. Not called before the connection is given. */
  opened(): void;
  /** The bytes are there until this returns. */
  data(piece: Uint8Array): void;
  /** The other side sends no more. */
  ended(): void;
  failed(error: Error): void;
}

export interface HttpConnection {
  /** @throws Error if the connection does not take it */
  send(bytes: Uint8Array): void;
  /** Nothing is called any more. */
  close(): void;
}

export interface TlsSide {
  /** null: no name is sent. */
  readonly serverName: string | null;
  /** null: nothing is presented. */
  readonly context: SecureContext | null;
  /** close_notify is sent at the end; keepalived leaves it out unless it is told to be compliant. */
  readonly endsCleanly: boolean;
  /** After the handshake: an error says what is wrong with the certificate. */
  readonly inspect?: (stream: TLSSocket) => Error | null;
}

/** Takes the socket over. */
export function httpConnection(
  socket: OpenSocket,
  tls: TlsSide | null,
  listener: HttpListener,
): HttpConnection {
  return tls === null ? new ClearConnection(socket, listener) : new TlsConnection(socket, tls, listener);
}

/** One for all connections: what is in it is used before the next one is read. */
const READ = new Uint8Array(64 * 1024);
const READS_A_TURN = 2;

/** Each turn of the event loop so much is read at most, and others get their turn. */
class ClearConnection implements HttpConnection {
  readonly #socket: OpenSocket;
  readonly #listener: HttpListener;
  #stop: (() => void) | null;
  #again: NodeJS.Immediate | null = null;

  constructor(socket: OpenSocket, listener: HttpListener) {
    this.#socket = socket;
    this.#listener = listener;
    this.#stop = followSocket(socket, ({ readable, failed }) => {
      if (readable || failed) this.#read();
    });
    queueMicrotask(() => {
      if (this.#stop === null) return;
      listener.opened();
      // What came together with the connection was told to whoever waited for that.
      this.#read();
    });
  }

  send(bytes: Uint8Array): void {
    const sent = sendSocket(this.#socket, bytes);
    // The buffer of a new connection has room for any line of a configuration.
    if (sent < bytes.length) throw new Error(`only ${sent} of ${bytes.length} bytes were taken`);
  }

  close(): void {
    this.#stop?.();
    this.#stop = null;
    if (this.#again !== null) clearImmediate(this.#again);
    this.#again = null;
    closeSocket(this.#socket);
  }

  #read(): void {
    if (this.#again !== null) return;
    // The end most often comes with the last piece, and to ask for it at once costs less than another turn.
    for (let reads = 0; reads < READS_A_TURN && this.#stop !== null; reads++) {
      let length: number;
      try {
        length = readSocket(this.#socket, READ);
      } catch (error) {
        this.close();
        this.#listener.failed(error as Error);
        return;
      }
      if (length < 0) return;
      if (length === 0) {
        this.close();
        this.#listener.ended();
        return;
      }
      this.#listener.data(READ.subarray(0, length));
    }
    if (this.#stop !== null) this.#readOn();
  }

  /** There may be more, of which nothing will be told. */
  #readOn(): void {
    this.#again = setImmediate(() => {
      this.#again = null;
      this.#read();
    });
  }
}

class TlsConnection implements HttpConnection {
  readonly #listener: HttpListener;
  readonly #connection: Socket;
  readonly #stream: TLSSocket;
  readonly #endsCleanly: boolean;
  #isOpen = true;
  #hasHandshake = false;

  constructor(socket: OpenSocket, side: TlsSide, listener: HttpListener) {
    const { serverName, context, endsCleanly, inspect = () => null } = side;
    this.#listener = listener;
    this.#endsCleanly = endsCleanly;
    unfollow(socket);
    const connection = new Socket({ fd: releaseSocket(socket), readable: true, writable: true });
    this.#connection = connection;
    const failed = (error: Error) => this.#failed(error);
    connection.on('error', failed);
    this.#stream = lateTls().connect({
      socket: connection,
      // keepalived verifies nothing, and takes any version that its library has; who demands more looks at it below.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(context === null ? { minVersion: 'TLSv1' as const } : { secureContext: context }),
      ...(serverName === null ? {} : { servername: serverName }),
    });
    this.#stream.on('error', failed);
    this.#stream.once('secureConnect', () => {
      this.#hasHandshake = true;
      if (!this.#isOpen) return;
      const fault = inspect(this.#stream);
      if (fault === null) listener.opened();
      else failed(fault);
    });
    this.#stream.on('data', (piece: Buffer) => {
      if (this.#isOpen) listener.data(piece);
    });
    this.#stream.once('end', () => this.#ended());
    this.#stream.once('close', () => this.#ended());
  }

  send(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  close(): void {
    if (this.#isOpen && this.#hasHandshake && this.#endsCleanly) {
      this.#stream.end();
      setImmediate(() => this.#destroy());
    } else this.#destroy();
    this.#isOpen = false;
  }

  #destroy(): void {
    this.#stream.destroy();
    this.#connection.destroy();
  }

  #ended(): void {
    if (!this.#hasHandshake) this.#failed(new Error('the server ended the handshake'));
    if (!this.#isOpen) return;
    this.close();
    this.#listener.ended();
  }

  #failed(error: Error): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#destroy();
    this.#listener.failed(error);
  }
}
