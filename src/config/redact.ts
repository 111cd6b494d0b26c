/** Keeps secrets out of diagnostics, logs and the journal. */

import { editDistance } from './suggest.ts';
import { commentStart } from './text/lexer.ts';

const MASK = '********';
/** Only as a line's first word: they are ordinary words elsewhere. */
const FIRST_WORD_SECRETS = new Set(['pass', 'password', 'passwd', 'passphrase', 'secret', 'key']);

/**
 * Lines without any of these need no closer look. Three edits leave one of the four pieces of `auth_pass` as it is; the
 * rest are the other names of secrets.
 */
const MAY_HOLD_SECRET = /au|th|_p|ass|secret|key/i;

/** The configuration text with the values of `auth_pass`, HMAC keys and passwords replaced, also in comments. */
export function redact(text: string): string {
  let secretIsNext = false;
  return text
    .split('\n')
    .map((line) => {
      if (secretIsNext && /[^\s{}]/.test(line)) {
        secretIsNext = false;
        return hideLine(line);
      }
      secretIsNext ||= endsAwaitingSecret(line);
      return redactLine(line);
    })
    .join('\n');
}

/** One line, its secret masked; braces that close the line stay, so that the text keeps its structure. */
export function redactLine(line: string): string {
  const start = secretStart(line);
  if (start === null) return line;
  return line.slice(0, start) + MASK + line.slice(Math.max(tailStart(line), start));
}

/** A line of which nothing may be shown but its indentation and closing braces. */
export function hideLine(line: string): string {
  const indent = line.length - line.trimStart().length;
  return line.slice(0, indent) + MASK + line.slice(Math.max(tailStart(line), indent));
}

/** Where the blanks and braces that end a line begin. (A regular expression would take quadratic time here.) */
function tailStart(line: string): number {
  let start = line.length;
  while (start > 0 && /[\s{}]/.test(line[start - 1] ?? '')) start--;
  return start;
}

/** Offset at which a line's secret begins, null if it has none. */
export function secretStart(line: string): number | null {
  for (const end of secretKeywords(line)) {
    const rest = line.slice(end);
    if (!/[^\s{}]/.test(rest)) continue;
    return end + (/^[\s=]*/.exec(rest)?.[0].length ?? 0);
  }
  return null;
}

/** Whether the last word names a secret that can only stand on the next line. */
function endsAwaitingSecret(line: string): boolean {
  if (!MAY_HOLD_SECRET.test(line)) return false;
  const content = line.slice(0, commentStart(line)).trimEnd();
  let start = content.length;
  while (start > 0 && !/[\s"{}]/.test(content[start - 1] ?? '')) start--;
  const before = content.slice(0, start).trimEnd();
  return isSecretKeyword(content.slice(start), before === '' || before.endsWith('{'));
}

/** Offsets at which the words that name a secret end. */
function* secretKeywords(line: string): Generator<number> {
  if (!MAY_HOLD_SECRET.test(line)) return;
  let first = true;
  for (const match of line.matchAll(/[^\s"{}]+|\{/g)) {
    if (match[0] === '{') {
      first = true;
      continue;
    }
    const definition = /^\$(\w+)=/.exec(match[0]);
    const bare = match[0].replace(/^[#!]+/, '').split('=', 1)[0] ?? '';
    if (definition !== null && /pass|secret|key|auth/i.test(definition[1] ?? '')) {
      yield match.index + definition[0].length;
    } else if (isSecretKeyword(bare, first)) {
      yield match.index + match[0].indexOf(bare) + bare.length;
    }
    if (bare !== '') first = false;
  }
}

/** A misspelt `auth_pass` is followed by a password too. (`auth_type` is four edits away.) */
function isSecretKeyword(word: string, first: boolean): boolean {
  if (first && FIRST_WORD_SECRETS.has(word)) return true;
  return word.length >= 6 && word.length <= 12 && editDistance(word.toLowerCase(), 'auth_pass', 3) <= 3;
}
