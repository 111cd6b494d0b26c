/** Tables of keywords that do not act and whose values nothing reads yet. */
import type { DiagnosticSeverity } from '../diagnostics.ts';
import { anything } from './kinds.ts';
import { accepted, block, refused, setting, unset } from './rows.ts';
import type { KeywordTable, Kind } from './spec.ts';

/**
 * One keyword a line, columns divided by `|`: keyword, arguments, default, range, neutral arguments (divided by `,`;
 * BOOL: the words for false), meaning. `option`: the word stands among others on a line. A note makes them `accepted`, anything worse `refused`.
 */
export function inert(
  severity: DiagnosticSeverity,
  why: string,
  table: string,
  option = false,
): KeywordTable {
  const standing = severity === 'note' ? accepted(why) : refused(severity, why);
  const rows = table
    .trim()
    .split('\n')
    .map((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      const [keyword = '', args = '', byDefault = '', range = '', neutral = '', meaning = ''] = cells;
      if (args.includes('{')) {
        const name = /^[A-Z]/.test(args) ? { name: anything(args.split('{')[0]?.trim() ?? '') } : {};
        return [keyword, block({ block: { path: keyword, skipped: true }, meaning, standing, ...name })];
      }
      const words = neutral === '' ? [] : neutral.split(',').flatMap(neutralWords);
      const kind = { ...(option ? oneWord(args) : anything(args)), range };
      const harmless = (value: readonly string[]): boolean => words.includes(value.join(' '));
      return [keyword, setting({ kind, default: unset(byDefault || 'none'), meaning, standing, harmless })];
    });
  return Object.fromEntries(rows);
}

/** An option among others takes no more than its one argument. */
function oneWord(args: string): Kind<readonly string[]> {
  const all = anything(args);
  if (args === '') return { ...all, read: () => [] };
  return { ...all, read: (words) => [words.next()?.text ?? ''] };
}

function neutralWords(word: string): string[] {
  return word === 'BOOL' ? ['off', 'false', 'no'] : [word];
}
