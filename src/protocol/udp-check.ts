/** What UDP_CHECK compares: a text of no meaning to send, and an answer with what it should be. */

const TEXT = Uint8Array.from('keepalived check - ', (letter) => letter.charCodeAt(0));

/** keepalived's text again and again, cut to this length. */
export function filler(bytes: number): Uint8Array {
  const filled = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at++) filled[at] = TEXT[at % TEXT.length] ?? 0;
  return filled;
}

export interface WantedReply {
  /** Hexadecimal digits, two for each byte, X for any. */
  readonly pattern: string;
  readonly leastBytes: number;
  readonly mostBytes: number;
}

/**
 * What is wrong with an answer of `length` bytes, of which the first are here; null: nothing. keepalived compares as
 * far as both the answer and the pattern go.
 */
export function describeMismatch(bytes: Uint8Array, length: number, wanted: WantedReply): string | null {
  const { pattern, leastBytes, mostBytes } = wanted;
  if (length < leastBytes || length > mostBytes) {
    return `${length} bytes, wanted are ${leastBytes} to ${mostBytes}`;
  }
  for (let at = 0; at < bytes.length && 2 * at < pattern.length; at++) {
    const hex = (bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0');
    const own = pattern.slice(2 * at, 2 * at + 2);
    if ([...own].some((digit, index) => digit !== 'X' && digit !== hex[index])) {
      return `byte ${at + 1} is ${hex}, wanted is ${own}`;
    }
  }
  return null;
}
