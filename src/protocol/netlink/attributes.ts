/**
 * Netlink attributes: type, length and value, padded to four bytes (linux/netlink.h). Values are in the byte order of the
 * host unless a name says that the network's is meant.
 */

// Netlink speaks the byte order of its host.
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const HEADER_LENGTH = 4;
const TYPE_MASK = 0x3fff;
/** Marks attributes that hold attributes. */
export const NLA_F_NESTED = 0x8000;

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const aligned = (length: number): number => (length + 3) & ~3;

/** Attributes by type; a repeated one counts once, the last. Null if a length points outside the message. */
export function decodeAttributes(bytes: Uint8Array, offset = 0): Map<number, Uint8Array> | null {
  const found = new Map<number, Uint8Array>();
  const view = viewOf(bytes);
  let at = offset;
  while (at + HEADER_LENGTH <= bytes.length) {
    const length = view.getUint16(at, LITTLE_ENDIAN);
    if (length < HEADER_LENGTH || at + length > bytes.length) return null;
    const type = view.getUint16(at + 2, LITTLE_ENDIAN) & TYPE_MASK;
    found.set(type, bytes.subarray(at + HEADER_LENGTH, at + length));
    at += aligned(length);
  }
  return found;
}

/** Value of an attribute of 1, 2 or 4 bytes; null if it is missing or of another length. */
export function numberOf(value: Uint8Array | undefined): number | null {
  switch (value?.length) {
    case 1:
      return viewOf(value).getUint8(0);
    case 2:
      return viewOf(value).getUint16(0, LITTLE_ENDIAN);
    case 4:
      return viewOf(value).getUint32(0, LITTLE_ENDIAN);
    default:
      return null;
  }
}

/** Value of an attribute of 8 bytes in the byte order of the host; beyond 2^53 it is not exact. Null as for `numberOf`. */
export function bigNumberOf(value: Uint8Array | undefined): number | null {
  return value?.length === 8 ? Number(viewOf(value).getBigUint64(0, LITTLE_ENDIAN)) : null;
}

/** Value of an attribute of 2 bytes in the byte order of the network, as ports are. Null as for `numberOf`. */
export function networkNumberOf(value: Uint8Array | undefined): number | null {
  return value?.length === 2 ? viewOf(value).getUint16(0) : null;
}

/** Text up to the first NUL; interface names may hold any bytes, UTF-8 by custom. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const octets = Array.from(end < 0 ? bytes : bytes.subarray(0, end));
  try {
    return decodeURIComponent(octets.map((octet) => `%${octet.toString(16).padStart(2, '0')}`).join(''));
  } catch {
    return String.fromCharCode(...octets);
  }
}

/** One after another. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** An attribute with its padding. */
export function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = empty(type, value.length);
  bytes.set(value, HEADER_LENGTH);
  return bytes;
}

/** With a value of so many zeros. */
function empty(type: number, length: number): Uint8Array {
  const bytes = new Uint8Array(aligned(HEADER_LENGTH + length));
  put16(bytes, 0, HEADER_LENGTH + length);
  put16(bytes, 2, type);
  return bytes;
}

// Byte by byte: a view for each number would cost more than all else, and tables have thousands of them.
function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = LITTLE_ENDIAN ? value : value >>> 8;
  bytes[at + 1] = LITTLE_ENDIAN ? value >>> 8 : value;
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at, LITTLE_ENDIAN ? value : value >>> 16);
  put16(bytes, at + 2, LITTLE_ENDIAN ? value >>> 16 : value);
}

export function uint8(type: number, value: number): Uint8Array {
  const bytes = empty(type, 1);
  bytes[HEADER_LENGTH] = value;
  return bytes;
}

export function uint16(type: number, value: number): Uint8Array {
  const bytes = empty(type, 2);
  put16(bytes, HEADER_LENGTH, value);
  return bytes;
}

export function uint32(type: number, ...values: readonly number[]): Uint8Array {
  const bytes = empty(type, 4 * values.length);
  let at = HEADER_LENGTH;
  for (const value of values) {
    put32(bytes, at, value);
    at += 4;
  }
  return bytes;
}

/** A port: 2 bytes in the byte order of the network. */
export function networkUint16(type: number, value: number): Uint8Array {
  const bytes = empty(type, 2);
  bytes[HEADER_LENGTH] = value >>> 8;
  bytes[HEADER_LENGTH + 1] = value;
  return bytes;
}

/** 64 bits in the byte order of the network, from decimal text. */
export function networkUint64(type: number, value: string): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigUint64(0, BigInt(value));
  return attribute(type, bytes);
}

/** Text with the NUL behind it. */
export function text(type: number, value: string): Uint8Array {
  const octets = Array.from(
    encodeURIComponent(value.toWellFormed()).matchAll(/%(..)|(.)/g),
    ([, hex, plain]) => (hex === undefined ? (plain?.charCodeAt(0) ?? 0) : Number.parseInt(hex, 16)),
  );
  return attribute(type, Uint8Array.of(...octets, 0));
}

/** Attributes inside an attribute. */
export function nested(type: number, ...attributes: readonly Uint8Array[]): Uint8Array {
  return attribute(type, joined(...attributes));
}
