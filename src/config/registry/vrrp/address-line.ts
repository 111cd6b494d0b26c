/** Lines of virtual_ipaddress, virtual_ipaddress_excluded and static_ipaddress. */
import { addressBits } from '../../../protocol/ip.ts';
import type { Arguments } from '../../arguments.ts';
import { quoted, type Word } from '../../problems.ts';
import { type Prefix, parsePrefix, partOf } from '../ip-kinds.ts';
import { flag, word } from '../kinds.ts';
import { formatOptions, type OptionFaults, optionValues, readOptions } from '../lines.ts';
import { ACTS, alias, derived, fixed, setting, unset } from '../rows.ts';
import type { KeywordTable, LineSpec } from '../spec.ts';
import {
  type BroadcastValue,
  broadcast,
  type PeerAddress,
  peerAddress,
  preferredLifetime,
  scope,
} from './address-kinds.ts';

/** One address under keepalived's words; options of the other kinds of lists have their defaults. */
export interface AddressEntry {
  readonly address: string;
  readonly prefixLength: number;
  /** null: the instance's interface. */
  readonly dev: string | null;
  readonly scope: number;
  readonly broadcast: BroadcastValue | null;
  readonly label: string | null;
  readonly peer: PeerAddress | null;
  readonly home: boolean;
  readonly '-nodad': boolean;
  readonly mngtmpaddr: boolean;
  readonly autojoin: boolean;
  readonly noprefixroute: boolean;
  readonly preferred_lft: number | 'forever';
  readonly no_track: boolean;
  readonly use_vmac?: boolean;
  readonly track_group?: string | null;
}

const LONGEST_LABEL = 15;

const COMMON = {
  dev: setting({
    kind: word('IFNAME'),
    default: unset("the instance's interface; default_interface for static addresses"),
    meaning: 'interface that carries the address; if its link goes, the instance is in fault',
    standing: ACTS,
  }),
  scope: setting({
    kind: scope(),
    default: fixed(0, 'global'),
    meaning: 'scope of an IPv4 address',
  }),
  broadcast: setting({
    kind: broadcast(),
    default: unset(),
    meaning: 'broadcast address; + sets the host bits, - clears them',
  }),
  brd: alias('broadcast'),
  label: setting({
    kind: word('LABEL', { range: `up to ${LONGEST_LABEL} characters` }),
    default: unset(),
    meaning: 'interface label of an IPv4 address',
  }),
  peer: setting({
    kind: peerAddress(),
    default: unset(),
    meaning: 'address of the other end of the link; its prefix length counts',
  }),
  home: setting({ kind: flag(), default: fixed(false), meaning: 'IPv6 home address' }),
  '-nodad': setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'detect duplicates of the IPv6 address before it is used',
  }),
  mngtmpaddr: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'the kernel derives temporary IPv6 addresses from it',
  }),
  autojoin: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'join a multicast group with the address',
  }),
  noprefixroute: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'no route to the network of the address',
  }),
  preferred_lft: setting({
    kind: preferredLifetime(),
    default: derived<number | 'forever'>(
      'forever; 0 for an IPv6 address with prefix length 128',
      () => 'forever',
    ),
    meaning: 'how long the address is preferred; after that, new connections avoid it',
  }),
  no_track: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'neither the deletion of the address nor the link of its dev matters to the instance',
    standing: ACTS,
  }),
};

export const ADDRESS_OPTIONS = {
  ...COMMON,
  use_vmac: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'put the address on a virtual MAC interface of its dev',
    standing: ACTS,
  }),
} satisfies KeywordTable;

export const STATIC_ADDRESS_OPTIONS = {
  ...COMMON,
  track_group: setting({
    kind: word(),
    default: unset(),
    meaning: 'instances that are in fault while the interface of the address is down',
  }),
} satisfies KeywordTable;

export function addressLine(options: KeywordTable): LineSpec<AddressEntry> {
  return {
    what: 'an address, as in 192.0.2.1/24 or 2001:db8::1/64',
    arguments: 'IP[/PREFIX] [options]',
    options,
    read: (_words, args) => readAddress(args, options),
    format: ({ address, prefixLength, preferred_lft: lifetime, ...values }) => {
      const prefix = values.peer === null ? `/${prefixLength}` : '';
      const written = COMMON.preferred_lft.kind.format(lifetime);
      const isDefault = lifetime === defaultLifetime(address, prefixLength);
      return `${address}${prefix}${formatOptions(options, values)}${isDefault ? '' : ` preferred_lft ${written}`}`;
    },
  };
}

function readAddress(args: Arguments, options: KeywordTable): AddressEntry | null {
  const first = args.next();
  if (first === null) return null;
  const faults: OptionFaults = { failed: new Set(), repeated: new Set() };
  const given = readOptions(args, options, faults);
  const address = readPrefix(args, first);
  if (address === null) return null;
  if (!isComplete(args, first, given, faults, address)) return null;
  const bits = addressBits(address.family);
  let prefixLength = address.prefixLength ?? bits;
  const peer = given.get('peer') as PeerAddress | undefined;
  if (peer !== undefined) {
    if (peer.family === address.family) prefixLength = peer.prefixLength;
    else drop(args, first, given, 'peer', 'the peer must be of the same family');
  }
  dropUnfit(args, first, given, address, prefixLength);
  if (!given.has('preferred_lft')) given.set('preferred_lft', defaultLifetime(address.text, prefixLength));
  return { address: address.text, prefixLength, ...optionValues(options, given) } as AddressEntry;
}

/** An address that is nobody's network is deprecated at once, so that it is never chosen as a source. */
function defaultLifetime(address: string, prefixLength: number): number | 'forever' {
  return address.includes(':') && prefixLength === 128 ? 0 : 'forever';
}

/** keepalived leaves the whole address out if one of these is unusable. */
function isComplete(
  args: Arguments,
  first: Word,
  given: ReadonlyMap<string, unknown>,
  { failed, repeated }: OptionFaults,
  { family }: Prefix,
): boolean {
  if (['dev', 'label', 'broadcast', 'track_group'].some((name) => failed.has(name))) return false;
  const leftOut = (code: string, why: string): false => {
    args.report('warning', code, first, `${why}: the address ${quoted(first)} is left out`);
    return false;
  };
  if (repeated.has('dev')) return leftOut('repeated-option', "'dev' can stand once only");
  if (family === 'inet6' && given.has('broadcast')) {
    return leftOut('address-option', 'IPv6 has no broadcast addresses');
  }
  const label = given.get('label');
  if (typeof label === 'string' && label.length > LONGEST_LABEL) {
    return leftOut('label-too-long', `a label has up to ${LONGEST_LABEL} characters`);
  }
  return true;
}

/** Leaves out options that the address cannot have. */
function dropUnfit(
  args: Arguments,
  first: Word,
  given: Map<string, unknown>,
  { family }: Prefix,
  prefixLength: number,
): void {
  if (family === 'inet6') {
    drop(args, first, given, 'label', 'IPv6 addresses have no label');
    drop(args, first, given, 'scope', 'the scope of an IPv6 address follows from the address');
  }
  const wanted = given.get('broadcast');
  if (wanted === undefined) return;
  if (given.has('peer'))
    drop(args, first, given, 'broadcast', 'an address with a peer has no broadcast address');
  else if ((wanted === '+' || wanted === '-') && prefixLength > 30) {
    drop(args, first, given, 'broadcast', 'a network with a prefix length above 30 has no broadcast address');
  }
}

function drop(args: Arguments, first: Word, given: Map<string, unknown>, option: string, why: string): void {
  if (!given.delete(option)) return;
  args.report('warning', 'address-option', first, `${why}: '${option}' is ignored`);
}

/** An invalid prefix length means a host address. */
function readPrefix(args: Arguments, given: Word): Prefix | null {
  const prefix = parsePrefix(given.text);
  if (!('bad' in prefix)) return prefix;
  if (prefix.ip === null) return reportAddress(args, given);
  const slash = given.text.indexOf('/');
  // keepalived takes an empty prefix length for a host address, too.
  const bits = addressBits(prefix.ip.family);
  const message = `the prefix length must be 0 to ${bits}: ${bits} is in force`;
  args.report('warning', 'invalid-prefix', partOf(given, slash + 1, given.text.length - slash - 1), message);
  return { ...prefix.ip, prefixLength: null };
}

export function reportAddress(args: Arguments, given: Word): null {
  const message = `${quoted(given)} is not an IP address: the line is ignored`;
  return args.report('warning', 'invalid-address', given, message);
}
