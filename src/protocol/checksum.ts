/** The internet checksum (RFC 1071). */

/**
 * One's complement sum of 16-bit words, not yet complemented, so that sums of several parts can be chained.
 * An odd last byte counts as if a zero followed it: chain only after parts of even length.
 */
export function addToSum(sum: number, bytes: Uint8Array, start: number, end: number): number {
  let total = sum;
  let at = start;
  for (; at + 1 < end; at += 2) total += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (at < end) total += (bytes[at] ?? 0) << 8;
  return foldSum(total);
}

/** Sum of the two halves of a 32-bit value: an IPv4 address in a pseudo-header. */
export function addWordToSum(sum: number, value: number): number {
  return foldSum(sum + (value >>> 16) + (value & 0xffff));
}

/** What goes into a checksum field, given the sum of everything else with the field at zero. */
export function checksumOfSum(sum: number): number {
  return ~foldSum(sum) & 0xffff;
}

/** True if a sum over data that includes its checksum field says the data is intact. */
export function isSumValid(sum: number): boolean {
  return foldSum(sum) === 0xffff;
}

function foldSum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded;
}
