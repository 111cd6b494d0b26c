/** The words after a keyword, taken one by one by the kind of value that reads them. */
import type { DiagnosticSeverity } from './diagnostics.ts';
import type { Environment } from './environment.ts';
import { type Place, type Problems, quoted, type Word } from './problems.ts';
import type { Standing } from './registry/spec.ts';

/** What surrounds every statement of a run. */
export interface Reading {
  readonly problems: Problems;
  readonly environment: Environment;
}

interface Cursor {
  readonly words: readonly Word[];
  index: number;
}

export class Arguments {
  /** What the words belong to. */
  readonly keyword: Word;
  readonly environment: Environment;
  readonly #reading: Reading;
  readonly #cursor: Cursor;
  readonly #default: string;
  readonly #isOption: boolean;

  /** @param defaultText what holds if the line is ignored, in words; '' if nothing can be said */
  constructor(
    keyword: Word,
    words: readonly Word[] | Cursor,
    defaultText: string,
    reading: Reading,
    isOption = false,
  ) {
    this.keyword = keyword;
    this.#cursor = 'index' in words ? words : { words, index: 0 };
    this.#reading = reading;
    this.environment = reading.environment;
    this.#default = defaultText;
    this.#isOption = isOption;
  }

  /** The same words, as arguments of an option among them. @param costsItsLine false: without them keepalived ends */
  of(option: Word, costsItsLine = true): Arguments {
    return new Arguments(option, this.#cursor, '', this.#reading, costsItsLine);
  }

  /** The same, as if the statement ended after this many of its words. */
  until(end: number): Arguments {
    const { words, index } = this.#cursor;
    return new Arguments(this.keyword, { words: words.slice(0, end), index }, this.#default, this.#reading);
  }

  peek(): Word | null {
    return this.#cursor.words[this.#cursor.index] ?? null;
  }

  next(): Word | null {
    const word = this.peek();
    if (word !== null) this.#cursor.index++;
    return word;
  }

  rest(): readonly Word[] {
    const rest = this.#cursor.words.slice(this.#cursor.index);
    this.#cursor.index = this.#cursor.words.length;
    return rest;
  }

  /**
   * The rest of the statement as written, quotes and escapes included: for values that have quoting rules of their own
   * (scripts). `place` covers it; null if there is none.
   */
  raw(): { readonly text: string; readonly place: Place } | null {
    const { words } = this.#cursor;
    const first = this.peek();
    const last = words.at(-1);
    this.#cursor.index = words.length;
    if (first === null || last === undefined) return null;
    const start = first.column - 1;
    const end = last.column - 1 + last.width;
    return {
      text: first.line.text.slice(start, end),
      place: { line: first.line, column: first.column, width: end - start },
    };
  }

  /** Reports that the value cannot be used; the line is ignored, as keepalived does with a complaint. */
  ignored(code: string, place: Place, message: string): null {
    const known = this.#default !== '' && this.#default !== 'none' && this.#default !== 'must be set';
    const otherwise = known ? `, the default is in force (${this.#default})` : '';
    const text = `${message}: the line is ignored${otherwise}`;
    return this.report('warning', code, place, text);
  }

  report(
    severity: DiagnosticSeverity,
    code: string,
    place: Place,
    message: string,
    suggestion: string | null | (() => string | null) = null,
  ): null {
    this.#reading.problems.add({ severity, code, place, message, suggestion });
    return null;
  }

  /** Says what becomes of a keyword that does not act. */
  reportStanding({ severity, status, why }: Standing): void {
    if (severity === null) return;
    const refused = status === 'refused';
    this.#reading.problems.add({
      severity,
      code: refused ? 'unsupported-keyword' : 'no-effect',
      place: this.keyword,
      // A word of the registry, never a secret.
      message: `'${this.keyword.text}' ${refused ? 'is not supported yet' : 'has no effect'}: ${why}`,
      unsupported: refused,
    });
  }

  /** A keyword without its argument: keepalived ends with status 2 at once. An option costs its line only. */
  missing(expected: string): null {
    const message = `${quoted(this.keyword)} needs a value: ${expected}`;
    return this.report(this.#isOption ? 'warning' : 'error', 'missing-parameter', this.keyword, message);
  }
}
