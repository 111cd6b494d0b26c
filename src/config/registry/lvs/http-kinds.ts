/** Kinds of values in `url`. keepalived ignores a bad regular expression in silence, but for a line in the log. */
import type { Arguments } from '../../arguments.ts';
import { type Place, quoted } from '../../problems.ts';
import { appended, formatWord, plain } from '../kinds.ts';
import type { Kind } from '../spec.ts';
import { wholeNumber } from './service.ts';

export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** Codes and ranges of codes; lines add up. A bad one is left out. */
export function statusCodes(): Kind<readonly StatusRange[]> {
  return plain<readonly StatusRange[]>({
    arguments: 'N|A-B ...',
    range: '100 to 599',
    read: (args) => {
      const ranges: StatusRange[] = [];
      if (args.peek() === null) return unheard(args, args.keyword, 'no status code is given');
      for (const given of args.rest()) {
        const range = statusRange(given.text);
        if (range !== null) ranges.push(range);
        else args.ignored('invalid-status', given, `${quoted(given)} is no status code or range of them`);
      }
      return ranges.length === 0 ? null : ranges;
    },
    format: (value) => value.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(' '),
    merge: appended,
  });
}

function statusRange(text: string): StatusRange | null {
  const parts = text.split('-');
  if (parts.length > 2) return null;
  const from = wholeNumber(parts[0] ?? '', 100, 599);
  const to = wholeNumber(parts[1] ?? parts[0] ?? '', 100, 599);
  return from === null || to === null || to < from ? null : { from, to };
}

/** MD5 in hexadecimal. */
export function digest(): Kind<string> {
  return plain<string>({
    arguments: 'HEX',
    range: '32 hexadecimal digits',
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing('32 hexadecimal digits');
      if (/^[0-9a-fA-F]{32}$/.test(given.text)) return given.text.toLowerCase();
      return args.ignored('invalid-digest', given, 'an MD5 digest has 32 hexadecimal digits');
    },
    merge: (before) => before,
  });
}

/** What keepalived only logs when it starts, and leaves out. */
function unheard(args: Arguments, place: Place, message: string): null {
  return args.report('note', 'invalid-regex', place, `${message}: the line is ignored`);
}

export function regex(): Kind<string> {
  return plain<string>({
    arguments: 'PATTERN',
    range: 'one word, or quoted',
    read: (args) => {
      const given = args.next();
      if (given === null) return args.ignored('invalid-regex', args.keyword, "'regex' needs a pattern");
      const extra = args.peek();
      if (extra === null) return given.text;
      args.rest();
      return args.ignored('invalid-regex', extra, 'a pattern is one word: quote it');
    },
    format: formatWord,
  });
}

const OPTIONS = [
  'allow_empty_class',
  'alt_bsux',
  'auto_callout',
  'caseless',
  'dollar_endonly',
  'dotall',
  'dupnames',
  'extended',
  'firstline',
  'match_unset_backref',
  'multiline',
  'never_ucp',
  'never_utf',
  'no_auto_capture',
  'no_auto_possess',
  'no_dotstar_anchor',
  'no_start_optimize',
  'ucp',
  'ungreedy',
  'utf',
  'never_backslash_c',
  'alt_circumflex',
  'alt_verbnames',
  'use_offset_limit',
] as const;

export type RegexOption = (typeof OPTIONS)[number];

export function regexOptions(): Kind<readonly RegexOption[]> {
  return plain<readonly RegexOption[]>({
    arguments: 'WORD ...',
    range: OPTIONS.join('|'),
    choices: OPTIONS,
    read: (args) => {
      const options: RegexOption[] = [];
      for (const given of args.rest()) {
        const option = OPTIONS.find((one) => one === given.text);
        if (option !== undefined) options.push(option);
        else
          args.report(
            'note',
            'unknown-option',
            given,
            `${quoted(given)} is no option of PCRE2 here: it is ignored`,
          );
      }
      return options;
    },
    format: (value) => value.join(' '),
    merge: (before, after) => [...new Set([...before, ...after])],
  });
}

export function offset(): Kind<number> {
  return plain<number>({
    arguments: 'N',
    range: '0 or more',
    unit: 'B',
    read: (args) => {
      const [given, ...extra] = args.rest();
      const value = wholeNumber(given?.text ?? '', 0, Number.MAX_SAFE_INTEGER);
      if (given === undefined || value === null || extra.length > 0) {
        return unheard(args, given ?? args.keyword, `${quoted(args.keyword)} needs one whole number`);
      }
      return value;
    },
  });
}

export interface RegexStack {
  readonly start: number;
  readonly max: number;
}

export function regexStack(): Kind<RegexStack> {
  return plain<RegexStack>({
    arguments: 'START MAX',
    range: 'START not above MAX',
    unit: 'B',
    read: (args) => {
      const [first, second] = args.rest();
      const start = wholeNumber(first?.text ?? '', 1, Number.MAX_SAFE_INTEGER);
      const max = wholeNumber(second?.text ?? '', 1, Number.MAX_SAFE_INTEGER);
      if (start !== null && max !== null && start <= max) return { start, max };
      return unheard(
        args,
        first ?? args.keyword,
        "'regex_stack' needs two whole numbers, the first not above the second",
      );
    },
    format: ({ start, max }) => `${start} ${max}`,
  });
}
