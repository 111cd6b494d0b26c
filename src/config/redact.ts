/** Keeps secrets out of diagnostics, logs and the journal. */

import { editDistance } from './suggest.ts';
import { commentStart } from './text/lexer.ts';

export const MASK = '********';
/** Only as a line's first word: they are ordinary words elsewhere. */
const FIRST_WORD_SECRETS = new Set(['pass', 'password', 'passwd', 'passphrase', 'secret', 'key']);

const LONGEST_KEYWORD = 40;

const NO_NAMES: ReadonlySet<string> = new Set();

/**
 * Lines without any of these need no closer look. Three edits leave one of the four pieces of `auth_pass` as it is, two
 * leave one of the three of `password`; the rest are the other names of secrets.
 */
const PIECES_OF_SECRETS = ['au', 'th', '_p', 'ass', 'pa', 'sw', 'ord', 'secret', 'key'];

/** A search for each: a regular expression of them all is looked for at every letter of a configuration. */
function mayHoldSecret(text: string): boolean {
  const lower = text.toLowerCase();
  return PIECES_OF_SECRETS.some((piece) => lower.includes(piece));
}

/**
 * The configuration text with the values of `auth_pass`, HMAC keys and passwords replaced, also in comments.
 * @param names definitions whose value is a secret
 * @param hides whether nothing of this line (from 1) may be shown
 */
export function redact(
  text: string,
  names: ReadonlySet<string> = NO_NAMES,
  hides: ((line: number) => boolean) | null = null,
): string {
  if (hides === null && names.size === 0 && !mayHoldSecret(text)) return text;
  let secretIsNext = false;
  let inDefinition = false;
  return text
    .split('\n')
    .map((line, index) => {
      const text = withoutContinuation(line);
      const more = line.slice(text.length);
      const continued = inDefinition;
      inDefinition = more !== '' && (continued || definesSecret(text, names));
      if (continued || hides?.(index + 1) === true) return hideLine(text) + more;
      const hidden = secretIsNext && /[^\s{}]/.test(text);
      const awaits = endsAwaitingSecret(text) || opensSecretBlock(text, names);
      secretIsNext = awaits || (secretIsNext && !hidden);
      return (hidden ? hideLine(text) : redactLine(text, names)) + more;
    })
    .join('\n');
}

/** A brace after a secret: what somebody took for a block of its own begins with more of it. */
function opensSecretBlock(line: string, names: ReadonlySet<string>): boolean {
  return mayHoldSecret(line) && line.trimEnd().endsWith('{') && secretStart(line, names) !== null;
}

/** A line of a definition that goes on: without its backslash. */
function withoutContinuation(line: string): string {
  const end = line.trimEnd();
  return end.endsWith('\\') ? end.slice(0, -1) : line;
}

/** One line, its secret masked; braces that close the line stay, so that the text keeps its structure. */
export function redactLine(line: string, names: ReadonlySet<string> = NO_NAMES): string {
  const start = secretStart(line, names);
  return start === null ? line : maskFrom(line, start);
}

function maskFrom(line: string, start: number): string {
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
export function secretStart(line: string, names: ReadonlySet<string> = NO_NAMES): number | null {
  if (names.size === 0 && !mayHoldSecret(line)) return null;
  for (const end of secretKeywords(line, names)) {
    const rest = line.slice(end);
    if (!/[^\s{}]/.test(rest)) continue;
    return end + (/^[\s=]*/.exec(rest)?.[0].length ?? 0);
  }
  return null;
}

/** Definitions that are used after a keyword of a secret, and those that these are made of. */
export function secretNames(texts: readonly string[], known: ReadonlySet<string>): Set<string> {
  const names = new Set(known);
  const bodies = new Map<string, string[]>();
  for (const text of texts) {
    if (!text.includes('$')) continue;
    for (const line of text.split('\n')) {
      if (!line.includes('$')) continue;
      const start = secretStart(line);
      if (start !== null) for (const name of references(line.slice(start))) names.add(name);
      for (const match of line.matchAll(DEFINITION)) {
        const used = references(line.slice(match.index + match[0].length));
        const body = bodies.get(match[1] ?? '');
        if (body === undefined) bodies.set(match[1] ?? '', used);
        else if (used.length > 0) body.push(...used);
      }
    }
  }
  // Names are added while they are walked through: a set hands them out all the same, each once.
  for (const name of names) for (const used of bodies.get(name) ?? []) names.add(used);
  return names;
}

const DEFINITION = /\$([A-Za-z_]\w*)=/g;

function references(text: string): string[] {
  return [...text.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map((match) => match[1] ?? '');
}

function definesSecret(line: string, names: ReadonlySet<string>): boolean {
  return [...line.matchAll(DEFINITION)].some((match) => isSecretName(match[1] ?? '', names));
}

function isSecretName(name: string, names: ReadonlySet<string>): boolean {
  return names.has(name) || /pass|secret|key|auth/i.test(name);
}

/** Whether the last word names a secret that can only stand on the next line, also behind a brace that is too many. */
function endsAwaitingSecret(line: string): boolean {
  if (!mayHoldSecret(line)) return false;
  const written = line.slice(0, commentStart(line)).trimEnd();
  const content = written.endsWith('{') ? written.slice(0, -1).trimEnd() : written;
  let start = content.length;
  while (start > 0 && !/[\s"{}]/.test(content[start - 1] ?? '')) start--;
  const before = content.slice(0, start).trimEnd();
  return isSecretKeyword(content.slice(start), before === '' || before.endsWith('{'));
}

/** Offsets at which the words that name a secret end. */
function* secretKeywords(line: string, names: ReadonlySet<string>): Generator<number> {
  let first = true;
  for (const match of line.matchAll(/[^\s"{}]+|\{/g)) {
    if (match[0] === '{') {
      first = true;
      continue;
    }
    // What a definition stands for begins like a line.
    const definition = /^\$(\w+)=/.exec(match[0]);
    const offset = definition?.[0].length ?? 0;
    if (definition !== null && isSecretName(definition[1] ?? '', names)) yield match.index + offset;
    const word = match[0].slice(offset);
    const bare = word.replace(/^[#!]+/, '').split('=', 1)[0] ?? '';
    if (isSecretKeyword(bare, first || definition !== null)) {
      yield match.index + offset + word.indexOf(bare) + bare.length;
    }
    // A condition before a line is no word of it.
    if (bare !== '' && !bare.startsWith('@')) first = false;
  }
}

/**
 * A misspelt `auth_pass` or `password` is followed by a password too, and so is what is called like one in other
 * programs (`hmac_key`). (`auth_type` is four edits away.)
 */
function isSecretKeyword(word: string, first: boolean): boolean {
  if (first && word.length <= LONGEST_KEYWORD && word !== 'active_key') {
    const lower = word.toLowerCase();
    if (FIRST_WORD_SECRETS.has(lower.slice(lower.lastIndexOf('_') + 1))) return true;
    if (lower.length >= 6 && editDistance(lower, 'password', 2) <= 2) return true;
  }
  return word.length >= 6 && word.length <= 12 && editDistance(word.toLowerCase(), 'auth_pass', 3) <= 3;
}
