/** Kinds whose unusable values keepalived mends or passes over where others would end it. */
import { quoted, type Word } from '../problems.ts';
import { integer } from './kinds.ts';
import type { Kind } from './spec.ts';

/** A missing argument is a complaint and the line is ignored; for most keywords it ends keepalived at once. */
export function lenient<T>(kind: Kind<T>): Kind<T> {
  return {
    ...kind,
    read: (args) => {
      if (args.peek() !== null) return kind.read(args);
      const message = `${quoted(args.keyword)} needs a value: ${kind.arguments}`;
      return args.ignored('missing-parameter', args.keyword, message);
    },
  };
}

/** Words behind the value are a complaint, and the line is ignored; most keywords read over them. */
export function alone<T>(kind: Kind<T>): Kind<T> {
  return {
    ...kind,
    read: (args) => {
      const value = kind.read(args);
      const [extra] = args.rest();
      if (value === null || extra === undefined) return value;
      return args.ignored('extra-word', extra, `${quoted(args.keyword)} takes no more words than one`);
    },
  };
}

/** Words behind the value are a complaint, and the value counts. */
export function oneWord<T>(kind: Kind<T>): Kind<T> {
  return {
    ...kind,
    read: (args) => {
      const value = kind.read(args);
      const [extra] = args.rest();
      if (value !== null && extra !== undefined) {
        const message = `${quoted(extra)} is ignored: ${quoted(args.keyword)} takes one word, which may be quoted`;
        args.report('warning', 'extra-word', extra, message);
      }
      return value;
    },
  };
}

/** Whole number; what lies outside the limits becomes the nearer one, with a warning. */
export function clamped(min: number, max: number): Kind<number> {
  const all = integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return {
    ...all,
    range: `${min} to ${max}`,
    read: (args) => {
      const place = args.peek();
      const value = all.read(args);
      if (value === null || (value >= min && value <= max)) return value;
      const nearest = value < min ? min : max;
      const message = `${quoted(args.keyword)} must be ${min} to ${max}: ${nearest} is in force`;
      args.report('warning', 'value-corrected', place ?? args.keyword, message);
      return nearest;
    },
  };
}

/** A number of which 0 becomes `least` (in the unit of the value), with a warning. */
export function aboveZero(kind: Kind<number>, least: number): Kind<number> {
  return {
    ...kind,
    range: `${kind.range} (0 counts as ${kind.format(least)})`,
    read: (args) => {
      const place = args.peek();
      const value = kind.read(args);
      if (value !== 0) return value;
      const message = `${quoted(args.keyword)} must be at least ${kind.format(least)}: ${kind.format(least)} is in force`;
      args.report('warning', 'value-corrected', place ?? args.keyword, message);
      return least;
    },
  };
}

/** A name of which only the first characters count. */
export function truncated(kind: Kind<string>, longest: number): Kind<string> {
  return {
    ...kind,
    range: `up to ${longest} characters`,
    read: (args) => {
      const place = args.peek();
      const name = kind.read(args);
      if (name === null || name.length <= longest) return name;
      const short = name.slice(0, longest);
      const message = `${quoted(args.keyword)} is longer than ${longest} characters: '${short}' is in force`;
      args.report('warning', 'value-corrected', place ?? args.keyword, message);
      return short;
    },
  };
}

/** An address that may only be used in a certain way: `wrong` says what is wrong with it, null if nothing is. */
export function checked<T>(
  kind: Kind<T>,
  code: string,
  wrong: (value: T, word: Word) => string | null,
): Kind<T> {
  return {
    ...kind,
    read: (args) => {
      const word = args.peek();
      const value = kind.read(args);
      if (value === null || word === null) return value;
      const message = wrong(value, word);
      return message === null ? value : args.ignored(code, word, message);
    },
  };
}

/** One word that may be left out, which stands for `bare`. */
export function optional(kind: Kind<string>, bare: string): Kind<string> {
  return {
    ...kind,
    arguments: `[${kind.arguments}]`,
    read: (args) => (args.peek() === null ? bare : kind.read(args)),
    format: (value) => (value === bare ? '' : kind.format(value)),
  };
}
