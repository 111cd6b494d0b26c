/** The common kinds of values. What keepalived ignores with a complaint is ignored with a warning here. */
import { parseIpv4 } from '../../protocol/ipv4.ts';
import type { Arguments } from '../arguments.ts';
import { quoted } from '../problems.ts';
import { Secret } from '../secret.ts';
import type { Kind } from './spec.ts';

const TRUE_WORDS = ['on', 'true', 'yes'];
const FALSE_WORDS = ['off', 'false', 'no'];

/** What most kinds are. */
export function plain<T>(kind: Pick<Kind<T>, 'read'> & Partial<Kind<T>>): Kind<T> {
  return {
    arguments: '',
    range: '',
    unit: '',
    choices: [],
    secret: false,
    format: (value) => String(value),
    ...kind,
  };
}

/** A missing word that keepalived complains about without ending. */
export function absent(args: Arguments, expected: string): null {
  const message = `${quoted(args.keyword)} needs a value: ${expected}`;
  return args.ignored('missing-parameter', args.keyword, message);
}

/** No argument; true. */
export function flag(): Kind<boolean> {
  return plain({ read: () => true, format: (value) => (value ? '' : null) });
}

/** on/off, true/false, yes/no; nothing means true. */
export function boolean(): Kind<boolean> {
  return plain({
    arguments: '[on|off|true|false|yes|no]',
    choices: [...TRUE_WORDS, ...FALSE_WORDS],
    read: (args) => {
      const word = args.next();
      if (word === null || TRUE_WORDS.includes(word.text)) return true;
      if (FALSE_WORDS.includes(word.text)) return false;
      const message = `${quoted(args.keyword)} must be on, true, yes, off, false or no`;
      return args.ignored('invalid-boolean', word, message);
    },
    format: (value) => (value ? 'on' : 'off'),
  });
}

/** Whole number, base 10. keepalived takes an empty word ("") for 0, here as in all its numbers. */
export function integer(min: number, max: number, words: Partial<Kind<number>> = {}): Kind<number> {
  const range = `${min} to ${max}`;
  return plain({
    arguments: 'N',
    range,
    ...words,
    read: (args) => {
      const word = args.next();
      if (word === null) return args.missing(`N, ${range}`);
      if (!/^([+-]?[0-9]+)?$/.test(word.text)) {
        const message = `${quoted(args.keyword)} must be a whole number, ${range}, not ${quoted(word)}`;
        return args.ignored('invalid-number', word, message);
      }
      const value = Number(word.text);
      if (value >= min && value <= max) return value === 0 ? 0 : value;
      const message = `${quoted(args.keyword)} must be ${range}, not ${quoted(word)}`;
      return args.ignored('number-out-of-range', word, message);
    },
  });
}

const MICROSECONDS = 1_000_000;

/** Whole seconds; the value is in microseconds. */
export function seconds(min: number, max: number): Kind<number> {
  const inner = integer(min, max);
  return plain({
    ...inner,
    arguments: 'SECONDS',
    unit: 's',
    read: (args) => {
      const value = inner.read(args);
      return value === null ? null : value * MICROSECONDS;
    },
    format: (value) => String(value / MICROSECONDS),
  });
}

/** Seconds with up to six decimals; limits and value are in microseconds. */
export function duration(minUs: number, maxUs: number, words: Partial<Kind<number>> = {}): Kind<number> {
  const range = `${minUs / MICROSECONDS} to ${maxUs / MICROSECONDS}`;
  return plain({
    arguments: 'SECONDS',
    unit: 's',
    range,
    ...words,
    read: (args) => readDuration(args, minUs, maxUs, range),
    format: (value) => String(value / MICROSECONDS),
  });
}

function readDuration(args: Arguments, minUs: number, maxUs: number, range: string): number | null {
  const word = args.next();
  if (word === null) return args.missing(`SECONDS, ${range}`);
  // Whole seconds are by far the most frequent.
  if (/^[0-9]{1,6}$/.test(word.text)) {
    const wholeUs = Number(word.text) * MICROSECONDS;
    if (wholeUs >= minUs && wholeUs <= maxUs) return wholeUs;
  }
  const keyword = quoted(args.keyword);
  const match = /^\+?([0-9]*)(?:\.([0-9]*))?$/.exec(word.text);
  const [whole = '', fraction = ''] = [match?.[1], match?.[2]];
  if (match === null || (whole + fraction === '' && word.text !== '')) {
    return args.ignored('invalid-number', word, `${keyword} must be seconds, ${range}, not ${quoted(word)}`);
  }
  const decimals = Math.round(Number(`0.${fraction === '' ? '0' : fraction}`) * MICROSECONDS);
  const valueUs = Number(whole) * MICROSECONDS + decimals;
  if (!(valueUs >= minUs && valueUs <= maxUs)) {
    return args.ignored(
      'number-out-of-range',
      word,
      `${keyword} must be ${range} seconds, not ${quoted(word)}`,
    );
  }
  if (/[1-9]/.test(fraction.slice(6))) {
    const message = `${keyword} has more than six decimals and is rounded`;
    args.report('warning', 'number-rounded', word, message);
  }
  return valueUs;
}

/** One word, whatever it is. */
export function word(name = 'NAME', words: Partial<Kind<string>> = {}): Kind<string> {
  return plain({
    arguments: name,
    ...words,
    read: (args) => args.next()?.text ?? args.missing(name),
    format: formatWord,
  });
}

/** One of these words. */
export function choice<const C extends string>(...choices: readonly C[]): Kind<C> {
  return oneOf(choices, (text) => text);
}

/** As `choice`, in any case; all choices are in capitals. */
export function anyCase<const C extends string>(...choices: readonly C[]): Kind<C> {
  return oneOf(choices, (text) => text.toUpperCase());
}

function oneOf<C extends string>(choices: readonly C[], normal: (text: string) => string): Kind<C> {
  const range = choices.join('|');
  return plain<C>({
    arguments: range,
    choices,
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing(range);
      const found = choices.find((one) => one === normal(given.text));
      const message = `${quoted(args.keyword)} must be one of ${choices.join(', ')}, not ${quoted(given)}`;
      return found ?? args.ignored('invalid-choice', given, message);
    },
  });
}

/** One word that is never shown nor kept. */
export function secret(): Kind<Secret> {
  return plain({
    arguments: 'STRING',
    secret: true,
    read: (args) => {
      const given = args.next();
      return given === null ? args.missing('STRING') : new Secret(given.text);
    },
  });
}

/** IPv4 address. */
export function ipv4(): Kind<string> {
  return plain({
    arguments: 'IP',
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing('IP');
      if (parseIpv4(given.text) !== null) return given.text;
      const message = `${quoted(args.keyword)} needs an IPv4 address: ${quoted(given)} is not one`;
      return args.ignored('invalid-address', given, message);
    },
  });
}

/** Any words, as they are; `minimum` of them are needed. */
export function anything(name: string, minimum = 0): Kind<readonly string[]> {
  return plain<readonly string[]>({
    arguments: name,
    read: (args) => {
      const words = args.rest();
      return words.length < minimum ? args.missing(name) : words.map(({ text }) => text);
    },
    format: (value) => value.map(formatWord).join(' '),
  });
}

/** Every line of the keyword adds one. */
export function each<T>(kind: Kind<T>): Kind<readonly T[]> {
  return {
    ...kind,
    read: (args) => {
      const value = kind.read(args);
      return value === null ? null : [value];
    },
    // One line per element: the dump takes a kind that merges element by element.
    format: (value) => value.map((one) => kind.format(one)).join('\n'),
    merge: appended,
  };
}

/** Lists that nothing but further lines of their keyword knows yet. */
const growing = new WeakSet<readonly unknown[]>();

/** What each line says, one after the other. Many lines are not copied again and again. */
export function appended<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  // The value of the first line stays what that line said.
  const list: T[] = growing.has(before) ? (before as T[]) : [...before];
  for (const one of after) list.push(one);
  growing.add(list);
  return list;
}

/** The first line counts, later ones are ignored (with a warning). */
export function firstOnly<T>(kind: Kind<T>): Kind<T> {
  return { ...kind, merge: (before) => before };
}

/** A word as the reader takes it: quoted if it is empty or has blanks, braces or comment signs. */
export function formatWord(text: string): string {
  return text === '' || /[\s{}#!"]/.test(text) ? `"${text}"` : text;
}
