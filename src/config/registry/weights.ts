/** Weights: what a tracked thing adds to a priority, or to the weight of a real server. */
import type { Arguments } from '../arguments.ts';
import { quoted } from '../problems.ts';
import { absent, integer } from './kinds.ts';
import type { Kind } from './spec.ts';

/**
 * Above 0: added while the tracked thing is well; below 0: subtracted while it is not; 0: a failure is a fault of the
 * instance. `reverse` swaps well and not well.
 */
export interface Weight {
  readonly value: number;
  readonly reverse: boolean;
  /** `noreverse` is written: the tracked thing itself may have `reverse`, which is in force otherwise. */
  readonly noreverse?: true;
}

export const NO_WEIGHT: Weight = { value: 0, reverse: false };

const NOREVERSE_WORDS = ['reverse', 'noreverse'] as const;

export function isDirection(word: string | undefined): boolean {
  return NOREVERSE_WORDS.some((one) => one === word);
}

export interface WeightRules {
  /** The largest weight of either sign. */
  readonly limit: number;
  /** One more than the limit is read, and lowered to it with a complaint. */
  readonly lower?: boolean;
  readonly noreverse?: boolean;
  /** keepalived goes on without a line that has no number, and without one that has other words behind it. */
  readonly lenient?: boolean;
}

/** `N [reverse|noreverse]`. */
export function weight({
  limit,
  lower = false,
  noreverse = false,
  lenient = false,
}: WeightRules): Kind<Weight> {
  const largest = lower ? limit + 1 : limit;
  const number = integer(-largest, largest);
  const words = noreverse ? NOREVERSE_WORDS : NOREVERSE_WORDS.slice(0, 1);
  const usage = `N [${words.join('|')}]`;
  return {
    arguments: usage,
    range: `-${limit} to ${limit}`,
    unit: '',
    choices: words,
    secret: false,
    read: (args) => {
      const given = args.peek();
      if (given === null && lenient) return absent(args, usage);
      let value = number.read(args);
      const direction = readDirection(args, words);
      if (value === null || given === null) return null;
      const extra = lenient ? args.next() : null;
      if (extra !== null) {
        const message = `expected ${words.join(' or ')}, not ${quoted(extra)}`;
        return args.ignored('invalid-choice', extra, message);
      }
      if (Math.abs(value) > limit) {
        value = Math.sign(value) * limit;
        const message = `a weight must be -${limit} to ${limit}, not ${quoted(given)}: ${value} is in force`;
        args.report('warning', 'value-corrected', given, message);
      }
      if (direction === 'noreverse') return { value, reverse: false, noreverse: true };
      return { value, reverse: direction === 'reverse' };
    },
    format: ({ value, reverse, noreverse }) =>
      `${value}${reverse ? ' reverse' : noreverse === true ? ' noreverse' : ''}`,
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

/** The weight that a tracker has: its own direction, or that of the tracked thing, also with a number of its own. */
export function weightInForce(given: Weight | null, thing: Weight): Weight {
  if (given === null) return thing;
  const { value, reverse } = given;
  if (reverse || !thing.reverse) return { value, reverse };
  return given.noreverse === true ? given : { value, reverse: true };
}

function readDirection(args: Arguments, words: readonly string[]): string | null {
  const word = args.peek()?.text;
  if (word === undefined || !words.includes(word)) return null;
  args.next();
  return word;
}
