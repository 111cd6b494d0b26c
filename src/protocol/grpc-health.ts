/**
 * The two messages of gRPC's health checking protocol (grpc.health.v1.Health/Check), and how gRPC frames messages over
 * HTTP/2: a byte that says whether it is compressed, its length in four bytes, and the message in the wire format of
 * Protocol Buffers.
 */

/** HealthCheckResponse.ServingStatus; a number that is none of these is one of a later version. */
export const SERVING_STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

/** Of an answer; one of this protocol has two bytes, and room for what later versions add. */
export const LONGEST_MESSAGE_BYTES = 4 * 1024;

const PREFIX_BYTES = 5;
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;
/** Ten groups of seven bits have the 64 bits of the largest number. */
const LONGEST_VARINT_BYTES = 10;

/** HealthCheckRequest { string service = 1; } in its frame. '': the server as a whole. */
export function healthRequest(service: string): Uint8Array {
  const name = utf8(service);
  // A field that has its default is not written.
  const field = name.length === 0 ? [] : [(1 << 3) | LENGTH_DELIMITED, ...varint(name.length), ...name];
  const framed = new Uint8Array(PREFIX_BYTES + field.length);
  new DataView(framed.buffer).setUint32(1, field.length);
  framed.set(field, PREFIX_BYTES);
  return framed;
}

/** Without a TextEncoder, which is not the language's own. */
function utf8(text: string): number[] {
  const encoded = encodeURIComponent(text.toWellFormed());
  return [...encoded.matchAll(/%([0-9A-F]{2})|(.)/g)].map(([, hex, character]) =>
    hex === undefined ? (character ?? '').charCodeAt(0) : Number.parseInt(hex, 16),
  );
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

/** The one message of an answer, which comes in pieces. Keeps at most LONGEST_MESSAGE_BYTES of it. */
export class GrpcMessageReader {
  #bytes = new Uint8Array(0);

  /** @throws RangeError for what no answer of this protocol is: too long, compressed, or more than one message */
  take(piece: Uint8Array): void {
    // Before anything is copied.
    if (this.#bytes.length + piece.length > PREFIX_BYTES + LONGEST_MESSAGE_BYTES) {
      throw new RangeError('the message is too long');
    }
    const bytes = new Uint8Array(this.#bytes.length + piece.length);
    bytes.set(this.#bytes);
    bytes.set(piece, this.#bytes.length);
    this.#bytes = bytes;
    const { length } = this;
    // It was not asked for.
    if (bytes.length > 0 && bytes[0] !== 0) throw new RangeError('the message is compressed');
    if (length === null) return;
    if (length > LONGEST_MESSAGE_BYTES) throw new RangeError('the message is too long');
    if (bytes.length > PREFIX_BYTES + length) throw new RangeError('there is more than one message');
  }

  /** Null: nothing has come, or it is not complete. */
  get message(): Uint8Array | null {
    const { length } = this;
    if (length === null || this.#bytes.length < PREFIX_BYTES + length) return null;
    return this.#bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length);
  }

  get length(): number | null {
    if (this.#bytes.length < PREFIX_BYTES) return null;
    return new DataView(this.#bytes.buffer).getUint32(1);
  }
}

/**
 * HealthCheckResponse { ServingStatus status = 1; }: its status, 0 if it is not there. Fields that are not known are
 * skipped, and of several the last one counts, as with every reader of Protocol Buffers.
 * @throws RangeError for bytes that are no message
 */
export function servingStatus(message: Uint8Array): number {
  const reader = new FieldReader(message);
  let status = 0;
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    if (field === 0) throw new RangeError('a field has number 0');
    if (field === 1 && type === VARINT) status = reader.varint();
    else reader.skip(type);
  }
  return status;
}

class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** What exceeds 2^53 is no longer exact, which nothing here depends on. */
  varint(): number {
    let [value, factor] = [0, 1];
    for (let count = 0; count < LONGEST_VARINT_BYTES; count++) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new RangeError('it ends within a number');
      this.#at += 1;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    throw new RangeError('a number has no end');
  }

  skip(type: number): void {
    if (type === VARINT) this.varint();
    else if (type === FIXED64) this.#pass(8);
    else if (type === FIXED32) this.#pass(4);
    else if (type === LENGTH_DELIMITED) this.#pass(this.varint());
    // Groups are gone since version 3.
    else throw new RangeError(`a field has type ${type}`);
  }

  #pass(bytes: number): void {
    if (bytes > this.#bytes.length - this.#at) throw new RangeError('it ends within a field');
    this.#at += bytes;
  }
}

/** Codes of gRPC by their number, for people. */
export const GRPC_CODES = [
  ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
  ...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE'],
  ...['UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
] as const;
