/** Of node:buffer, TextDecoder and TextEncoder what reading a configuration needs. */

import { doubt } from '../doubts.ts';
import { host } from '../host.ts';

export class Bytes extends Uint8Array {
  static alloc(length: number): Bytes {
    return new Bytes(length);
  }

  static override from(from: string | ArrayLike<number> | Iterable<number>): Bytes {
    return typeof from === 'string'
      ? new Bytes(host.bytes(from))
      : new Bytes([...(from as Iterable<number>)]);
  }

  static byteLength(text: string): number {
    return host.bytes(text).byteLength;
  }

  static compare(a: Uint8Array, b: Uint8Array): number {
    const length = Math.min(a.length, b.length);
    for (let at = 0; at < length; at++) {
      const difference = (a[at] ?? 0) - (b[at] ?? 0);
      if (difference !== 0) return Math.sign(difference);
    }
    return Math.sign(a.length - b.length);
  }

  static concat(pieces: readonly Uint8Array[]): Bytes {
    const all = new Bytes(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  override toString(_encoding?: 'utf8', start = 0, end = this.length): string {
    return decoded(this.subarray(start, end));
  }
}

/** What is no UTF-8 becomes what it becomes in Node nowhere else. */
function decoded({ buffer, byteOffset, length }: Uint8Array): string {
  const text = host.text(buffer as ArrayBuffer, byteOffset, length);
  if (text === undefined) doubt('a text that is not UTF-8');
  return text ?? '';
}

export class Decoder {
  decode(bytes: Uint8Array): string {
    return decoded(bytes).replace(/^\uFEFF/, '');
  }
}

export class Encoder {
  encode(text: string): Uint8Array {
    return new Uint8Array(host.bytes(text));
  }
}

export const Buffer = Bytes;
