/** One line of configuration into words and braces (keepalived's reader: behaviour of version 2.4.3). */
import type { Place, Problems, SourceLine, Word } from '../problems.ts';

/** Braces stand alone, wherever on a line they are written. */
export type Item =
  | { readonly kind: 'words'; readonly words: readonly [Word, ...Word[]] }
  | ({ readonly kind: 'open' | 'close' } & Place);

/** keepalived's line buffer holds 1024 bytes with the final NUL; longer lines are dropped. */
export const MAX_LINE_BYTES = 1023;

/** Bytes of the text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // Each half of a surrogate pair counts two of the pair's four bytes.
    if (unit >= 0x80) bytes += unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

/** Offset at which a comment starts: the first `#` or `!` outside quotes without a backslash; else the length. */
export function commentStart(text: string, from = 0): number {
  if (!/[#!]/.test(text)) return text.length;
  let inQuotes = false;
  for (let index = from; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) inQuotes = !inQuotes;
    else if (inQuotes) continue;
    else if (code === BACKSLASH && isCommentSign(text.charCodeAt(index + 1))) index++;
    else if (isCommentSign(code)) return index;
  }
  return text.length;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DOLLAR = 0x24;
const OPEN = 0x7b;
const CLOSE = 0x7d;

function isCommentSign(code: number): boolean {
  return code === 0x23 || code === 0x21;
}

/** Blank, tab, vertical tab, form feed, return. */
export function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

export interface LexOptions {
  /** Offset at which to begin: what stands before it was dealt with. */
  readonly from: number;
  /** Offset at which to end: what stands there is dealt with later; null: the end of the line. */
  readonly to: number | null;
  /** The quotes of this line have been complained about. */
  readonly quiet: boolean;
}

const WHOLE_LINE: LexOptions = { from: 0, to: null, quiet: false };

/**
 * Appends the words and braces of a line. A quoted stretch is a word of its own; a quote that is never closed drops the
 * rest of the line. A definition that does not exist (`${NAME}`) stays whole, and is reported: keepalived would take its
 * braces for those of a block.
 */
export function lexLine(line: SourceLine, items: Item[], problems: Problems, options = WHOLE_LINE): void {
  const { text } = line;
  const end = options.to ?? commentStart(text, options.from);
  let words: Word[] = [];
  let index = options.from;
  while (index < end) {
    const code = text.charCodeAt(index);
    if (isBlank(code)) {
      index++;
    } else if (code === OPEN || code === CLOSE) {
      pushWords(items, words);
      words = [];
      items.push({ kind: code === OPEN ? 'open' : 'close', line, column: index + 1, width: 1 });
      index++;
    } else if (code === QUOTE) {
      const close = text.indexOf('"', index + 1);
      if (close < 0 || close >= end) {
        if (!options.quiet) reportUnmatchedQuote(line, index, end, problems);
        break;
      }
      words.push({ line, text: text.slice(index + 1, close), column: index + 1, width: close + 1 - index });
      index = close + 1;
    } else {
      const word = plainWord(line, index, end, problems);
      words.push(word);
      index += word.width;
    }
  }
  pushWords(items, words);
}

export type Words = Word[];

export function pushWords(items: Item[], words: Words): void {
  const [first] = words;
  if (first !== undefined) items.push({ kind: 'words', words: words as [Word, ...Word[]] });
}

export function reportUnmatchedQuote(
  line: SourceLine,
  start: number,
  end: number,
  problems: Pick<Problems, 'add'>,
): void {
  problems.add({
    severity: 'warning',
    code: 'unmatched-quote',
    place: { line, column: start + 1, width: end - start },
    message: 'this quote is never closed: the rest of the line is ignored',
  });
}

function plainWord(line: SourceLine, start: number, end: number, problems: Problems): Word {
  const { text } = line;
  let index = start;
  let escaped = false;
  while (index < end) {
    const code = text.charCodeAt(index);
    if (isBlank(code) || code === QUOTE || code === CLOSE || code === OPEN) break;
    if (code === DOLLAR && text.charCodeAt(index + 1) === OPEN) {
      const close = text.indexOf('}', index);
      const stop = close < 0 || close >= end ? end : close + 1;
      reportUndefined(line, index, stop, problems);
      index = stop;
    } else if (code === BACKSLASH && isCommentSign(text.charCodeAt(index + 1))) {
      escaped = true;
      index += 2;
    } else index++;
  }
  const value = text.slice(start, index);
  return {
    line,
    text: escaped ? value.replace(/\\([#!])/g, '$1') : value,
    column: start + 1,
    width: index - start,
  };
}

function reportUndefined(line: SourceLine, start: number, end: number, problems: Problems): void {
  problems.add({
    severity: 'warning',
    code: 'undefined-definition',
    place: { line, column: start + 1, width: end - start },
    message: 'nothing of this name is defined: it stays as it is',
    suggestion: 'define it on a line before, as in $NAME=VALUE; in quotes it is ordinary text',
  });
}
