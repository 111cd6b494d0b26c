/** What the registry knows of a keyword. The reader, the checks, the defaults and the documentation all come from it. */
import type { DiagnosticSeverity } from '../diagnostics.ts';

/** How the words after a keyword are read. */
export type ValueKind =
  /** No argument; true. */
  | { readonly type: 'flag' }
  /** on/off, true/false, yes/no; nothing means true. */
  | { readonly type: 'boolean' }
  /** Whole number, base 10. */
  | { readonly type: 'integer'; readonly min: number; readonly max: number }
  /** Seconds with up to six decimals; the value is in microseconds. */
  | { readonly type: 'duration'; readonly minUs: number; readonly maxUs: number }
  | { readonly type: 'word' }
  /** IPv4 address. */
  | { readonly type: 'address' }
  /** One word that is never shown nor kept. */
  | { readonly type: 'secret' }
  /** Anything, not looked at. */
  | { readonly type: 'any' }
  /** `keyword [NAME] { ... }`; `opens` names the block, null: its content is skipped. */
  | { readonly type: 'block'; readonly opens: string | null; readonly named: boolean };

/** A value after reading: durations in microseconds. */
export type Value = number | boolean | string;

/**
 * - `acts`: does what keepalived does.
 * - `accepted`: understood, no effect; `why` says why that is harmless. Meeting it is a note.
 * - `refused`: not supported yet; `why` says what is missing. Meeting it is a warning, or an error if ignoring it could
 *   change who holds an address.
 */
export type KeywordStatus = 'acts' | 'accepted' | 'refused';

export interface KeywordSpec {
  readonly keyword: string;
  /** Arguments as a manual page writes them; '' for none. */
  readonly arguments: string;
  readonly unit: string;
  readonly range: string;
  /** Default in words, and, where it is one fixed value, that value. */
  readonly default: string;
  readonly defaultValue: Value | null;
  readonly meaning: string;
  readonly value: ValueKind;
  readonly status: KeywordStatus;
  readonly why: string;
  /** Severity of meeting the keyword; null: nothing to say, or said where the meaning is known. */
  readonly severity: DiagnosticSeverity | null;
  /** Arguments that ask for what happens anyway: meeting them is no problem at all. */
  readonly neutral: readonly string[];
}

export interface BlockSpec {
  /** '' for the top level, else keepalived's nouns: `vrrp_instance/virtual_ipaddress`. */
  readonly path: string;
  readonly keywords: ReadonlyMap<string, KeywordSpec>;
  /** Set: each line starts with this argument, and `keywords` are the options that may follow it. */
  readonly entry: { readonly value: ValueKind; readonly what: string } | null;
}

/** A keyword that does what keepalived's does. Range and arguments are derived where they follow from the value. */
export function acts(
  row: Pick<KeywordSpec, 'keyword' | 'value' | 'meaning'> & Partial<KeywordSpec>,
): KeywordSpec {
  const defaultValue = row.defaultValue ?? null;
  return {
    arguments: argumentsOf(row.value),
    unit: row.value.type === 'duration' ? 's' : '',
    range: rangeOf(row.value),
    default: defaultValue === null ? 'none' : defaultText(row.value, defaultValue),
    defaultValue,
    status: 'acts',
    why: '',
    severity: null,
    neutral: [],
    ...row,
  };
}

/**
 * Keywords that do not act, as a table: one keyword a line, columns divided by `|`:
 * keyword, arguments, default, range, neutral arguments (divided by `,`; BOOL: the words for false), meaning.
 * A note makes them `accepted`, anything worse `refused`.
 */
export function inert(severity: DiagnosticSeverity, why: string, table: string): KeywordSpec[] {
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [keyword = '', args = '', byDefault = '', range = '', neutral = '', meaning = ''] = line
        .split('|')
        .map((cell) => cell.trim());
      const value: ValueKind = args.includes('{')
        ? { type: 'block', opens: null, named: /^[A-Z]/.test(args) }
        : { type: 'any' };
      return {
        keyword,
        arguments: args,
        unit: args === 'SECS' ? 's' : '',
        range,
        default: byDefault === '' ? 'none' : byDefault,
        defaultValue: null,
        meaning,
        value,
        status: severity === 'note' ? 'accepted' : 'refused',
        why,
        severity,
        neutral: neutral === '' ? [] : neutral.split(',').flatMap(neutralWords),
      };
    });
}

function neutralWords(word: string): string[] {
  return word === 'BOOL' ? ['off', 'false', 'no'] : [word];
}

export function keywordMap(...groups: readonly (readonly KeywordSpec[])[]): ReadonlyMap<string, KeywordSpec> {
  const map = new Map<string, KeywordSpec>();
  for (const spec of groups.flat()) {
    if (map.has(spec.keyword)) throw new Error(`keyword ${spec.keyword} is registered twice`);
    map.set(spec.keyword, spec);
  }
  return map;
}

/** The fixed default of a keyword as a number; the registry must have one. */
export function defaultNumber(block: BlockSpec, keyword: string): number {
  const value = block.keywords.get(keyword)?.defaultValue;
  if (typeof value !== 'number') throw new Error(`${block.path} ${keyword} has no numeric default`);
  return value;
}

function argumentsOf(value: ValueKind): string {
  if (value.type === 'boolean') return '[on|off|true|false|yes|no]';
  if (value.type === 'integer') return 'N';
  if (value.type === 'duration') return 'SECONDS';
  if (value.type === 'word') return 'NAME';
  if (value.type === 'address') return 'IP';
  if (value.type === 'secret') return 'STRING';
  if (value.type === 'block') return value.named ? 'NAME {block}' : '{block}';
  return '';
}

function defaultText(value: ValueKind, text: Value): string {
  return value.type === 'duration' ? String(Number(text) / 1_000_000) : String(text);
}

/** The range in words, '' if everything goes. */
export function rangeOf(value: ValueKind): string {
  if (value.type === 'integer') return `${value.min} to ${value.max}`;
  if (value.type === 'duration') return `${value.minUs / 1_000_000} to ${value.maxUs / 1_000_000}`;
  return '';
}
