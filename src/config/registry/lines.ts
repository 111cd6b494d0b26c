/** Lines of blocks that list things: `WORD [option [arguments]] ...`. */
import type { Arguments } from '../arguments.ts';
import { quoted, type Word } from '../problems.ts';
import { didYouMean } from '../suggest.ts';
import { isAlias, isSetting, type KeywordTable, type Setting } from './spec.ts';

/** What became of options beside their values. */
export interface OptionFaults {
  /** Options whose argument could not be used (reported). */
  readonly failed: Set<string>;
  /** Options that stand on the line more than once. */
  readonly repeated: Set<string>;
}

/**
 * Reads the options that follow, each by its kind; unknown ones are reported and ignored.
 * @returns the values by option (not by alias), each the last one given
 */
export function readOptions(
  args: Arguments,
  table: KeywordTable,
  faults: OptionFaults = { failed: new Set(), repeated: new Set() },
): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (let word = args.next(); word !== null; word = args.next()) {
    const found = lookUp(table, word.text);
    if (found === null) {
      reportUnknownOption(args, word, table);
      continue;
    }
    const { name, spec } = found;
    const option = args.of(word);
    const value = spec.kind.read(option);
    if (value === null) {
      faults.failed.add(name);
      continue;
    }
    if (values.has(name)) faults.repeated.add(name);
    values.set(name, value);
    if (!spec.harmless(value)) option.reportStanding(spec);
  }
  return values;
}

function lookUp(table: KeywordTable, text: string): { name: string; spec: Setting } | null {
  const own = (name: string) => (Object.hasOwn(table, name) ? table[name] : undefined);
  const spec = own(text);
  if (spec === undefined) return null;
  if (isSetting(spec)) return { name: text, spec };
  const target = isAlias(spec) ? own(spec.alias) : undefined;
  return target !== undefined && isSetting(target) && isAlias(spec)
    ? { name: spec.alias, spec: target }
    : null;
}

/** Every option of a line: what was given, else its default. */
export function optionValues(
  table: KeywordTable,
  given: ReadonlyMap<string, unknown>,
): Record<string, unknown> {
  const scope = {
    own: (name: string) => given.get(name) ?? null,
    parent: () => null,
    outer: () => null,
    global: () => null,
  };
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table)) {
    if (isSetting(spec)) values[name] = given.get(name) ?? spec.default.value(scope);
  }
  return values;
}

/** The options of a line as words; those that have their default are left out. */
export function formatOptions(table: KeywordTable, values: Readonly<Record<string, unknown>>): string {
  const defaults = optionValues(table, new Map());
  return Object.entries(table)
    .filter(
      ([name, spec]) => isSetting(spec) && values[name] !== defaults[name] && (values[name] ?? null) !== null,
    )
    .flatMap(([name, spec]) => (isSetting(spec) ? optionWords(name, spec.kind.format(values[name])) : []))
    .join('');
}

function optionWords(name: string, words: string | null): string[] {
  return words === null ? [] : [words === '' ? ` ${name}` : ` ${name} ${words}`];
}

function reportUnknownOption(args: Arguments, word: Word, table: KeywordTable): void {
  const message = `unknown option ${quoted(word)}: it is ignored`;
  args.report('warning', 'unknown-option', word, message, () => didYouMean(word.text, Object.keys(table)));
}
