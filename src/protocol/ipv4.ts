/** IPv4 addresses as text and as 32-bit integers. */

/** Value of a dotted-quad address as an unsigned 32-bit integer; null if it is not one. */
export function parseIpv4(text: string): number | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part)) return null;
    const octet = Number(part);
    if (octet > 255) return null;
    value = value * 256 + octet;
  }
  return value;
}

/** Dotted-quad text of an unsigned 32-bit integer. */
export function formatIpv4(value: number): string {
  return `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** Negative, zero or positive as `a` is numerically below, equal to or above `b` (the RFC 9568 tie-break). */
export function compareIpv4(a: string, b: string): number {
  return (parseIpv4(a) ?? -1) - (parseIpv4(b) ?? -1);
}
