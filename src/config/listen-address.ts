/** Where the page of the history is served: `127.0.0.1:8112`, `[::1]:8112`, `unix:/run/relived/view.sock`. */
import { parseIp } from '../protocol/ip.ts';

export interface TcpListen {
  /** An address, or `localhost`. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface UnixListen {
  /** Absolute. */
  readonly path: string;
}

export type ListenAddress = TcpListen | UnixListen;

export const DEFAULT_LISTEN: TcpListen = { host: '127.0.0.1', port: 8112 };

/** sun_path holds 108 bytes with the zero at its end. */
const LONGEST_PATH = 107;

/** Only programs of this machine can connect. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const ip = parseIp(host);
  return ip !== null && (ip.text === '::1' || (ip.family === 'inet' && ip.text.startsWith('127.')));
}

/** `:8112` is on loopback. @returns the address, or what is wrong with the text */
export function parseListenAddress(text: string): ListenAddress | string {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    if (!path.startsWith('/') || path.endsWith('/')) return 'unix: needs the absolute path of a socket';
    return /^[!-~]+$/.test(path) && path.length <= LONGEST_PATH
      ? { path }
      : `unix: needs a path of at most ${LONGEST_PATH} characters of ASCII`;
  }
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]*)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (match === null || !(port <= 65_535)) {
    return 'an address and a port, 127.0.0.1:8112, or unix:/path';
  }
  const host = match[1] ?? (match[2] || DEFAULT_LISTEN.host);
  if (host !== 'localhost' && parseIp(host) === null) return `${host} is a name: an address is needed`;
  return { host, port };
}

/** Whoever connects needs the token: others than this machine's own programs can. */
export function needsToken(listen: ListenAddress): boolean {
  return 'host' in listen && !isLoopback(listen.host);
}

export function formatListen(listen: ListenAddress): string {
  if ('path' in listen) return `unix:${listen.path}`;
  return `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port}`;
}
