/** Lines of blocks that list things: `WORD [option [arguments]] ...`. */
import type { Arguments } from '../arguments.ts';
import { quoted, type Word } from '../problems.ts';
import { nearest } from '../suggest.ts';
import { isSetting, type KeywordTable } from './spec.ts';

/**
 * Reads the options that follow, each by its kind; unknown ones are reported and ignored.
 * @returns the values by option, each the last one given
 */
export function readOptions(args: Arguments, table: KeywordTable): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (let word = args.next(); word !== null; word = args.next()) {
    const spec = Object.hasOwn(table, word.text) ? table[word.text] : undefined;
    if (spec === undefined || !isSetting(spec)) {
      reportUnknownOption(args, word, table);
      continue;
    }
    const option = args.of(word);
    const value = spec.kind.read(option);
    if (value === null) continue;
    values.set(word.text, value);
    if (!spec.harmless(value)) option.reportStanding(spec);
  }
  return values;
}

function reportUnknownOption(args: Arguments, word: Word, table: KeywordTable): void {
  const near = nearest(word.text, Object.keys(table));
  const message = `unknown option ${quoted(word)}: it is ignored`;
  args.report('warning', 'unknown-option', word, message, near === null ? null : `did you mean '${near}'?`);
}
