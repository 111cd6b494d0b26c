/** How answers leave: with headers that forbid everything foreign, compressed where that is understood, within bounds. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, gzip } from 'node:zlib';

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
};

/** Below it, a packet is a packet. */
const WORTH_COMPRESSING_BYTES = 1_400;
/** Bytes of all answers that their readers have not taken yet. */
const MOST_WAITING_BYTES = 64_000_000;
/** Whoever takes longer over an answer has gone, or means harm. */
const TAKE_MS = 60_000;

/** A problem of the request, told to who sent it. */
export class BadRequest extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Encodings that a client understands. `q=0` says which not. */
export function accepts({ headers }: IncomingMessage, encoding: 'br' | 'gzip'): boolean {
  const text = headers['accept-encoding'];
  if (typeof text !== 'string') return false;
  return text.split(',').some((part) => {
    const [name = '', ...parameters] = part.trim().split(/\s*;\s*/);
    return name.toLowerCase() === encoding && !parameters.some((given) => /^q=0(?:\.0*)?$/i.test(given));
  });
}

export interface Body {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly encoding: 'br' | 'gzip' | null;
  /** Other clients may get other bytes. */
  readonly varies: boolean;
}

export class Answering {
  #waiting = 0;

  /** Bytes that wait for their readers. */
  get waitingBytes(): number {
    return this.#waiting;
  }

  send(response: ServerResponse, status: number, { type, bytes, encoding, varies }: Body): void {
    if (this.#waiting + bytes.length > MOST_WAITING_BYTES) {
      this.error(response, 503, 'too many answers wait for their readers');
      return;
    }
    this.#waiting += bytes.length;
    const limit = setTimeout(() => response.destroy(), TAKE_MS);
    response.once('close', () => {
      clearTimeout(limit);
      this.#waiting -= bytes.length;
    });
    response.writeHead(status, {
      ...SECURITY_HEADERS,
      'Content-Type': type,
      'Content-Length': bytes.length,
      ...(encoding === null ? {} : { 'Content-Encoding': encoding }),
      ...(varies ? { Vary: 'Accept-Encoding' } : {}),
    });
    response.end(response.req.method === 'HEAD' ? undefined : bytes);
  }

  json(response: ServerResponse, status: number, body: unknown): void {
    const bytes = Buffer.from(JSON.stringify(body));
    const plain = { type: 'application/json; charset=utf-8', bytes, encoding: null, varies: true };
    if (bytes.length < WORTH_COMPRESSING_BYTES || !accepts(response.req, 'gzip')) {
      this.send(response, status, plain);
      return;
    }
    // By a thread of the pool: rows of other pages need not wait.
    gzip(bytes, { level: constants.Z_BEST_SPEED }, (error, compressed) => {
      if (response.destroyed) return;
      this.send(response, status, error ? plain : { ...plain, bytes: compressed, encoding: 'gzip' });
    });
  }

  /** Small, and counted by nobody: it must get through when everything else is full. */
  error(response: ServerResponse, status: number, message: string): void {
    const text = JSON.stringify({ error: message });
    response.writeHead(status, {
      ...SECURITY_HEADERS,
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
      ...(status === 503 ? { 'Retry-After': '1' } : {}),
    });
    response.end(response.req.method === 'HEAD' ? undefined : text);
  }
}
