/** The quoting rules of values that are commands: both quotes, and the escapes of a shell's `$'...'`. */

export interface QuotedWord {
  /** Without quotes and escapes. */
  readonly text: string;
  /** Offsets in the text that was split. */
  readonly start: number;
  readonly end: number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * Words between blanks. Quotes (`"` and `'`) may begin and end within a word; what is in them belongs to it. Escapes
 * count inside and outside of quotes: `\n` and the like, `\OOO` (octal), `\xHH` (any number of digits, the last two
 * count), `\cC` (control character); any other character stands for itself.
 * @returns null if a quote is never closed
 */
export function splitQuoted(text: string): QuotedWord[] | null {
  const words: QuotedWord[] = [];
  let index = 0;
  for (;;) {
    while (index < text.length && isBlank(text[index])) index++;
    if (index >= text.length) return words;
    const start = index;
    let value = '';
    let quote: string | null = null;
    while (index < text.length && (quote !== null || !isBlank(text[index]))) {
      const character = text[index] ?? '';
      if (character === '\\' && index + 1 < text.length) {
        const escaped = escapeAt(text, index + 1);
        value += escaped.text;
        index = escaped.end;
        continue;
      }
      if (character === quote) quote = null;
      else if (quote === null && (character === '"' || character === "'")) quote = character;
      else value += character;
      index++;
    }
    if (quote !== null) return null;
    words.push({ text: value, start, end: index });
  }
}

function isBlank(character: string | undefined): boolean {
  return character !== undefined && /[ \t-\r]/.test(character);
}

/** What follows a backslash. */
function escapeAt(text: string, at: number): { text: string; end: number } {
  const character = text[at] ?? '';
  const simple = Object.hasOwn(ESCAPES, character) ? ESCAPES[character] : undefined;
  if (simple !== undefined) return { text: simple, end: at + 1 };
  if (character === 'c' && at + 1 < text.length) {
    return { text: String.fromCharCode(text.charCodeAt(at + 1) & 0x1f), end: at + 2 };
  }
  let end = at + 1;
  if (character === 'x') {
    while (end < text.length && /[0-9a-fA-F]/.test(text[end] ?? '')) end++;
    const digits = text.slice(Math.max(at + 1, end - 2), end);
    return { text: digits === '' ? 'x' : String.fromCharCode(Number.parseInt(digits, 16)), end };
  }
  if (!/[0-7]/.test(character)) return { text: character, end };
  while (end < at + 3 && /[0-7]/.test(text[end] ?? '')) end++;
  return { text: String.fromCharCode(Number.parseInt(text.slice(at, end), 8) & 0xff), end };
}

/** Words as one text that `splitQuoted` takes apart again. */
export function joinQuoted(words: readonly string[]): string {
  return words
    .map((word) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these have to be escaped
      const safe = word.replace(/[\\'"\0-\x1f\x7f]/g, (character) => {
        return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
      });
      return safe === '' || safe.includes(' ') ? `'${safe}'` : safe;
    })
    .join(' ');
}
