/** Lines whose words are options in any order, read by a table and written back by it. */
import type { Arguments } from '../../arguments.ts';
import { quoted, type Word } from '../../problems.ts';
import { didYouMean } from '../../suggest.ts';
import {
  isAlias,
  isSetting,
  type KeywordTable,
  type Setting,
  type SettingNames,
  type ValueOf,
} from '../spec.ts';

/** The value of every option, by its own name. */
export type OptionValues<T> = { readonly [K in SettingNames<T>]: ValueOf<T[K]> };

export interface GivenOption {
  readonly value: unknown;
  /** The option as written. */
  readonly word: Word;
}

/** What a line said, by the options' own names, in the order in which each was said last. */
export type Given = ReadonlyMap<string, GivenOption>;

interface Option {
  readonly name: string;
  readonly setting: Setting;
}

/** The option that a word names, if it does. */
export function findOption(args: Arguments, table: KeywordTable, word: Word): Option | null {
  const spec = Object.hasOwn(table, word.text) ? table[word.text] : undefined;
  if (spec === undefined) return null;
  if (isSetting(spec)) return { name: word.text, setting: spec };
  const target = isAlias(spec) ? table[spec.alias] : undefined;
  if (!isAlias(spec) || target === undefined || !isSetting(target)) return null;
  if (spec.deprecated) {
    const message = `${quoted(word)} is deprecated: write '${spec.alias}'`;
    args.report(spec.severity ?? 'warning', 'deprecated-keyword', word, message);
  }
  return { name: spec.alias, setting: target };
}

/**
 * Reads one option into `given`; false if its value cannot be used (reported).
 * @param costsItsLine false: an option without its argument ends keepalived
 */
export function readOption(
  args: Arguments,
  { name, setting }: Option,
  word: Word,
  given: Map<string, GivenOption>,
  costsItsLine = false,
): boolean {
  const option = args.of(word, costsItsLine);
  const value = setting.kind.read(option);
  if (value === null) return false;
  if (!setting.harmless(value)) option.reportStanding(setting);
  const before = given.get(name);
  const merged = before !== undefined && setting.kind.merge ? setting.kind.merge(before.value, value) : value;
  given.delete(name);
  given.set(name, { value: merged, word });
  return true;
}

/** Every option, those that were not given by default. */
export function valuesOf<T extends KeywordTable>(table: T, given: Given): OptionValues<T> {
  const scope = {
    own: (name: string) => given.get(name)?.value ?? null,
    parent: () => null,
    outer: () => null,
    global: () => null,
  };
  const values = Object.entries(table)
    .filter((entry): entry is [string, Setting] => isSetting(entry[1]))
    .map(([name, setting]) => [name, given.get(name)?.value ?? setting.default.value(scope)]);
  return Object.fromEntries(values) as OptionValues<T>;
}

/** The options of a value that are not as by default, as words. */
export function formatOptions<T extends KeywordTable>(
  table: T,
  values: Partial<OptionValues<T>>,
  without: readonly string[] = [],
): string[] {
  const byDefault = valuesOf(table, new Map()) as Record<string, unknown>;
  return Object.entries(values as Record<string, unknown>).flatMap(([name, value]) => {
    const spec = Object.hasOwn(table, name) ? table[name] : undefined;
    if (spec === undefined || !isSetting(spec) || without.includes(name)) return [];
    if (value === null || JSON.stringify(value) === JSON.stringify(byDefault[name])) return [];
    const text = spec.kind.format(value);
    return text === null ? [] : [text === '' ? name : `${name} ${text}`];
  });
}

/** keepalived gives up a whole line for a word that it does not know. */
export function reportUnknownWord(args: Arguments, word: Word, what: string, table: KeywordTable): null {
  const message = `${quoted(word)} is no option of a ${what}: the line is ignored`;
  return args.report('warning', 'unknown-option', word, message, () =>
    didYouMean(word.text, Object.keys(table)),
  );
}
