/** Kinds of values of virtual servers and checkers. */
import { formatIpv4 } from '../../../protocol/ipv4.ts';
import type { Arguments } from '../../arguments.ts';
import { quoted } from '../../problems.ts';
import { absent, formatWord, plain } from '../kinds.ts';
import type { Kind } from '../spec.ts';
import { wholeNumber } from './service.ts';

const MICROSECONDS = 1_000_000;

/** IPVS_SVC_PERSISTENT_TIMEOUT. */
export const PERSISTENCE_US = 360 * MICROSECONDS;

/** One word; without it the line is ignored, and keepalived goes on. */
export function name(words = 'NAME', alone = false): Kind<string> {
  return plain<string>({
    arguments: words,
    read: (args) => {
      const given = args.next();
      const extra = alone ? args.peek() : null;
      if (given === null) return absent(args, words);
      if (extra === null) return given.text;
      args.rest();
      return args.ignored('extra-word', extra, `${quoted(args.keyword)} takes one word`);
    },
    format: formatWord,
  });
}

/** Seconds, or nothing for the 360 of IPVS; the value is in microseconds. */
export function persistenceTimeout(): Kind<number> {
  return plain<number>({
    arguments: '[SECONDS]',
    range: '1 to 2678400',
    unit: 's',
    read: (args) => {
      const given = args.next();
      if (given === null) return PERSISTENCE_US;
      const value = wholeNumber(given.text, 1, 2_678_400);
      if (value !== null) return value * MICROSECONDS;
      const message = `${quoted(args.keyword)} must be 1 to 2678400 seconds, not ${quoted(given)}`;
      return args.ignored('number-out-of-range', given, message);
    },
    format: (value) => String(value / MICROSECONDS),
  });
}

/** A netmask for IPv4, a prefix length for IPv6; which it is to be, the virtual server says. */
export type Granularity = { readonly netmask: string } | { readonly prefixLength: number };

export function granularity(): Kind<Granularity> {
  const range = 'netmask (IPv4), 1 to 128 (IPv6)';
  return plain<Granularity>({
    arguments: 'NETMASK|PREFIXLEN',
    range,
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing(range);
      const prefixLength = given.text.startsWith('+') ? null : wholeNumber(given.text, 1, 128);
      if (prefixLength !== null) return { prefixLength };
      const netmask = internetNumber(given.text);
      if (netmask !== null) return { netmask: formatIpv4(netmask) };
      const message = `${quoted(args.keyword)} must be a netmask or a prefix length, not ${quoted(given)}`;
      return args.ignored('invalid-granularity', given, message);
    },
    format: (value) => ('netmask' in value ? value.netmask : String(value.prefixLength)),
  });
}

/** inet_aton(3): one to four numbers, decimal, octal (0...) or hexadecimal (0x...), the last one fills what is left. */
function internetNumber(text: string): number | null {
  const parts = text.split('.');
  if (
    parts.length > 4 ||
    !parts.every((part) => /^(0[xX][0-9a-fA-F]{1,8}|0[0-7]{0,11}|[1-9][0-9]{0,9})$/.test(part))
  ) {
    return null;
  }
  const numbers = parts.map((part) => (/^0[0-7]+$/.test(part) ? Number.parseInt(part, 8) : Number(part)));
  const last = numbers.pop() ?? 0;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return null;
  return numbers.reduce((value, number, index) => value + number * 256 ** (3 - index), last);
}

/** Bytes in hexadecimal; a digit that is left alone at the end of a word is a byte. `wildcards`: an X is any digit. */
export function hexString(args: Arguments, wildcards: boolean): string | null {
  const allowed = wildcards ? /^[0-9a-fA-FxX]*$/ : /^[0-9a-fA-F]*$/;
  let hex = '';
  for (const word of args.rest()) {
    for (const run of word.text.split(/[ \t]+/)) {
      if (!allowed.test(run)) {
        const digits = wildcards ? 'hexadecimal digits and X' : 'hexadecimal digits';
        return args.ignored('invalid-hex', word, `${quoted(args.keyword)} takes ${digits} only`);
      }
      const whole = run.length - (run.length % 2);
      hex += run.slice(0, whole) + (whole === run.length ? '' : `0${run.slice(whole)}`);
    }
  }
  return hex.toUpperCase();
}
