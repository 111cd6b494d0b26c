/** Whether a line of configuration says a value: some defaults cannot be written. */
import { Arguments } from './arguments.ts';
import { UNKNOWN_ENVIRONMENT } from './environment.ts';
import { canonical } from './plain.ts';
import { Problems, type Word } from './problems.ts';
import type { Setting } from './registry/spec.ts';
import { type Item, lexLine } from './text/lexer.ts';

/** Answers so far, by line: many blocks have the same defaults. */
const known = new WeakMap<Setting, Map<string, boolean>>();

/** @param line keyword and arguments, as a file would have them */
export function isWritable(setting: Setting, line: string, value: unknown): boolean {
  const answers = known.get(setting) ?? new Map<string, boolean>();
  known.set(setting, answers);
  const key = `${line}\n${canonical(value)}`;
  const answer = answers.get(key) ?? saysValue(setting, line, value);
  // Values are few; those of a hostile file need not be kept.
  if (answers.size < 100) answers.set(key, answer);
  return answer;
}

function saysValue({ kind }: Setting, text: string, value: unknown): boolean {
  const problems = new Problems();
  const items: Item[] = [];
  lexLine({ file: '', number: 1, text }, items, problems);
  const [item] = items;
  if (item?.kind !== 'words') return false;
  const [keyword, ...words]: readonly [Word, ...Word[]] = item.words;
  const args = new Arguments(keyword, words, '', { problems, environment: UNKNOWN_ENVIRONMENT });
  return canonical(kind.read(args)) === canonical(value);
}
