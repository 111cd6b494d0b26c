/** Lines of virtual_ipaddress and its like: `ADDRESS[/PREFIX] [option [argument]] ...`. */
import { parseIpv4 } from '../../protocol/ipv4.ts';
import type { Arguments } from '../arguments.ts';
import { type Place, quoted, type Word } from '../problems.ts';
import { ADDRESS_OPTIONS_INERT } from './entry-options-inert.ts';
import { flag, word } from './kinds.ts';
import { readOptions } from './lines.ts';
import { ACTS, fixed, setting, unset } from './rows.ts';
import type { KeywordTable, LineSpec } from './spec.ts';

export interface AddressEntry {
  readonly address: string;
  readonly prefixLength: number;
  /** null: where the block belongs. */
  readonly dev: string | null;
  readonly noTrack: boolean;
}

/** keepalived's default for an address without prefix length: a host address. */
const HOST_PREFIX = 32;

export const ADDRESS_OPTIONS: KeywordTable = {
  ...ADDRESS_OPTIONS_INERT,
  dev: setting({
    kind: word('IFNAME'),
    default: unset("the instance's interface"),
    meaning: 'interface that carries the address; if its link goes, the instance is in fault',
    standing: ACTS,
  }),
  no_track: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'neither the deletion of the address nor the link of its dev matters to the instance',
    standing: ACTS,
  }),
};

export function addressLine(options: KeywordTable): LineSpec<AddressEntry> {
  return {
    what: 'an address, as in 192.0.2.1/24',
    arguments: 'IP[/PREFIX] [options]',
    options,
    read: (_words, args) => readAddress(args, options),
    format: ({ address, prefixLength, dev, noTrack }) =>
      `${address}/${prefixLength}${dev === null ? '' : ` dev ${dev}`}${noTrack ? ' no_track' : ''}`,
  };
}

function readAddress(args: Arguments, options: KeywordTable): AddressEntry | null {
  const word = args.next();
  if (word === null) return null;
  const given = readOptions(args, options);
  const slash = word.text.indexOf('/');
  const address = slash < 0 ? word.text : word.text.slice(0, slash);
  if (parseIpv4(address) === null) return reportAddress(args, word);
  const dev = given.get('dev');
  return {
    address,
    prefixLength: slash < 0 ? HOST_PREFIX : prefixLength(args, word, slash),
    dev: typeof dev === 'string' ? dev : null,
    noTrack: given.get('no_track') === true,
  };
}

function prefixLength(args: Arguments, word: Word, slash: number): number {
  const text = word.text.slice(slash + 1);
  if (/^[0-9]+$/.test(text) && Number(text) <= 32) return Number(text);
  const quote = word.width > word.text.length ? 1 : 0;
  const place: Place = {
    line: word.line,
    column: word.column + quote + slash + 1,
    width: Math.max(1, text.length),
  };
  const message = `the prefix length must be 0 to 32: ${HOST_PREFIX} is in force`;
  args.report('warning', 'invalid-prefix', place, message);
  return HOST_PREFIX;
}

/** Not an IPv4 address: an error if it looks like IPv6 (which keepalived knows), else the line is ignored. */
export function reportAddress(args: Arguments, word: Word): null {
  if (word.text.includes(':') && /^[0-9a-fA-F:.]+(%\w+)?(\/\d+)?$/.test(word.text)) {
    const message = `IPv6 addresses are not supported yet: ${quoted(word)}`;
    return args.report('error', 'ipv6-unsupported', word, message);
  }
  const message = `${quoted(word)} is not an IPv4 address: the line is ignored`;
  return args.report('warning', 'invalid-address', word, message);
}
