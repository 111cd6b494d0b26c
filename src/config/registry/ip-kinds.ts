/** Values that are addresses. */
import { addressBits, type IpAddress, type IpFamily, parseIp } from '../../protocol/ip.ts';
import { type Place, quoted, type Word } from '../problems.ts';
import type { Kind } from './spec.ts';

const PLAIN = { range: '', unit: '', choices: [], secret: false } as const;

function familyName(family: IpFamily | undefined): string {
  return family === undefined ? 'IP' : family === 'inet' ? 'IPv4' : 'IPv6';
}

/** An address, in the canonical text of its family. */
export function ip(family?: IpFamily): Kind<string> {
  const name = familyName(family);
  return {
    ...PLAIN,
    arguments: name,
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing(name);
      const address = parseIp(given.text);
      if (address !== null && (family === undefined || address.family === family)) return address.text;
      const message = `${quoted(args.keyword)} needs an ${name} address: ${quoted(given)} is not one`;
      return args.ignored('invalid-address', given, message);
    },
    format: (value) => value,
  };
}

export interface Prefix extends IpAddress {
  /** Bits; null: none was written. */
  readonly prefixLength: number | null;
}

/**
 * `ADDRESS[/PREFIX]` of a word; `bad` says which part is wrong.
 * @returns an address with a prefix length that fits its family
 */
export function parsePrefix(
  text: string,
): Prefix | { readonly bad: 'address' | 'prefix'; readonly ip: IpAddress | null } {
  const slash = text.indexOf('/');
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return { bad: 'address', ip: null };
  if (slash < 0) return { ...address, prefixLength: null };
  const length = text.slice(slash + 1);
  const fits = /^[0-9]{1,3}$/.test(length) && Number(length) <= addressBits(address.family);
  return fits ? { ...address, prefixLength: Number(length) } : { bad: 'prefix', ip: address };
}

/** Where the part of a word begins that lies after this many characters. */
export function partOf(word: Word, offset: number, width: number): Place {
  const quote = word.width > word.text.length ? 1 : 0;
  return { line: word.line, column: word.column + quote + offset, width: Math.max(1, width) };
}
