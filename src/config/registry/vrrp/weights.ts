/** Weights of trackers: what a tracked thing adds to the priority. */
import type { Arguments } from '../../arguments.ts';
import { quoted } from '../../problems.ts';
import { integer } from '../kinds.ts';
import type { Kind } from '../spec.ts';

/**
 * Above 0: added while the tracked thing is well; below 0: subtracted while it is not; 0: a failure is a fault of the
 * instance. `reverse` swaps well and not well.
 */
export interface Weight {
  readonly value: number;
  readonly reverse: boolean;
}

export const NO_WEIGHT: Weight = { value: 0, reverse: false };

const NOREVERSE_WORDS = ['reverse', 'noreverse'] as const;

export function isDirection(word: string | undefined): boolean {
  return NOREVERSE_WORDS.some((one) => one === word);
}

interface WeightRules {
  /** The largest weight of either sign. */
  readonly limit: 253 | 254;
  /** 254 is read, and lowered to 253 with a complaint. */
  readonly lower?: boolean;
  readonly noreverse?: boolean;
}

/** `N [reverse|noreverse]`. */
export function weight({ limit, lower = false, noreverse = false }: WeightRules): Kind<Weight> {
  const number = integer(-(lower ? 254 : limit), lower ? 254 : limit);
  const words = noreverse ? NOREVERSE_WORDS : NOREVERSE_WORDS.slice(0, 1);
  return {
    arguments: `N [${words.join('|')}]`,
    range: `-${limit} to ${limit}`,
    unit: '',
    choices: words,
    secret: false,
    read: (args) => {
      const given = args.peek();
      let value = number.read(args);
      const reverse = readReverse(args, words);
      if (value === null || given === null) return null;
      if (Math.abs(value) > limit) {
        value = Math.sign(value) * limit;
        const message = `a weight must be -${limit} to ${limit}, not ${quoted(given)}: ${value} is in force`;
        args.report('warning', 'value-corrected', given, message);
      }
      return { value, reverse };
    },
    format: ({ value, reverse }) => `${value}${reverse ? ' reverse' : ''}`,
  };
}

/** The weight of a tracked thing itself. A word that is not `reverse` is a complaint; behind `reverse` nothing is read. */
export function ownWeight(limit: 253 | 254): Kind<Weight> {
  const inner = weight({ limit });
  return {
    ...inner,
    read: (args) => {
      const value = inner.read(args);
      const extra = args.peek();
      if (value !== null && extra !== null && !value.reverse) {
        args.next();
        args.report('warning', 'unknown-option', extra, `unknown option ${quoted(extra)}: it is ignored`);
      }
      return value;
    },
  };
}

function readReverse(args: Arguments, words: readonly string[]): boolean {
  const word = args.peek()?.text;
  if (word === undefined || !words.includes(word)) return false;
  args.next();
  return word === 'reverse';
}
