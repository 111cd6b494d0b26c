/** IPv6 addresses: text (RFC 4291 section 2.2, written as RFC 5952 has it) and numbers. */
import { parseIpv4 } from './ipv4.ts';

const GROUPS = 8;

/** The eight 16-bit groups of an address; null if the text is none. A zone (`%eth0`) is not part of an address. */
export function parseIpv6(text: string): readonly number[] | null {
  if (text.length > 45) return null;
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head = '', tail] = halves;
  const before = groupsOf(head, tail === undefined);
  const after = tail === undefined ? [] : groupsOf(tail, true);
  if (before === null || after === null) return null;
  const missing = GROUPS - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  return [...before, ...Array.from({ length: missing }, () => 0), ...after];
}

/** @param atEnd whether an embedded IPv4 address may end this part */
function groupsOf(part: string, atEnd: boolean): number[] | null {
  if (part === '') return [];
  const groups: number[] = [];
  const pieces = part.split(':');
  for (const [index, piece] of pieces.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(piece)) {
      groups.push(Number.parseInt(piece, 16));
      continue;
    }
    const ipv4 = atEnd && index === pieces.length - 1 ? parseIpv4(piece) : null;
    if (ipv4 === null) return null;
    groups.push(ipv4 >>> 16, ipv4 & 0xffff);
  }
  return groups;
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
export function formatIpv6(groups: readonly number[]): string {
  let [start, length] = [-1, 1];
  for (let index = 0; index < GROUPS; index++) {
    let run = 0;
    while (groups[index + run] === 0) run++;
    if (run > length) [start, length] = [index, run];
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  return start < 0 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}
