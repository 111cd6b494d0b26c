/** One line of configuration into words and braces (keepalived's reader: behaviour of version 2.4.3). */
import type { Place, Problems, SourceLine, Word } from '../problems.ts';

/** Braces stand alone, wherever on a line they are written. */
export type Item =
  | { readonly kind: 'words'; readonly words: readonly [Word, ...Word[]] }
  | { readonly kind: 'open' | 'close'; readonly place: Place };

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
export function commentStart(text: string): number {
  let inQuotes = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '"') inQuotes = !inQuotes;
    else if (inQuotes) continue;
    else if (character === '\\' && (text[index + 1] === '#' || text[index + 1] === '!')) index++;
    else if (character === '#' || character === '!') return index;
  }
  return text.length;
}

/**
 * Words and braces of a line. A quoted stretch is a word of its own; a quote that is never closed drops the rest of the
 * line. `${...}` stays whole: definitions are not substituted here, which is reported as an error.
 */
export function lexLine(line: SourceLine, problems: Problems): Item[] {
  const text = line.text.slice(0, commentStart(line.text));
  const items: Item[] = [];
  let words: Word[] = [];
  const flush = (): void => {
    const [first, ...rest] = words;
    if (first !== undefined) items.push({ kind: 'words', words: [first, ...rest] });
    words = [];
  };
  let index = 0;
  while (index < text.length) {
    const character = text[index] ?? '';
    if (isBlank(character)) {
      index++;
    } else if (character === '{' || character === '}') {
      flush();
      const place = { line, column: index + 1, width: 1 };
      items.push({ kind: character === '{' ? 'open' : 'close', place });
      index++;
    } else if (character === '"') {
      const end = text.indexOf('"', index + 1);
      if (end < 0) {
        reportUnmatchedQuote(line, index, text.length, problems);
        break;
      }
      words.push({ line, text: text.slice(index + 1, end), column: index + 1, width: end + 1 - index });
      index = end + 1;
    } else {
      const word = plainWord(line, text, index, problems);
      words.push(word);
      index += word.width;
    }
  }
  flush();
  return items;
}

function isBlank(character: string): boolean {
  return (
    character === ' ' || character === '\t' || character === '\r' || character === '\f' || character === '\v'
  );
}

function reportUnmatchedQuote(line: SourceLine, start: number, end: number, problems: Problems): void {
  problems.add({
    severity: 'warning',
    code: 'unmatched-quote',
    place: { line, column: start + 1, width: end - start },
    message: 'this quote is never closed: the rest of the line is ignored',
  });
}

function plainWord(line: SourceLine, text: string, start: number, problems: Problems): Word {
  let value = '';
  let index = start;
  while (index < text.length) {
    const character = text[index] ?? '';
    if (isBlank(character) || character === '"' || character === '}') break;
    const next = text[index + 1];
    if (character === '$' && next === '{') {
      const end = text.indexOf('}', index);
      const stop = end < 0 ? text.length : end + 1;
      reportSubstitution(line, index, stop, problems);
      value += text.slice(index, stop);
      index = stop;
      continue;
    }
    if (character === '{') break;
    if (character === '\\' && (next === '#' || next === '!')) {
      value += next;
      index += 2;
      continue;
    }
    value += character;
    index++;
  }
  return { line, text: value, column: start + 1, width: index - start };
}

function reportSubstitution(line: SourceLine, start: number, end: number, problems: Problems): void {
  problems.add({
    severity: 'error',
    code: 'substitution-unsupported',
    place: { line, column: start + 1, width: end - start },
    message: 'definitions are not supported yet: write the value here',
  });
}
