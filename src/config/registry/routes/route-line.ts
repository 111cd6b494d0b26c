/** Lines of virtual_routes and static_routes: `[TYPE] DESTINATION [options]`, as ip-route(8). */
import type { IpFamily } from '../../../protocol/ip.ts';
import type { Arguments } from '../../arguments.ts';
import { quoted, type Word } from '../../problems.ts';
import type { KeywordTable, LineSpec } from '../spec.ts';
import { ALL_DESTINATIONS, familyOf, readPrefix } from './kinds.ts';
import { PROTOCOL_KEEPALIVED } from './names.ts';
import type { Nexthop } from './nexthop.ts';
import {
  findOption,
  formatOptions,
  type Given,
  type GivenOption,
  type OptionValues,
  readOption,
  reportUnknownWord,
  valuesOf,
} from './options.ts';
import type { ROUTE_OPTIONS, STATIC_ROUTE_OPTIONS } from './route-options.ts';

/** Kinds of routes by rtnetlink's numbers. */
export const ROUTE_TYPES: readonly string[] = [
  'unspec',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
  'xresolve',
];

/** Words that say nothing which the route does not say elsewhere: its family, or nothing at all. */
type Said = 'inet' | 'inet6' | 'as';

/** A line of a list of routes, every default applied. Times in microseconds; track_group only if the route is static. */
export type RouteEntry = Omit<OptionValues<typeof STATIC_ROUTE_OPTIONS>, Said> & {
  /** Told by addresses or words; written, it is in the addresses, where need be in `default6`. */
  readonly family: IpFamily;
  /** A name, or rtnetlink's number where there is none. */
  readonly type: string;
  /** `192.0.2.0/24`, `default` or (IPv6) `default6`. */
  readonly to: string;
};

/** What a line said, its values not yet looked at together. */
interface Line {
  readonly given: Map<string, GivenOption>;
  type: string;
}

export function routeLine(options: typeof ROUTE_OPTIONS): LineSpec<RouteEntry> {
  return {
    what: 'a destination, as in 192.0.2.0/24 or default, before it the type of the route if that is not unicast',
    arguments: '[TYPE|to] IP[/PREFIX]|default|default6 [options]',
    options,
    read: (words, args) => {
      const line: Line = { given: new Map(), type: 'unicast' };
      for (let word = args.next(); word !== null; word = args.next()) {
        if (!readWord(args, options, word, line)) return null;
      }
      return routeOf(args, options, line, words[0]);
    },
    format: (entry) => {
      const rest = formatOptions(options, entry, ['to', 'nexthop']);
      const legs = formatOptions({ nexthop: options.nexthop }, { nexthop: entry.nexthop });
      return [...(entry.type === 'unicast' ? [] : [entry.type]), entry.to, ...rest, ...legs].join(' ');
    },
  };
}

/** An option, or what is left: a type with a destination behind it, or a destination. */
function readWord(args: Arguments, options: KeywordTable, word: Word, line: Line): boolean {
  const option = findOption(args, options, word);
  if (option !== null) return readOption(args, option, word, line.given);
  const type = typeOf(word.text);
  if (type !== null) line.type = type;
  const destination = type === null ? word : args.next();
  if (destination === null) {
    args.of(word, false).missing('IP[/PREFIX]');
    return false;
  }
  if (familyOf(destination.text) === null && !ALL_DESTINATIONS.includes(destination.text)) {
    reportUnknownWord(args, destination, 'route', options);
    return false;
  }
  const value = readPrefix(args, destination, ALL_DESTINATIONS);
  if (value !== null) line.given.set('to', { value, word: destination });
  return value !== null;
}

function typeOf(text: string): string | null {
  if (text === 'brd') return 'broadcast';
  const number = /^[0-9]{1,3}$/.test(text) ? Number(text) : ROUTE_TYPES.indexOf(text);
  if (number > 255 || number < 0 || text === 'unspec') return null;
  return ROUTE_TYPES[number] ?? String(number);
}

function routeOf(
  args: Arguments,
  options: typeof ROUTE_OPTIONS,
  { given, type }: Line,
  first: Word,
): RouteEntry | null {
  const to = given.get('to')?.value;
  if (typeof to !== 'string')
    return args.ignored('missing-destination', first, 'a route needs a destination');
  const family = routeFamily(args, given);
  if (family === null) return null;
  useTableOfVrf(args, given);
  const noTrack = given.get('no_track')?.value === true;
  if (!noTrack) checkTracked(args, given);
  const { inet: _inet, inet6: _inet6, as: _as, ...values } = valuesOf(options, given);
  const all = to === 'default' || to === 'default6';
  return {
    track_group: null,
    ...values,
    family,
    type,
    to: all ? (family === 'inet6' ? 'default6' : 'default') : to,
    no_track: noTrack,
    protocol: noTrack ? values.protocol : PROTOCOL_KEEPALIVED,
  };
}

/** `vrf` and `table` are two words for one thing: the later one counts. */
function useTableOfVrf(args: Arguments, given: Map<string, GivenOption>): void {
  const vrf = given.get('vrf');
  if (vrf === undefined) return;
  const last = [...given.keys()].findLast((name) => name === 'table' || name === 'vrf');
  const found = args.environment.vrf(String(vrf.value))?.table ?? null;
  if (last === 'table') given.delete('vrf');
  else if (found !== null) given.set('table', { value: found, word: vrf.word });
}

/** A tracked route must be recognised as keepalived's own. */
function checkTracked(args: Arguments, given: Given): void {
  const protocol = given.get('protocol');
  if (protocol === undefined || protocol.value === PROTOCOL_KEEPALIVED) return;
  const message = `a route that is tracked has the protocol keepalived (${PROTOCOL_KEEPALIVED}): that is in force`;
  args.report('warning', 'value-corrected', protocol.word, message, "write 'no_track' for another protocol");
}

const ADDRESSES = ['to', 'via', 'or', 'src', 'from'];
const IPV6_ONLY = ['from', 'expires', 'pref'];

/** What addresses and options tell; null if they disagree (reported). IPv4 if nothing tells. */
function routeFamily(args: Arguments, given: Given): IpFamily | null {
  let family: IpFamily | null = null;
  for (const { told, word } of toldFamilies(given)) {
    family ??= told;
    if (told !== family) {
      const names = { inet: 'IPv4', inet6: 'IPv6' };
      const message = `${quoted(word)} is of ${names[told]}, the route of ${names[family]} so far`;
      return args.ignored('family-mismatch', word, message);
    }
  }
  return family ?? 'inet';
}

function* toldFamilies(given: Given): Generator<{ told: IpFamily; word: Word }> {
  for (const name of ['inet', 'inet6'] as const) {
    const option = given.get(name);
    if (option !== undefined) yield { told: name, word: option.word };
  }
  for (const name of ADDRESSES) {
    const option = given.get(name);
    const told = option === undefined ? null : familyOf(option.value as string);
    if (option !== undefined && told !== null) yield { told, word: option.word };
  }
  for (const name of IPV6_ONLY) {
    const option = given.get(name);
    if (option !== undefined) yield { told: 'inet6', word: option.word };
  }
  const realms = given.get('realms');
  if (realms !== undefined) yield { told: 'inet', word: realms.word };
  const legs = given.get('nexthop');
  for (const { via } of (legs?.value ?? []) as readonly Nexthop[]) {
    const told = via === null ? null : familyOf(via);
    if (told !== null && legs !== undefined) yield { told, word: legs.word };
  }
}
