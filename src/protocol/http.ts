/** HTTP as a health check speaks it: one GET a connection, and of the answer its status, its header and its body. */

/** `1.0C`: version 1.0 that asks for the connection to be closed, as 1.1 does here. */
export type HttpProtocol = '1.0' | '1.0C' | '1.1';

/** keepalived's request: these header fields in this order. `host`: name of the virtual host, or address and port. */
export function httpRequest(path: string, host: string, protocol: HttpProtocol): Uint8Array {
  const version = protocol === '1.1' ? '1.1' : '1.0';
  const closing = protocol === '1.0' ? '' : 'Connection: close\r\n';
  return bytesOf(
    `GET ${path} HTTP/${version}\r\nUser-Agent: KeepAliveClient\r\n${closing}Host: ${host}\r\n\r\n`,
  );
}

/** What stands in the field Host for a server without a name: `192.0.2.1:80`, `[2001:db8::1]:80`. */
export function hostOf(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** A server that sends more before its body is not one that anybody wants to be sent to. */
export const LONGEST_HEADER_BYTES = 64 * 1024;

const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;

export interface HttpHeader {
  readonly bytes: Uint8Array;
  /** 100 to 599; null: the first line is none of HTTP. */
  readonly status: number | null;
  /** Content-Length; null: the body ends with the connection. */
  readonly bodyBytes: number | null;
}

/** What a piece of an answer brought. */
export interface HttpPiece {
  /** Once: it is complete now. */
  readonly header: HttpHeader | null;
  /** Of the body, which ends where Content-Length says so, whatever follows. */
  readonly body: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** Reads an answer piece by piece, and keeps nothing but an unfinished header. */
export class HttpResponseReader {
  #header: HttpHeader | null = null;
  #begun: Uint8Array = NOTHING;
  #left = Number.POSITIVE_INFINITY;

  /** Null until all of it is there. */
  get header(): HttpHeader | null {
    return this.#header;
  }

  /** Bytes of the body that are still to come; infinite: until the connection ends. */
  get left(): number {
    return this.#left;
  }

  /** @throws RangeError for a header that is longer than LONGEST_HEADER_BYTES */
  read(piece: Uint8Array): HttpPiece {
    if (this.#header !== null) return { header: null, body: this.#body(piece) };
    const begun = joined(this.#begun, piece);
    const end = endOfHeader(begun, Math.max(0, this.#begun.length - 3));
    if ((end ?? begun.length) > LONGEST_HEADER_BYTES) throw new RangeError('the header has no end');
    if (end === null) {
      this.#begun = begun;
      return { header: null, body: NOTHING };
    }
    this.#begun = NOTHING;
    this.#header = headerOf(begun.subarray(0, end));
    this.#left = this.#header.bodyBytes ?? Number.POSITIVE_INFINITY;
    return { header: this.#header, body: this.#body(begun.subarray(end)) };
  }

  #body(piece: Uint8Array): Uint8Array {
    const body = piece.subarray(0, Math.min(piece.length, this.#left));
    this.#left -= body.length;
    return body;
  }
}

/** Behind the empty line; null: it is not there yet. */
function endOfHeader(bytes: Uint8Array, from: number): number | null {
  for (let at = bytes.indexOf(CARRIAGE_RETURN, from); at >= 0; at = bytes.indexOf(CARRIAGE_RETURN, at + 1)) {
    const isEmptyLine =
      bytes[at + 1] === LINE_FEED && bytes[at + 2] === CARRIAGE_RETURN && bytes[at + 3] === LINE_FEED;
    if (isEmptyLine) return at + 4;
  }
  return null;
}

function headerOf(bytes: Uint8Array): HttpHeader {
  const text = textOf(bytes);
  const status = /^HTTP\/[0-9.]+ +([1-5][0-9]{2})(?![0-9])/.exec(text)?.[1];
  const length = /\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r\n/i.exec(text)?.[1];
  return {
    bytes,
    status: status === undefined ? null : Number(status),
    bodyBytes: length === undefined ? null : Number(length),
  };
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (one.length === 0) return other.slice();
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 255);
}

function textOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
