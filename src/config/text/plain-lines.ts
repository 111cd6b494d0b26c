/**
 * Lines of words and braces alone, which nearly all lines of a large file are: no quotes, comments, definitions,
 * conditions, loops or includes. They are read from the text of the whole file, without a copy of each line.
 */
import type { SourceLine } from '../problems.ts';
import { type Item, isBlank, pushWords, type Words } from './lexer.ts';

const UNUSUAL = /[\0$@~#!"\\]|include/g;
/** Even if each character took three bytes, such a line would fit keepalived's line buffer. */
const SURELY_FITS = 341;
const RETURN = 0x0d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Knows which lines of a text are plain. */
export class PlainText {
  readonly #text: string;
  /** Where the next thing that is not plain stands, seen from where lines were last asked for. */
  #unusual = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where the line that begins at this offset ends; -1 if it is not plain, or the last one. */
  endOf(offset: number): number {
    const end = this.#text.indexOf('\n', offset);
    if (end < 0 || end - offset > SURELY_FITS) return -1;
    if (this.#unusual < offset) this.#unusual = this.#find(offset);
    return this.#unusual < end ? -1 : end;
  }

  #find(offset: number): number {
    UNUSUAL.lastIndex = offset;
    return UNUSUAL.exec(this.#text)?.index ?? Number.POSITIVE_INFINITY;
  }
}

/** A line of a file, cut out only if somebody wants to see it. */
export class PlainLine implements SourceLine {
  readonly file: string;
  readonly number: number;
  readonly #text: string;
  readonly #start: number;
  readonly #end: number;

  constructor(file: string, number: number, text: string, start: number, end: number) {
    this.file = file;
    this.number = number;
    this.#text = text;
    this.#start = start;
    this.#end = end;
  }

  get text(): string {
    let end = this.#end;
    while (end > this.#start && this.#text.charCodeAt(end - 1) === RETURN) end--;
    return this.#text.slice(this.#start, end);
  }
}

/** Appends the words and braces of a plain line, which is `text` from `start` to `end`. */
export function lexPlain(line: SourceLine, text: string, start: number, end: number, items: Item[]): void {
  let words: Words = [];
  for (let index = start; index < end; ) {
    const code = text.charCodeAt(index);
    if (isBlank(code)) {
      index++;
    } else if (code === OPEN || code === CLOSE) {
      if (words.length > 0) pushWords(items, words);
      words = [];
      items.push({ kind: code === OPEN ? 'open' : 'close', line, column: index - start + 1, width: 1 });
      index++;
    } else {
      const from = index;
      do index++;
      while (index < end && !endsWord(text.charCodeAt(index)));
      words.push({ line, text: text.slice(from, index), column: from - start + 1, width: index - from });
    }
  }
  if (words.length > 0) pushWords(items, words);
}

function endsWord(code: number): boolean {
  return code <= 0x20 ? isBlank(code) : code === OPEN || code === CLOSE;
}
