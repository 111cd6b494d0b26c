/** Kinds of values that only routes and rules have. */
import { addressBits, type IpFamily, parseIp } from '../../../protocol/ip.ts';
import type { Arguments } from '../../arguments.ts';
import { quoted, type Word } from '../../problems.ts';
import { parsePrefix, partOf } from '../ip-kinds.ts';
import { integer } from '../kinds.ts';
import type { Kind } from '../spec.ts';
import { parseNumber } from './names.ts';

const PLAIN = { range: '', unit: '', choices: [], secret: false } as const;
export const UINT32 = 4_294_967_295;

/** `[inet|inet6] IP`; the word before must be the family of the address. */
export function gateway(): Kind<string> {
  return {
    ...PLAIN,
    arguments: '[inet|inet6] IP',
    read: (args) => {
      const first = args.next();
      const stated = first?.text === 'inet' || first?.text === 'inet6' ? first.text : null;
      const word = stated === null ? first : args.next();
      if (word === null) return args.missing('IP');
      const address = parseIp(word.text);
      if (address === null) return reportAddress(args, word);
      if (stated === null || stated === address.family) return address.text;
      return args.ignored('family-mismatch', word, `${quoted(word)} is no address of the family ${stated}`);
    },
    format: (value) => value,
  };
}

function reportAddress(args: Arguments, word: Word): null {
  return args.ignored(
    'invalid-address',
    word,
    `${quoted(args.keyword)} needs an address: ${quoted(word)} is not one`,
  );
}

const ANYTHING = new Set(['default', 'any', 'all']);

/** A prefix as text, or one of these words for all addresses. A prefix length that does not fit becomes the longest. */
export function readPrefix(args: Arguments, word: Word, words: readonly string[]): string | null {
  if (words.includes(word.text)) return word.text === 'default6' ? 'default6' : 'default';
  const prefix = parsePrefix(word.text);
  if (!('bad' in prefix)) return `${prefix.text}/${prefix.prefixLength ?? addressBits(prefix.family)}`;
  if (prefix.ip === null) return reportAddress(args, word);
  const longest = addressBits(prefix.ip.family);
  const slash = word.text.indexOf('/') + 1;
  const place = partOf(word, slash, word.text.length - slash);
  args.report(
    'warning',
    'invalid-prefix',
    place,
    `the prefix length must be 0 to ${longest}: ${longest} is in force`,
  );
  return `${prefix.ip.text}/${longest}`;
}

/** `IP[/PREFIX]`; `words`: what may stand for all addresses. */
export function prefix(words: readonly string[] = []): Kind<string> {
  return {
    ...PLAIN,
    arguments: 'IP[/PREFIX]',
    choices: words,
    read: (args) => {
      const word = args.next();
      return word === null ? args.missing('IP[/PREFIX]') : readPrefix(args, word, words);
    },
    format: (value) => value,
  };
}

/** Words for all addresses, where a route leads or a rule looks. */
export const ALL_ADDRESSES: readonly string[] = [...ANYTHING];
export const ALL_DESTINATIONS: readonly string[] = [...ANYTHING, 'default6'];

/** The family of a prefix or address; null for words that mean any. */
export function familyOf(text: string): IpFamily | null {
  if (text === 'default6') return 'inet6';
  return parseIp(text.split('/')[0] ?? '')?.family ?? null;
}

export interface Lockable<T> {
  readonly value: T;
  /** The kernel never changes it. */
  readonly lock: boolean;
}

/** `[lock] VALUE`. */
export function lockable<T>(inner: Kind<T>): Kind<Lockable<T>> {
  return {
    ...PLAIN,
    range: inner.range,
    unit: inner.unit,
    arguments: `[lock] ${inner.arguments}`,
    choices: ['lock'],
    read: (args) => {
      const lock = args.peek()?.text === 'lock';
      if (lock) args.next();
      const value = inner.read(args);
      return value === null ? null : { value, lock };
    },
    format: ({ value, lock }) => `${lock ? 'lock ' : ''}${inner.format(value)}`,
  };
}

const LEAST_RTT_US = 200_000;
const MOST_RTT_US = 120_000_000;
const UNITS: Readonly<Record<string, number>> = { s: 1_000_000, sec: 1_000_000, secs: 1_000_000, ms: 1_000 };

/**
 * `N[s|sec|secs|ms]`; without a unit in steps of the kernel's own.
 * @param stepUs what 1 without a unit means
 */
export function roundTrip(stepUs: number): Kind<number> {
  const usage = 'N[s|sec|secs|ms]';
  return {
    ...PLAIN,
    arguments: usage,
    range: `0.2 to 120 seconds; without unit in steps of ${stepUs} us`,
    unit: 's',
    read: (args) => {
      const word = args.next();
      if (word === null) return args.missing(usage);
      const match = /^\+?([0-9]{1,12}(?:\.[0-9]{0,9})?)([a-z]*)$/.exec(word.text);
      const [, number = '', unit = ''] = match ?? [];
      const scale = unit === '' ? stepUs : Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
      if (match === null || scale === undefined) {
        return args.ignored(
          'invalid-number',
          word,
          `${quoted(args.keyword)} must be a time, not ${quoted(word)}`,
        );
      }
      const givenUs = Math.round(Number(number) * scale);
      if (unit === '' && givenUs > MOST_RTT_US) {
        const message = `${quoted(args.keyword)} must be 0 to ${MOST_RTT_US / stepUs}, not ${quoted(word)}`;
        return args.ignored('number-out-of-range', word, message);
      }
      const valueUs = Math.min(Math.max(givenUs, LEAST_RTT_US), MOST_RTT_US);
      if (valueUs !== givenUs) {
        const message = `${quoted(args.keyword)} must be 0.2 to 120 seconds: ${valueUs / 1_000_000} is in force`;
        args.report('note', 'value-corrected', word, message);
      }
      return valueUs;
    },
    format: (value) => `${value / 1_000}ms`,
  };
}

/** 64 bits, as decimal text: more than a number holds. */
export function uint64(): Kind<string> {
  const range = '0 to 18446744073709551615';
  return {
    ...PLAIN,
    arguments: 'N',
    range,
    read: (args) => {
      const word = args.next();
      if (word === null) return args.missing('N');
      const digits = /^\+?0*([0-9]{1,20})$/.exec(word.text)?.[1];
      if (digits === undefined) {
        return args.ignored(
          'invalid-number',
          word,
          `${quoted(args.keyword)} must be a whole number, ${range}, not ${quoted(word)}`,
        );
      }
      if (BigInt(digits) <= 0xffff_ffff_ffff_ffffn) return digits;
      return args.ignored(
        'number-out-of-range',
        word,
        `${quoted(args.keyword)} must be ${range}, not ${quoted(word)}`,
      );
    },
    format: (value) => value,
  };
}

export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

/** `A-B`, both needed. */
export function numberRange(largest: number): Kind<NumberRange> {
  return {
    ...PLAIN,
    arguments: 'A-B',
    range: `0 to ${largest}; both ends are needed`,
    read: (args) => {
      const word = args.next();
      if (word === null) return args.missing('A-B');
      const match = /^([0-9]{1,10})-([0-9]{1,10})$/.exec(word.text);
      const [from, to] = [Number(match?.[1]), Number(match?.[2])];
      if (match !== null && from <= largest && to <= largest) return { from, to };
      const message = `${quoted(args.keyword)} must be A-B, both 0 to ${largest}, not ${quoted(word)}`;
      const single = /^[0-9]+$/.test(word.text);
      if (match === null && single) {
        return args.report(
          'warning',
          'invalid-range',
          word,
          `${message}: the line is ignored`,
          `write '${word.text}-${word.text}'`,
        );
      }
      return args.ignored(match === null ? 'invalid-range' : 'number-out-of-range', word, message);
    },
    format: ({ from, to }) => `${from}-${to}`,
  };
}

export interface Fwmark {
  readonly mark: number;
  readonly mask: number;
}

/** `N[/MASK]`. */
export function fwmark(): Kind<Fwmark> {
  return {
    ...PLAIN,
    arguments: 'N[/MASK]',
    range: `0 to ${UINT32} each; 0x... hexadecimal`,
    read: (args) => {
      const word = args.next();
      if (word === null) return args.missing('N[/MASK]');
      const slash = word.text.indexOf('/');
      const mark = parseNumber(slash < 0 ? word.text : word.text.slice(0, slash));
      const mask =
        slash < 0 || slash === word.text.length - 1 ? UINT32 : parseNumber(word.text.slice(slash + 1));
      if (mark !== null && mask !== null && mark <= UINT32 && mask <= UINT32) return { mark, mask };
      const message = `${quoted(args.keyword)} must be N or N/MASK, each 0 to ${UINT32}, not ${quoted(word)}`;
      const code = mark === null || mask === null ? 'invalid-number' : 'number-out-of-range';
      return args.ignored(code, word, message);
    },
    format: ({ mark, mask }) => (mask === UINT32 ? String(mark) : `${mark}/0x${mask.toString(16)}`),
  };
}

/** As `integer`, but 0x... and 0... are understood. */
export function anyBase(largest: number): Kind<number> {
  const inner = integer(0, largest);
  return {
    ...inner,
    read: (args) => {
      const word = args.peek();
      const number = word === null ? null : parseNumber(word.text);
      if (number === null || number > largest) return inner.read(args);
      args.next();
      return number;
    },
  };
}

/** One of several words, each with its number, or a number. */
export function wordOrNumber(words: Readonly<Record<string, number>>, largest: number): Kind<number> {
  const inner = integer(0, largest);
  const names = Object.keys(words);
  return {
    ...inner,
    arguments: `${names.join('|')}|N`,
    choices: names,
    read: (args) => {
      const word = args.peek();
      const number = word !== null && Object.hasOwn(words, word.text) ? words[word.text] : undefined;
      if (number === undefined) return inner.read(args);
      args.next();
      return number;
    },
  };
}

/**
 * The word itself, and the word after it, which keepalived reads as part of it and never looks at
 * (behaviour of `inet` and `inet6` on lines of routes and rules).
 */
export function swallowing(): Kind<boolean> {
  return {
    ...PLAIN,
    arguments: 'IGNORED',
    read: (args) => {
      const word = args.next();
      if (word !== null) {
        const message = `${quoted(word)} is ignored: ${quoted(args.keyword)} takes the word after it`;
        args.report('note', 'extra-word', word, message);
      }
      return true;
    },
    // The word that is swallowed must stand there.
    format: (value) => (value ? '-' : null),
  };
}
