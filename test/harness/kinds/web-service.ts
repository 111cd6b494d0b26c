/** Servers of connections in the network namespace it is started in, each of which does as it is told from then on. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { serve } from '../json-lines-service.ts';
import { PAGE, type WebMode } from './modes.ts';

const GOOD = `HTTP/1.1 200 OK\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`;
const ANSWERS: Partial<Record<WebMode, string>> = {
  good: GOOD,
  plain: GOOD,
  empty: '',
  cut: 'HTTP/1.1 200 O',
  status: GOOD.replace('200 OK', '503 Service Unavailable'),
  other: GOOD.replace('fine', 'dull'),
};

interface Web {
  mode: WebMode;
  readonly context: SecureContext | null;
  server: Server | null;
}

const webs = new Map<number, Web>();

function answer(connection: Socket, mode: WebMode): void {
  connection.on('error', () => {});
  connection.once('data', () => {
    const text = ANSWERS[mode];
    if (text !== undefined) connection.end(text);
    if (mode === 'late') connection.write(GOOD.slice(0, -4));
    if (mode === 'reset') connection.resetAndDestroy();
  });
}

function accept(connection: Socket, { mode, context }: Web): void {
  connection.on('error', () => {});
  // Before a handshake, which is what differs from the same in clear.
  if (context !== null && (mode === 'silent' || mode === 'reset')) {
    if (mode === 'reset') connection.resetAndDestroy();
    return;
  }
  const isSecure = context !== null && mode !== 'plain';
  answer(isSecure ? new TLSSocket(connection, { isServer: true, secureContext: context }) : connection, mode);
}

const methods = {
  /** From now on. `files`: of the certificate and its key, for TLS. */
  async add(port: number, files: { readonly key: string; readonly cert: string } | null): Promise<void> {
    const context =
      files === null
        ? null
        : createSecureContext({ key: readFileSync(files.key), cert: readFileSync(files.cert) });
    webs.set(port, { mode: 'closed', context, server: null });
    await methods.set(port, 'good');
  },

  async set(port: number, mode: WebMode): Promise<void> {
    const web = webs.get(port);
    if (web === undefined) throw new Error(`nothing at ${port}`);
    web.mode = mode;
    if (mode === 'closed') {
      web.server?.close();
      web.server = null;
    } else if (web.server === null) {
      const server = createServer((connection) => accept(connection, web)).listen(port);
      await once(server, 'listening');
      web.server = server;
    }
  },
};

export type WebService = typeof methods;

serve(methods, () => process.exit());
