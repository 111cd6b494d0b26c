/** HTTP as a health check speaks it: one GET a connection, and of the answer its status, its header and its body. */

/** `1.0C`: version 1.0 that asks for the connection to be closed, as 1.1 does here. */
export type TextProtocol = '1.0' | '1.0C' | '1.1';

/** 2 has frames in place of text. */
export type HttpProtocol = TextProtocol | '2';

/** keepalived's request: these header fields in this order. `host`: name of the virtual host, or address and port. */
export function httpRequest(path: string, host: string, protocol: TextProtocol): Uint8Array {
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
const SPACE = 32;
const TAB = 9;
const DOT = 46;
const ZERO = 48;
/** More digits are no number that could be counted. */
const MOST_DIGITS = 15;

export interface HttpHeader {
  /** A view of the piece that completed it, or of what was kept: to be used before that is. */
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
const LEAST_ROOM_BYTES = 1024;

/** Reads an answer piece by piece, and keeps nothing but an unfinished header. */
export class HttpResponseReader {
  #header: HttpHeader | null = null;
  /** An unfinished header, and room behind it. */
  #begun: Uint8Array = NOTHING;
  #begunBytes = 0;
  #bodyBytes = 0;

  /** Null until all of it is there. */
  get header(): HttpHeader | null {
    return this.#header;
  }

  /** What has come behind the header so far, whatever Content-Length says. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** Bytes of the body that are still to come; infinite: until the connection ends. */
  get left(): number {
    return Math.max(0, (this.#header?.bodyBytes ?? Number.POSITIVE_INFINITY) - this.#bodyBytes);
  }

  /**
   * Takes a piece in. Gives what has come since the header was complete with the header before it, once, if this piece
   * completes it; else this piece, or nothing as long as the header is not there. `from` is where the body begins in it.
   * @throws RangeError for a header that is longer than LONGEST_HEADER_BYTES
   */
  take(piece: Uint8Array): { readonly bytes: Uint8Array; readonly from: number } {
    if (this.#header !== null) {
      this.#bodyBytes += piece.length;
      return { bytes: piece, from: 0 };
    }
    const searched = Math.max(0, this.#begunBytes - 3);
    const bytes = this.#begunBytes === 0 ? piece : this.#keep(piece);
    const from = endOfHeader(bytes, searched);
    if ((from ?? bytes.length) > LONGEST_HEADER_BYTES) throw new RangeError('the header has no end');
    if (from === null) {
      if (bytes === piece) this.#keep(piece);
      return { bytes: NOTHING, from: 0 };
    }
    this.#begun = NOTHING;
    this.#header = new ReadHeader(bytes, from);
    this.#bodyBytes = bytes.length - from;
    return { bytes, from };
  }

  /** Gives all that is kept. The room doubles, so that a header that comes byte by byte is not copied with each of them. */
  #keep(piece: Uint8Array): Uint8Array {
    const length = this.#begunBytes + piece.length;
    if (length > this.#begun.length) {
      const room = new Uint8Array(Math.max(LEAST_ROOM_BYTES, 2 * length));
      room.set(this.#begun.subarray(0, this.#begunBytes));
      this.#begun = room;
    }
    this.#begun.set(piece, this.#begunBytes);
    this.#begunBytes = length;
    return this.#begun.subarray(0, length);
  }

  /** The same, with the body as far as Content-Length has it. @throws RangeError as `take` */
  read(piece: Uint8Array): HttpPiece {
    const isComplete = this.#header !== null;
    const { left } = this;
    const { bytes, from } = this.take(piece);
    const header = isComplete ? null : this.#header;
    const most = isComplete ? left : (this.#header?.bodyBytes ?? Number.POSITIVE_INFINITY);
    return { header, body: bytes.subarray(from, Math.min(bytes.length, from + most)) };
  }
}

class ReadHeader implements HttpHeader {
  readonly status: number | null;
  readonly bodyBytes: number | null;
  readonly #bytes: Uint8Array;
  readonly #end: number;

  constructor(bytes: Uint8Array, end: number) {
    this.#bytes = bytes;
    this.#end = end;
    this.status = statusIn(bytes);
    this.bodyBytes = lengthIn(bytes, end);
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
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

const VERSION = bytesOf('http/');
const LENGTH = bytesOf('content-length:');

/** `HTTP/1.1 200`, and no further digit. */
function statusIn(bytes: Uint8Array): number | null {
  if (!startsWith(bytes, 0, VERSION)) return null;
  let at = VERSION.length;
  while (isDigit(bytes[at]) || bytes[at] === DOT) at += 1;
  if (at === VERSION.length || bytes[at] !== SPACE) return null;
  while (bytes[at] === SPACE) at += 1;
  const [status, end] = numberAt(bytes, at);
  return end - at === 3 && status >= 100 && status <= 599 ? status : null;
}

function lengthIn(bytes: Uint8Array, end: number): number | null {
  for (let at = bytes.indexOf(LINE_FEED); at >= 0 && at < end; at = bytes.indexOf(LINE_FEED, at + 1)) {
    if (!startsWith(bytes, at + 1, LENGTH)) continue;
    let from = at + 1 + LENGTH.length;
    while (bytes[from] === SPACE || bytes[from] === TAB) from += 1;
    const [length, behind] = numberAt(bytes, from);
    let rest = behind;
    while (bytes[rest] === SPACE || bytes[rest] === TAB) rest += 1;
    const isNumber = behind > from && behind - from <= MOST_DIGITS;
    if (isNumber && bytes[rest] === CARRIAGE_RETURN) return length;
  }
  return null;
}

/** The decimal number there, and what is behind it. */
function numberAt(bytes: Uint8Array, from: number): readonly [value: number, end: number] {
  let [value, at] = [0, from];
  for (; isDigit(bytes[at]); at += 1) value = value * 10 + ((bytes[at] ?? ZERO) - ZERO);
  return [value, at];
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte < ZERO + 10;
}

/** Whether these bytes stand there; capital letters are small ones. */
function startsWith(bytes: Uint8Array, at: number, small: Uint8Array): boolean {
  for (let index = 0; index < small.length; index++) {
    const byte = bytes[at + index] ?? 0;
    const isCapital = byte >= 65 && byte <= 90;
    if ((isCapital ? byte + 32 : byte) !== small[index]) return false;
  }
  return true;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 255);
}
