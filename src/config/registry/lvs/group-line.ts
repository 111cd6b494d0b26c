/** Lines of virtual_server_group: addresses, ranges of addresses, firewall marks. */
import { addressBits, type IpFamily, parseIp } from '../../../protocol/ip.ts';
import { formatIpv4, parseIpv4 } from '../../../protocol/ipv4.ts';
import { formatIpv6, parseIpv6 } from '../../../protocol/ipv6.ts';
import { MOST_SERVICES } from '../../../protocol/ipvs/plan.ts';
import type { Arguments } from '../../arguments.ts';
import { type Place, quoted, type Word } from '../../problems.ts';
import type { LineSpec } from '../spec.ts';
import { familyOf, readMark, wholeNumber } from './service.ts';

/** Addresses from `first` to `last`, both included. */
export interface GroupRange {
  readonly first: string;
  readonly last: string;
  /** 0: every port, which only persistent services have. */
  readonly port: number;
}

export interface GroupFwmark {
  readonly fwmark: number;
  /** null: that of the virtual server. */
  readonly family: IpFamily | null;
}

export type GroupMember = GroupRange | GroupFwmark;

export function isRange(member: GroupMember): member is GroupRange {
  return 'first' in member;
}

export const GROUP_LINE: LineSpec<GroupMember> = {
  what: 'an address, as in 192.0.2.1, 192.0.2.1-10, 192.0.2.1-192.0.2.10 or 192.0.2.8/29, and a port, or `fwmark N [inet|inet6]`',
  arguments: 'IP [PORT] | IP-N [PORT] | IP-IP [PORT] | IP/MASK [PORT] | fwmark N [inet|inet6]',
  options: {},
  read: ([first], args) => {
    args.next();
    return first.text === 'fwmark' ? readFwmark(args) : readRange(args, first);
  },
  format: (member) => {
    if (!isRange(member))
      return `fwmark ${member.fwmark}${member.family === null ? '' : ` ${member.family}`}`;
    const { first, last, port } = member;
    return `${first}${first === last ? '' : `-${last}`}${port === 0 ? '' : ` ${port}`}`;
  },
};

function readFwmark(args: Arguments): GroupFwmark | null {
  const given = args.next();
  if (given === null) return args.missing('N [inet|inet6]');
  const fwmark = readMark(args, given);
  if (fwmark === null) return null;
  const family = args.next();
  noteRest(args);
  if (family === null) return { fwmark, family: null };
  if (family.text === 'inet' || family.text === 'inet6') return { fwmark, family: family.text };
  return args.ignored(
    'invalid-choice',
    family,
    `the family of a fwmark must be inet or inet6, not ${quoted(family)}`,
  );
}

function readRange(args: Arguments, word: Word): GroupRange | null {
  const portWord = args.next();
  noteRest(args);
  const ends = rangeOf(word.text);
  if ('bad' in ends) return args.ignored(ends.code, word, `${ends.bad}: ${quoted(word)}`);
  const port = portWord === null ? 0 : wholeNumber(portWord.text, 0, 65_535);
  if (port !== null) {
    noteSize(args, word, ends);
    return { ...ends, port };
  }
  const place: Place = portWord ?? word;
  return args.ignored('invalid-port', place, 'the port must be 0 to 65535 (0: every port)');
}

/** keepalived makes a service of each address, however many there are. */
function noteSize(args: Arguments, word: Word, { first, last }: Ends): void {
  const size = numberOf(last) - numberOf(first) + 1n;
  if (size <= BigInt(MOST_SERVICES)) return;
  const text = `${quoted(word)} has ${size} addresses: only the first ${MOST_SERVICES} are services`;
  args.report('warning', 'range-too-large', word, text);
}

function noteRest(args: Arguments): void {
  const [extra] = args.rest();
  if (extra === undefined) return;
  args.report('note', 'extra-word', extra, `${quoted(extra)} is ignored: the line takes no more words`);
}

interface Ends {
  readonly first: string;
  readonly last: string;
}

interface Bad {
  readonly bad: string;
  readonly code: string;
}

function bad(text: string, code = 'invalid-range'): Bad {
  return { bad: text, code };
}

/** First and last address of a range as the file writes it. */
export function rangeOf(text: string): Ends | Bad {
  const mark = text.search(/[/-]/);
  const address = parseIp(mark < 0 ? text : text.slice(0, mark));
  if (address === null) return bad('an address is needed here', 'invalid-address');
  if (mark < 0) return { first: address.text, last: address.text };
  const rest = text.slice(mark + 1);
  if (text[mark] === '/') return networkOf(address.text, rest);
  return /[.:]/.test(rest) ? untilAddress(address.text, rest) : untilPart(address.text, rest);
}

function networkOf(first: string, mask: string): Ends | Bad {
  const family = familyOf(first);
  const bits = addressBits(family);
  const length = wholeNumber(mask, 1, bits);
  if (length === null) return bad(`the prefix length must be 1 to ${bits}`, 'invalid-prefix');
  const size = 1n << BigInt(bits - length);
  const value = numberOf(first);
  if (value % size !== 0n) return bad('the address has bits set outside its prefix length');
  return { first, last: addressOf(value + size - 1n, family) };
}

function untilAddress(first: string, rest: string): Ends | Bad {
  const last = parseIp(rest);
  if (last === null || last.family !== familyOf(first)) {
    return bad('the end of the range must be an address of the same family', 'invalid-address');
  }
  if (numberOf(last.text) < numberOf(first)) return bad('the range ends before it begins');
  return { first, last: last.text };
}

/** The end replaces the last octet, or the last 16 bits. */
function untilPart(first: string, rest: string): Ends | Bad {
  const family = familyOf(first);
  const [pattern, radix, parts] =
    family === 'inet' ? [/^[0-9]{1,4}$/, 10, 256n] : [/^[0-9a-fA-F]{1,5}$/, 16, 65_536n];
  if (!pattern.test(rest)) return bad('the end of the range must be a number or an address');
  const end = BigInt(Number.parseInt(rest, radix));
  if (end >= parts) return bad(`the end of the range must be at most ${(parts - 1n).toString(radix)}`);
  const value = numberOf(first);
  const last = value - (value % parts) + end;
  if (last <= value) return bad('the end of the range must lie after its beginning');
  return { first, last: addressOf(last, family) };
}

function numberOf(address: string): bigint {
  if (familyOf(address) === 'inet') return BigInt(parseIpv4(address) ?? 0);
  return (parseIpv6(address) ?? []).reduce((value, group) => value * 65_536n + BigInt(group), 0n);
}

function addressOf(value: bigint, family: IpFamily): string {
  if (family === 'inet') return formatIpv4(Number(value));
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number((value >> BigInt(16 * (7 - index))) & 0xffffn),
  );
  return formatIpv6(groups);
}
