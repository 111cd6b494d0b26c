/** IPv4 addresses as text and as 32-bit integers. */

/** Value of a dotted-quad address as an unsigned 32-bit integer; null if it is not one. */
export function parseIpv4(text: string): number | null {
  if (text.length > LONGEST) return null;
  let value = 0;
  let dots = 0;
  // -1: no digit of this part yet. Large configurations have tens of thousands of addresses: no copies are made.
  let octet = -1;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === DOT) {
      if (octet < 0 || ++dots > 3) return null;
      value = value * 256 + octet;
      octet = -1;
    } else if (code < ZERO || code > NINE || octet === 0) return null;
    else {
      octet = Math.max(0, octet) * 10 + code - ZERO;
      if (octet > 255) return null;
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : null;
}

const LONGEST = '255.255.255.255'.length;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** Dotted-quad text of an unsigned 32-bit integer. */
export function formatIpv4(value: number): string {
  return `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}
