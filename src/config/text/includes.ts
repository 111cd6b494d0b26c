/** Include lines: what they name, and what keepalived's include_check demands of it. */
import type { FileError, FileSource, FileText } from '../file-source.ts';

/** What must be there for the configuration to be usable. */
export interface IncludeChecks {
  /** Every match is a file that can be read, and not executable. */
  readonly readable: boolean;
  /** A pattern without wildcards and braces matches. */
  readonly match: boolean;
  /** A pattern with wildcards matches. */
  readonly wildcard: boolean;
  /** Each alternative in braces matches, wildcards aside. */
  readonly brace: boolean;
}

export const NO_CHECKS: IncludeChecks = { readable: false, match: false, wildcard: false, brace: false };
export const ALL_CHECKS: IncludeChecks = { readable: true, match: true, wildcard: true, brace: true };

/** What the variants demand in addition. */
const VARIANTS: Readonly<Record<string, IncludeChecks>> = {
  '': NO_CHECKS,
  r: { ...NO_CHECKS, readable: true },
  m: { ...NO_CHECKS, readable: true, match: true },
  w: { ...NO_CHECKS, readable: true, match: true, wildcard: true },
  b: { ...NO_CHECKS, readable: true, brace: true },
  a: ALL_CHECKS,
};

const CHECK_WORDS: Readonly<Record<string, keyof IncludeChecks>> = {
  read: 'readable',
  match: 'match',
  wildcard_match: 'wildcard',
  brace_match: 'brace',
};

/**
 * include_check: nothing means all; one word replaces what held before, `+` and `-` add to it and take from it. A
 * further word without a sign does not count.
 */
export function changeChecks(before: IncludeChecks, words: readonly string[]): IncludeChecks {
  if (words.length === 0) return ALL_CHECKS;
  let checks = before;
  words.forEach((word, index) => {
    const sign = /^[+-]/.exec(word)?.[0] ?? '';
    const name = word.slice(sign.length);
    const check = Object.hasOwn(CHECK_WORDS, name) ? CHECK_WORDS[name] : undefined;
    if (sign === '' && index === 0) checks = NO_CHECKS;
    if (check === undefined || (sign === '' && index > 0)) return;
    checks = { ...checks, [check]: sign !== '-', ...(sign === '' ? { readable: true } : {}) };
  });
  return checks;
}

export interface IncludeLine {
  readonly pattern: string;
  /** Offset of the pattern in the text. */
  readonly offset: number;
  readonly checks: IncludeChecks;
}

/** The include that a line (without its comment) is; null if it is none. An `include` without a file is none. */
export function includeIn(text: string, checks: IncludeChecks): IncludeLine | null {
  const match = /^include([rmwba]?)[ \t]+(?=[^ \t])/.exec(text);
  const more = VARIANTS[match?.[1] ?? ''];
  if (match === null || more === undefined) return null;
  const offset = match[0].length;
  const both = {
    readable: checks.readable || more.readable,
    match: checks.match || more.match,
    wildcard: checks.wildcard || more.wildcard,
    brace: checks.brace || more.brace,
  };
  return { pattern: text.slice(offset).trimEnd(), offset, checks: both };
}

export interface Match {
  readonly path: string;
  /** What reading it gave; null: not read yet. */
  readonly result: FileText | FileError | null;
}

export interface IncludeMatches {
  readonly found: readonly Match[];
  /** What to say about what was not found; null: nothing. */
  readonly complaint: { readonly failed: boolean; readonly message: string } | null;
}

/** Files that a pattern stands for, in the order to read them. */
export function findMatches(
  include: IncludeLine,
  alternatives: readonly string[],
  relativeTo: string,
  isOpen: (path: string) => boolean,
  source: FileSource,
): IncludeMatches {
  const found: Match[] = [];
  const missing: string[] = [];
  for (const alternative of alternatives) {
    const wildcard = /[*?[]/.test(alternative);
    for (const path of source.glob(alternative, relativeTo)) {
      const result = wildcard || isOpen(path) ? null : source.read(path);
      if (result !== null && 'error' in result && result.missing === true) missing.push(alternative);
      else found.push({ path, result });
    }
  }
  return { found, complaint: complaintOf(include, alternatives.length > 1, found.length, missing) };
}

function complaintOf(
  { pattern, checks }: IncludeLine,
  hasBraces: boolean,
  found: number,
  missing: readonly string[],
): IncludeMatches['complaint'] {
  const [first] = missing;
  if (first !== undefined) {
    const message = `there is no file '${first}'`;
    return { failed: hasBraces ? checks.brace : checks.match, message };
  }
  if (found > 0 || !checks.wildcard) return null;
  return { failed: true, message: `no file matches '${pattern}'` };
}
