/** Values that are addresses. */
import { addressBits, type IpAddress, type IpFamily, parseIp } from '../../protocol/ip.ts';
import type { Arguments } from '../arguments.ts';
import { type Place, quoted, type Word } from '../problems.ts';
import type { Kind } from './spec.ts';

const PLAIN = { range: '', unit: '', choices: [], secret: false } as const;

function familyName(family: IpFamily | undefined): string {
  return family === undefined ? 'IP' : family === 'inet' ? 'IPv4' : 'IPv6';
}

/** The address of a word without a prefix length or range behind it, which keepalived reads over where one address counts. */
export function withoutSuffix(args: Arguments, given: Word): string {
  const end = given.text.search(/[/-]/);
  if (end < 0) return given.text;
  const message = `only the address counts here: ${quoted(given)} is one address, not a network or range`;
  args.report('note', 'address-suffix', given, message);
  return given.text.slice(0, end);
}

/** An address, in the canonical text of its family; what follows `/` or `-` does not count. */
export function ip(family?: IpFamily): Kind<string> {
  return address(family, withoutSuffix);
}

/** As `ip`, without anything behind the address. */
export function exactIp(family?: IpFamily): Kind<string> {
  return address(family, (_args, given) => given.text);
}

function address(
  family: IpFamily | undefined,
  textOf: (args: Arguments, given: Word) => string,
): Kind<string> {
  const name = familyName(family);
  return {
    ...PLAIN,
    arguments: name,
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing(name);
      const found = parseIp(textOf(args, given));
      if (found !== null && (family === undefined || found.family === family)) return found.text;
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
