/** What nobody should do to a server of pages: raw bytes on real sockets, and what came back. */
import { connect, type NetConnectOpts, type Socket } from 'node:net';

export interface Reply {
  /** Status of the first answer; null: the connection was closed without one. */
  readonly status: number | null;
  readonly text: string;
  /** Milliseconds until the server closed the connection; null: it did not. */
  readonly closedMs: number | null;
}

const KEPT_BYTES = 65_536;

/** Sends bytes and listens until the server closes the connection, an answer has begun and `patienceMs` has passed. */
export function exchange(where: NetConnectOpts, bytes: string | Buffer, patienceMs = 300): Promise<Reply> {
  return new Promise((resolve) => {
    const socket = connect(where);
    const beganMs = performance.now();
    let text = '';
    let timer: NodeJS.Timeout | undefined;
    const finish = (closedMs: number | null): void => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => {});
      socket.destroy();
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
      resolve({ status: status === undefined ? null : Number(status), text, closedMs });
    };
    socket.on('error', () => finish(performance.now() - beganMs));
    socket.on('close', () => finish(performance.now() - beganMs));
    socket.on('data', (piece) => {
      if (text.length < KEPT_BYTES) text += piece.toString('latin1');
      timer ??= setTimeout(finish, patienceMs, null);
    });
    socket.write(bytes);
  });
}

export const question = (path: string, lines: readonly string[] = []): string =>
  `${[`GET ${path} HTTP/1.1`, 'Host: localhost', ...lines].join('\r\n')}\r\n\r\n`;

/** Files that exist, by every way of writing a path that leaves the page's directory. */
export const TRAVERSALS: readonly string[] = [
  '/../package.json',
  '/../../../../../../../../etc/passwd',
  '/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
  '/%252e%252e/%252e%252e/etc/passwd',
  '/..%2f..%2f..%2fetc%2fpasswd',
  '/..%252f..%252fetc%252fpasswd',
  '/..\\..\\..\\etc\\passwd',
  '/..%5c..%5cetc%5cpasswd',
  '/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd',
  '//etc/passwd',
  '///etc/passwd',
  '/./../app.js',
  '/app.js%00.html',
  '/app.js%00',
  '/app.js/../../../package.json',
  '/index.html/../../server.ts',
  '/app.js.gz',
  '/app.js.br',
  'http://localhost/../package.json',
  'file:///etc/passwd',
  '/api/../../package.json',
  '/api/rows/../../package.json?node=r1',
  '/api/__proto__',
  '/__proto__/toString',
  '/constructor',
];

/** No HTTP, or none that a browser would send. */
export const MALFORMED: readonly string[] = [
  'GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n',
  'GET / HTTP/1.1\r\nHost : localhost\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n',
  'GET / HTTP/3.9\r\nHost: localhost\r\n\r\n',
  'FETCH / HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  '\r\n\r\n\r\nxyz\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n',
];

/** Connections that are held, each in its way, until `release`. */
export class Held {
  readonly sockets: Socket[] = [];
  #timers: NodeJS.Timeout[] = [];
  #closed = 0;

  /** Connections that the server has closed. */
  get closed(): number {
    return this.#closed;
  }

  /** Opens connections that send this and then read nothing. */
  async open(where: NetConnectOpts, count: number, bytes: string): Promise<void> {
    const opened = Array.from({ length: count }, () => {
      const socket = connect(where);
      this.sockets.push(socket);
      let isOver = false;
      const over = (): void => {
        if (!isOver) this.#closed += 1;
        isOver = true;
      };
      socket.on('error', over).on('close', over);
      return new Promise<void>((resolve) => {
        socket.once('close', () => resolve());
        socket.once('connect', () => {
          if (bytes !== '') socket.write(bytes);
          resolve();
        });
      });
    });
    await Promise.all(opened);
  }

  /** Sends one more byte on each of them, again and again. */
  drip(everyMs: number): void {
    const drop = (): void => {
      for (const socket of this.sockets) if (socket.writable) socket.write('a');
    };
    this.#timers.push(setInterval(drop, everyMs));
  }

  release(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.sockets) socket.destroy();
  }
}
