/** The server's socket: TCP, or a Unix socket; encrypted if it has a certificate. Bounds what connections may cost. */
import { existsSync, readFileSync, unlinkSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatListen, isLoopback, type ListenAddress } from '../config/listen-address.ts';
import { AddressInUse, bindUnix } from '../host/unix-listener.ts';

/** Open pages, each with one connection that stays, and as many as ask something at a time. */
export const MAX_CONNECTIONS = 1_300;

/** Of one other machine, so that it leaves room for the rest. Programs of this one, proxies among them, are many in one. */
export const MAX_OF_ONE = 200;

/** A browser sends its headers at once; what takes longer occupies a place. */
const LIMITS: ServerOptions & { connectionsCheckingInterval: number } = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
};
/** Nothing moves on a connection: rows and signs of life come more often to whoever reads them. */
const IDLE_MS = 40_000;
const HANDSHAKE_MS = 5_000;

export interface TlsFiles {
  /** PEM, with the chain up to whom browsers trust. */
  readonly certificate: string;
  readonly key: string;
}

export interface Listening {
  /** As a browser has it; null for a Unix socket. */
  readonly url: string | null;
  /** For people: the address, or `unix:/path`. */
  readonly where: string;
  close(): Promise<void>;
}

export interface ListeningOptions {
  readonly listen: ListenAddress;
  /** Of the Unix socket. */
  readonly socketMode: number;
  readonly tls: TlsFiles | null;
}

interface Counted {
  readonly remoteAddress?: string | undefined;
  once(event: 'close', closed: () => void): unknown;
}

/** Counts the connections of each other machine. */
export class Crowd {
  readonly #open = new Map<string, number>();

  /** @param socket is counted until it closes; one of a Unix socket has no address */
  admits(socket: Counted): boolean {
    const address = socket.remoteAddress ?? '';
    if (address === '' || isLoopback(address.replace(/^::ffff:/, ''))) return true;
    const open = this.#open.get(address) ?? 0;
    if (open >= MAX_OF_ONE) return false;
    this.#open.set(address, open + 1);
    socket.once('close', () => {
      const left = (this.#open.get(address) ?? 1) - 1;
      if (left > 0) this.#open.set(address, left);
      else this.#open.delete(address);
    });
    return true;
  }
}

async function createEncrypted(tls: TlsFiles, handle: RequestListener): Promise<Server> {
  const https = await import('node:https');
  const cert = readFileSync(tls.certificate);
  const key = readFileSync(tls.key);
  const options = { ...LIMITS, cert, key, minVersion: 'TLSv1.2' as const, handshakeTimeout: HANDSHAKE_MS };
  return https.createServer(options, handle);
}

/** @throws if the address is in use or not of this machine, or the certificate cannot be used */
export async function startListening(
  { listen, socketMode, tls }: ListeningOptions,
  handle: RequestListener,
): Promise<Listening> {
  const server = tls === null ? createServer(LIMITS, handle) : await createEncrypted(tls, handle);
  server.maxConnections = MAX_CONNECTIONS;
  const crowd = new Crowd();
  server.on('connection', (socket) => {
    if (!crowd.admits(socket)) socket.destroy();
  });
  server.setTimeout(IDLE_MS);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  if ('path' in listen) {
    await bindUnix(server, listen.path, socketMode).catch((error: Error) => {
      throw error instanceof AddressInUse ? new Error(`${listen.path}: somebody answers there`) : error;
    });
    return { url: null, where: formatListen(listen), close: () => close().then(() => remove(listen.path)) };
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { port, address } = server.address() as AddressInfo;
  const url = `${tls === null ? 'http' : 'https'}://${formatListen({ host: address, port })}/`;
  return { url, where: url, close };
}

/** Node removes the file as it closes. */
function remove(path: string): void {
  if (existsSync(path)) unlinkSync(path);
}
