/** Questions to a name server, and the header of what it answers (RFC 1035 section 4.1). */

const HEADER_BYTES = 12;
const LONGEST_LABEL = 63;
/** With the lengths of its labels, and the end. */
const LONGEST_NAME = 255;
const RECURSION_DESIRED = 0x0100;
const CLASS_INTERNET = 1;

/** RFC 1035 section 3.2.2, RFC 3596, RFC 4034. */
const TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  RRSIG: 46,
  DNSKEY: 48,
} as const;

const RESPONSE_CODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'] as const;

export interface DnsQuestion {
  /** 16 bits. */
  readonly id: number;
  readonly type: keyof typeof TYPES;
  /** Labels with dots between them; '' or '.': the root. */
  readonly name: string;
}

/** One question that asks for recursion. Throws RangeError: a name that cannot be asked for. */
export function encodeDnsQuestion({ id, type, name }: DnsQuestion): Uint8Array {
  const encodedName = encodeName(name);
  const message = new Uint8Array(HEADER_BYTES + encodedName.length + 4);
  const view = new DataView(message.buffer);
  view.setUint16(0, id);
  view.setUint16(2, RECURSION_DESIRED);
  view.setUint16(4, 1);
  message.set(encodedName, HEADER_BYTES);
  view.setUint16(HEADER_BYTES + encodedName.length, TYPES[type]);
  view.setUint16(HEADER_BYTES + encodedName.length + 2, CLASS_INTERNET);
  return message;
}

function encodeName(name: string): Uint8Array {
  const bytes: number[] = [];
  for (const label of name === '.' ? [] : name.split('.')) {
    if (label === '') continue;
    const codes = Array.from(label, (letter) => letter.charCodeAt(0));
    if (codes.some((code) => code > 255)) throw new RangeError(`${label} is not written in bytes`);
    if (codes.length > LONGEST_LABEL) throw new RangeError(`a label of ${codes.length} bytes`);
    bytes.push(codes.length, ...codes);
  }
  bytes.push(0);
  if (bytes.length > LONGEST_NAME) throw new RangeError(`a name of ${bytes.length} bytes`);
  return Uint8Array.from(bytes);
}

export interface DnsHeader {
  readonly id: number;
  readonly isResponse: boolean;
  /** 0: no error. */
  readonly responseCode: number;
}

/** null: too short to be a message. What follows the header is not looked at. */
export function decodeDnsHeader(message: Uint8Array): DnsHeader | null {
  if (message.length < HEADER_BYTES) return null;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const flags = view.getUint16(2);
  return { id: view.getUint16(0), isResponse: (flags & 0x8000) !== 0, responseCode: flags & 0xf };
}

/** `NXDOMAIN` of 3; the number of one without a name. */
export function dnsResponseName(code: number): string {
  return RESPONSE_CODES[code] ?? String(code);
}
