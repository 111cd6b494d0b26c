/**
 * Who may ask. By its name: only addresses and names of this server, so that no foreign page reaches it by a name of its own
 * (DNS rebinding). By a token: where others than this machine's programs can connect. A page cannot give a header to an
 * EventSource, so it brings the token once, in the body of a request, and has a cookie from then on. The token is never part
 * of an address that somebody logs.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import { isLoopback, type ListenAddress } from '../config/listen-address.ts';
import { parseIp } from '../protocol/ip.ts';

export interface AccessOptions {
  readonly listen: ListenAddress;
  /** null: nobody is asked for one. */
  readonly token: string | null;
  /** Further names by which browsers call this server. */
  readonly names: readonly string[];
  /** Connections are encrypted. */
  readonly isSecure: boolean;
}

/** Name of a Host header without its port; null if it is not one. */
function hostName(header: string | undefined): string | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+))(?::\d{1,5})?$/.exec(header ?? '');
  return match === null ? null : (match[1] ?? match[2] ?? '').toLowerCase();
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes as long whatever the two have in common, and whatever their lengths are. */
function isSame(given: string, expected: Buffer): boolean {
  return timingSafeEqual(digest(given), expected);
}

export class Access {
  readonly #names: ReadonlySet<string>;
  readonly #mayCome: (host: string) => boolean;
  readonly #token: Buffer | null;
  readonly #cookieName: string;
  readonly #cookie: string;
  readonly #cookieDigest: Buffer;
  readonly #attributes: string;

  constructor({ listen, token, names, isSecure }: AccessOptions) {
    this.#names = new Set(names.map((name) => name.toLowerCase()));
    this.#mayCome = nameRule(listen);
    this.#token = token === null ? null : digest(token);
    // The same after a restart, so that open pages go on; another once the token is another.
    this.#cookie = createHmac('sha256', token ?? '')
      .update('relive view: cookie')
      .digest('base64url');
    this.#cookieDigest = digest(this.#cookie);
    // Browsers keep one jar for all ports of a machine: several servers there must not take each other's.
    this.#cookieName = `relive-${createHmac('sha256', token ?? '')
      .update('relive view: name')
      .digest('hex')
      .slice(0, 12)}`;
    this.#attributes = `; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
  }

  /** A request was addressed to this server by a name that is its own. */
  isOwnName(header: string | undefined): boolean {
    const host = hostName(header);
    return host !== null && (this.#names.has(host) || this.#mayCome(host));
  }

  /** The request brings the token or the cookie, or none is asked for. */
  admits({ headers }: IncomingMessage): boolean {
    if (this.#token === null) return true;
    const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (bearer !== undefined) return isSame(bearer, this.#token);
    const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
    const mine = cookies.find((cookie) => cookie.startsWith(`${this.#cookieName}=`));
    return mine !== undefined && isSame(mine.slice(this.#cookieName.length + 1), this.#cookieDigest);
  }

  /** The cookie for who knows the token; null for who does not. */
  cookieFor(token: string): string | null {
    if (this.#token === null) return `${this.#cookieName}=none${this.#attributes}`;
    return isSame(token, this.#token) ? `${this.#cookieName}=${this.#cookie}${this.#attributes}` : null;
  }
}

/**
 * A rebound name is never an address, so addresses are fine where others may connect at all. A Unix socket is out of any
 * page's reach: what comes there was passed on by a program that has its own names.
 */
function nameRule(listen: ListenAddress): (host: string) => boolean {
  if ('path' in listen) return () => true;
  if (isLoopback(listen.host)) return isLoopback;
  const own = hostname().toLowerCase();
  return (host) => isLoopback(host) || host === own || parseIp(host) !== null;
}

/** A page of another origin asks: it could read nothing, but it shall not keep the server busy either. */
export function isForeign({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
