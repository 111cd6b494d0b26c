/** Numbers that iproute2 has names for: tables, scopes, protocols, realms, types of service, interface groups. */
import type { Arguments } from '../../arguments.ts';
import type { NameTable } from '../../environment.ts';
import { quoted } from '../../problems.ts';
import { didYouMean } from '../../suggest.ts';
import type { Kind } from '../spec.ts';

/** What iproute2 knows without any file. */
const BUILT_IN: Readonly<Record<NameTable, Readonly<Record<string, number>>>> = {
  rt_tables: { default: 253, main: 254, local: 255 },
  rt_scopes: { global: 0, universe: 0, site: 200, link: 253, host: 254, nowhere: 255 },
  rt_protos: {
    unspec: 0,
    none: 0,
    redirect: 1,
    kernel: 2,
    boot: 3,
    static: 4,
    gated: 8,
    ra: 9,
    mrt: 10,
    zebra: 11,
    bird: 12,
    dnrouted: 13,
    xorp: 14,
    ntk: 15,
    dhcp: 16,
    keepalived: 18,
    babel: 42,
    bgp: 186,
    isis: 187,
    ospf: 188,
    rip: 189,
    eigrp: 192,
  },
  rt_realms: { cosmos: 0 },
  rt_dsfield: {},
  group: { default: 0 },
};

/** The rtnetlink protocol of what keepalived sets, which tells its routes and rules from those of others. */
export const PROTOCOL_KEEPALIVED = 18;
export const MAIN_TABLE = 254;

/** A number (0x... hexadecimal, 0... octal) or a name of the table; null if it is neither or too large. */
export function lookUpNumber(
  args: Arguments,
  table: NameTable,
  text: string,
  largest: number,
): number | null {
  const number = parseNumber(text);
  if (number !== null) return number <= largest ? number : null;
  const found = args.environment.names(table)?.get(text);
  if (found !== undefined) return found <= largest ? found : null;
  const known = BUILT_IN[table];
  return Object.hasOwn(known, text) ? (known[text] ?? null) : null;
}

/** As lookUpNumber; a name as it is where the names of the machine are not known. */
function numberOrName(
  args: Arguments,
  table: NameTable,
  text: string,
  largest: number,
): number | string | null {
  const number = lookUpNumber(args, table, text, largest);
  return number === null && args.environment.names(table) === null && /^[A-Za-z]/.test(text) ? text : number;
}

/** As strtoul(3) of base 0 takes it; null: no number. */
export function parseNumber(text: string): number | null {
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return /^(0[xX][0-9a-fA-F]{1,16}|0|[1-9][0-9]{0,19})$/.test(text) ? Number(text) : null;
}

/**
 * A name of the table, or a number from `smallest` on. The value is the number; the name itself where the names of the
 * machine are not known.
 */
export function named(table: NameTable, largest: number, smallest = 0): Kind<number | string> {
  return {
    arguments: 'NAME|N',
    range: `${smallest} to ${largest}, or a name of ${table}`,
    unit: '',
    choices: Object.keys(BUILT_IN[table]),
    secret: false,
    read: (args) => {
      const word = args.next();
      if (word === null) return args.missing('NAME|N');
      const found = numberOrName(args, table, word.text, largest);
      if (typeof found === 'string' || (found !== null && found >= smallest)) return found;
      const given = args.environment.names(table);
      const message = `${quoted(args.keyword)} needs a name of ${table} or a number, ${smallest} to ${largest}, not ${quoted(word)}`;
      const suggestion = (): string | null => {
        const names = [...(given?.keys() ?? []), ...Object.keys(BUILT_IN[table])];
        return found === null ? didYouMean(word.text, names.slice(0, 1000)) : null;
      };
      const code = parseNumber(word.text) === null ? 'unknown-name' : 'number-out-of-range';
      return args.report('warning', code, word, `${message}: the line is ignored`, suggestion);
    },
    format: (value) => String(value),
  };
}

/** Numbers; the names themselves where the names of the machine are not known. */
export interface Realms {
  readonly from: number | string;
  readonly to: number | string;
}

const LARGEST_REALM = 255;

/** `[FROM/]TO`. */
export function realms(): Kind<Realms> {
  return {
    arguments: '[FROM/]TO',
    range: `0 to ${LARGEST_REALM} each, or names of rt_realms`,
    unit: '',
    choices: [],
    secret: false,
    read: (args) => {
      const word = args.next();
      if (word === null) return args.missing('[FROM/]TO');
      const parts = word.text.split('/');
      const numbers = parts.map((part) => numberOrName(args, 'rt_realms', part, LARGEST_REALM));
      const to = numbers.at(-1) ?? null;
      const from = numbers.length === 2 ? (numbers[0] ?? null) : 0;
      if (to !== null && from !== null && numbers.length <= 2) return { from, to };
      const message = `${quoted(args.keyword)} needs realms, 0 to ${LARGEST_REALM} or names, not ${quoted(word)}`;
      return args.ignored('unknown-name', word, message);
    },
    format: ({ from, to }) => (from === 0 ? String(to) : `${from}/${to}`),
  };
}
