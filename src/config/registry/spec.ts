/**
 * What the registry knows of blocks and keywords. The reader, the checks, the defaults, the types of the configuration,
 * the documentation, shell completion and the dump all come from it.
 */
import type { Arguments } from '../arguments.ts';
import type { DiagnosticSeverity } from '../diagnostics.ts';
import type { Word } from '../problems.ts';

/** How the words after a keyword become a value, and back. */
export interface Kind<T> {
  /** As a manual page writes them; '' for none. */
  readonly arguments: string;
  /** In words, '' if everything goes. */
  readonly range: string;
  readonly unit: string;
  /** Words that can be typed here, for completion. */
  readonly choices: readonly string[];
  /** Its text is never shown nor kept. */
  readonly secret: boolean;
  /** Its value is a command that is run. */
  readonly program?: true;
  /** Takes what belongs to it; null if it cannot be used, which it has reported. */
  read(args: Arguments): T | null;
  /** The words that `read` takes for this value; null: the keyword is not written at all. */
  format(value: T): string | null;
  /** What a further line of the same keyword makes of the value; without it the last line counts. */
  merge?(before: T, after: T): T;
}

/**
 * - `acts`: does what keepalived does.
 * - `accepted`: understood, no effect; `why` says why that is harmless. Meeting it is a note.
 * - `refused`: not supported yet; `why` says what is missing. Meeting it is a warning, or an error if ignoring it could
 *   change who holds an address: then relived does not start. Neither makes the configuration wrong.
 * - `extension`: acts, and keepalived does not know it. Nothing is said but by `relive config lint`.
 * - `block`: as the keyword that opens the block; nothing is said here.
 */
export type Status = 'acts' | 'accepted' | 'refused' | 'extension' | 'block';

export interface Standing {
  readonly status: Status;
  readonly why: string;
  /** Severity of meeting the keyword; null: nothing to say, or said where the meaning is known. */
  readonly severity: DiagnosticSeverity | null;
}

/** What a default may look at. Values are those in force; null where a block or value is missing. */
export interface DefaultScope {
  own(keyword: string): unknown;
  parent(keyword: string): unknown;
  /** In the nearest surrounding block with this path. */
  outer(path: string, keyword: string): unknown;
  global(keyword: string): unknown;
}

export interface Default<V> {
  /** In words. */
  readonly text: string;
  value(scope: DefaultScope): V;
  /** Looks at nothing: always the same. */
  readonly constant?: true;
}

/** A keyword with a value; `V` is what reading yields: the kind's type, with null if it has no default. */
export interface Setting<V = unknown> extends Standing {
  readonly kind: Kind<unknown>;
  readonly default: Default<V>;
  readonly meaning: string;
  /** Values that ask for what happens anyway: meeting them is no problem at all. */
  readonly harmless: (value: unknown) => boolean;
  /** Values that keepalived does not know, of a keyword that it knows. */
  readonly isExtension: (value: unknown) => boolean;
}

/** Another word for a keyword of the same block. `deprecated`: meeting it is said, with the keyword, in its severity. */
export interface Alias extends Standing {
  readonly alias: string;
  readonly meaning: string;
  readonly deprecated: boolean;
}

/** A keyword that opens a block; `N` is what the words before the brace say. */
export interface BlockKeyword<B extends AnyBlock = AnyBlock, N = unknown> extends Standing {
  readonly block: B;
  /** null: nothing stands before the brace. */
  readonly name: Kind<N> | null;
  readonly meaning: string;
  /** Names that keepalived does not take, of a block that it knows. */
  readonly isExtension: (name: unknown) => boolean;
}

export type KeywordSpec = Setting | Alias | BlockKeyword;
export type KeywordTable = Readonly<Record<string, KeywordSpec>>;

/** `keyword value` lines. */
export interface SettingsBlock<T extends KeywordTable = KeywordTable> {
  /** '' for the top level, else keepalived's nouns: `virtual_server/real_server`. */
  readonly path: string;
  readonly keywords: T;
  /** The order of its blocks counts across keywords: it is `blockOrder` of its values. */
  readonly ordered?: true;
}

/** A block whose lines list things of type `E`. */
export interface ListBlock<E = unknown> {
  readonly path: string;
  readonly line: LineSpec<E>;
}

export interface LineSpec<E> {
  /** What a line starts with, in words: `an address, as in 192.0.2.1/24`. */
  readonly what: string;
  readonly arguments: string;
  /** Options that may follow, for documentation and completion; `read` is what decides. */
  readonly options: KeywordTable;
  /** The whole line; null if it is left out, which has been reported. */
  read(words: readonly [Word, ...Word[]], args: Arguments): E | null;
  format(value: E): string;
}

/** A block that is known and skipped. */
export interface SkippedBlock {
  readonly path: string;
  readonly skipped: true;
}

export type AnyBlock = SettingsBlock | ListBlock | SkippedBlock;

export function isSetting(spec: KeywordSpec): spec is Setting {
  return 'kind' in spec;
}

export function isAlias(spec: KeywordSpec): spec is Alias {
  return 'alias' in spec;
}

export function isBlock(spec: KeywordSpec): spec is BlockKeyword {
  return 'block' in spec;
}

/** The value that a keyword of a table has after defaults. */
export type ValueOf<S> = S extends Setting<infer V> ? V : never;

export type SettingNames<T> = { [K in keyof T]: T[K] extends Setting ? K : never }[keyof T] & string;
export type BlockNames<T> = { [K in keyof T]: T[K] extends BlockKeyword ? K : never }[keyof T] & string;

/** A block as plain data: every setting by its keyword, blocks within as arrays in the order of the file. */
export type Values<T extends KeywordTable> = {
  readonly [K in SettingNames<T>]: ValueOf<T[K]>;
} & {
  readonly [K in BlockNames<T>]: T[K] extends BlockKeyword<infer B, infer N> ? BlockValues<B, N> : never;
};

export type BlockValues<B, N> =
  B extends SettingsBlock<infer T>
    ? readonly (('name' extends keyof T ? Values<T> : Values<T> & { readonly name: N }) & OrderOf<B, T>)[]
    : B extends ListBlock<infer E>
      ? readonly (N extends null ? E : { readonly name: N; readonly lines: readonly E[] })[]
      : never;

/** Keywords of the blocks within, one for each of them, in the order of the file. */
type OrderOf<B, T> = B extends { readonly ordered: true }
  ? { readonly blockOrder: readonly BlockNames<T>[] }
  : unknown;
