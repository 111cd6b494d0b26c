/** The stream of words and braces of a configuration: files, includes, line rules. Every step is bounded. */

import type { FileSource } from '../file-source.ts';
import type { Problems, SourceLine } from '../problems.ts';
import { redact } from '../redact.ts';
import { expandBraces } from './braces.ts';
import { commentStart, type Item, lexLine, MAX_LINE_BYTES, utf8Length } from './lexer.ts';

export const MAX_INCLUDE_DEPTH = 16;
export const MAX_FILES = 1000;
/** Include patterns, each brace alternative counted. */
export const MAX_PATTERNS = 10_000;
export const MAX_LINES = 200_000;
export const MAX_CHARACTERS = 32 * 1024 * 1024;

export interface ReadFile {
  readonly path: string;
  /** As read, secrets masked: what a journal may keep. */
  readonly text: string;
}

/** What the include variants enforce (keepalived's include_check). */
interface IncludeChecks {
  readonly readable: boolean;
  /** A pattern without wildcard must match; with `wildcard` any pattern; with `braces` each alternative. */
  readonly wildcard: boolean;
  readonly braces: boolean;
}

const INCLUDES: Readonly<Record<string, IncludeChecks>> = {
  include: { readable: false, wildcard: false, braces: false },
  includer: { readable: true, wildcard: false, braces: false },
  includem: { readable: true, wildcard: false, braces: false },
  includew: { readable: true, wildcard: true, braces: false },
  includeb: { readable: true, wildcard: false, braces: true },
  includea: { readable: true, wildcard: true, braces: true },
};

/** Lines whose first character gives them a meaning that is not implemented: dropping one could change anything. */
const SPECIAL_LINES: readonly { pattern: RegExp; what: string }[] = [
  { pattern: /^\$\w+=/, what: "definitions ('$NAME=')" },
  { pattern: /^@/, what: "conditional lines ('@ID')" },
  { pattern: /^~(SEQx?|LST)/, what: "loops ('~SEQ', '~LST')" },
];

interface OpenFile {
  readonly path: string;
  readonly text: string;
  offset: number;
  lineNumber: number;
}

export class ConfigLines {
  readonly files: ReadFile[] = [];
  readonly #source: FileSource;
  readonly #problems: Problems;
  /** Innermost last. `waiting` are the files an include line named that are not opened yet. */
  readonly #stack: (OpenFile | { readonly waiting: PendingFile[] })[] = [];
  #lines = 0;
  #characters = 0;
  #patterns = 0;
  #opened = 0;
  #stopped = false;

  constructor(source: FileSource, problems: Problems) {
    this.#source = source;
    this.#problems = problems;
  }

  /** All items in order. The entry may be a pattern, as keepalived's `-f`. */
  *items(entry: string): Generator<Item, void, undefined> {
    const at: SourceLine = { file: entry, number: 1, text: '' };
    const found = this.#expand(entry, '');
    if (found.length === 0) this.#reportFile(at, 'error', 'config-not-found', `no file matches '${entry}'`);
    this.#stack.push({
      waiting: found.map((path) => ({ path, from: at, checks: null, column: 1, width: 1 })),
    });
    for (;;) {
      const top = this.#stack.at(-1);
      if (top === undefined || this.#stopped) return;
      if ('waiting' in top) {
        const next = top.waiting.shift();
        if (next === undefined) this.#stack.pop();
        else this.#open(next);
        continue;
      }
      const line = this.#nextLine(top);
      if (line === null) this.#stack.pop();
      else yield* this.#lex(line);
    }
  }

  #nextLine(file: OpenFile): SourceLine | null {
    if (file.offset >= file.text.length) return null;
    if (this.#lines++ >= MAX_LINES) {
      const at = { file: file.path, number: file.lineNumber + 1, text: '' };
      this.#stop(at, `more than ${MAX_LINES} lines of configuration`);
      return null;
    }
    const end = file.text.indexOf('\n', file.offset);
    const stop = end < 0 ? file.text.length : end;
    const text = withoutFinalReturns(file.text.slice(file.offset, stop));
    file.offset = stop + 1;
    file.lineNumber++;
    return { file: file.path, number: file.lineNumber, text };
  }

  #lex(line: SourceLine): Item[] {
    const { text } = line;
    if (text.includes('\0')) {
      this.#dropLine(
        line,
        'nul-in-line',
        'the line has a NUL character and is ignored',
        text.indexOf('\0') + 1,
      );
      return [];
    }
    if (
      text.length > MAX_LINE_BYTES ||
      (text.length * 3 > MAX_LINE_BYTES && utf8Length(text) > MAX_LINE_BYTES)
    ) {
      const message = `the line is longer than ${MAX_LINE_BYTES} bytes and is ignored`;
      this.#dropLine(line, 'line-too-long', message, 1);
      return [];
    }
    const start = text.search(/[^ \t]/);
    if (start < 0) return [];
    const content = text.slice(start, commentStart(text));
    for (const special of SPECIAL_LINES) {
      const match = special.pattern.exec(content);
      if (match === null) continue;
      this.#problems.add({
        severity: 'error',
        code: 'special-line-unsupported',
        place: { line, column: start + 1, width: match[0].length },
        message: `${special.what} are not supported yet`,
      });
      return [];
    }
    const include = /^(include[rmwba]?)(?=[ \t"]|$)/.exec(content);
    if (include === null) return lexLine(line, this.#problems);
    this.#include(line, start, include[0], content);
    return [];
  }

  #dropLine(line: SourceLine, code: string, message: string, column: number): void {
    const place = { line, column, width: 1 };
    this.#problems.add({ severity: 'warning', code, place, message, hideSource: code === 'line-too-long' });
  }

  #include(line: SourceLine, start: number, keyword: string, content: string): void {
    const raw = content.slice(keyword.length);
    const pattern = raw.trim().replace(/^"(.*)"$/, '$1');
    const column = start + keyword.length + raw.search(/[^ \t]|$/) + 1;
    const width = Math.max(1, raw.trim().length);
    const checks = INCLUDES[keyword];
    if (pattern === '' || checks === undefined) {
      const place = { line, column: start + 1, width: keyword.length };
      const message = `'${keyword}' needs the file or pattern to include`;
      this.#problems.add({ severity: 'error', code: 'missing-parameter', place, message });
      return;
    }
    const waiting: PendingFile[] = [];
    const alternatives = expandBraces(pattern);
    let matched = 0;
    this.#patterns += alternatives.length;
    if (this.#patterns > MAX_PATTERNS) {
      this.#stop(line, `more than ${MAX_PATTERNS} include patterns`);
      return;
    }
    for (const alternative of alternatives) {
      const paths = this.#source.glob(alternative, line.file);
      matched += paths.length;
      if (paths.length === 0 && checks.braces && alternatives.length > 1) {
        this.#includeFailed(line, column, width, `no file matches '${alternative}'`);
      }
      for (const path of paths) waiting.push({ path, from: line, checks, column, width });
    }
    if (matched === 0 && checks.wildcard) {
      this.#includeFailed(line, column, width, `no file matches '${pattern}'`);
    }
    this.#stack.push({ waiting });
  }

  #includeFailed(line: SourceLine, column: number, width: number, message: string): void {
    this.#problems.add({
      severity: 'error',
      code: 'include-failed',
      place: { line, column, width },
      message,
    });
  }

  #expand(pattern: string, relativeTo: string): string[] {
    return expandBraces(pattern).flatMap((alternative) => this.#source.glob(alternative, relativeTo));
  }

  #open(pending: PendingFile): void {
    const { path, from, checks, column, width } = pending;
    const place = { line: from, column, width };
    const openFiles = this.#stack.filter((entry) => 'path' in entry);
    if (openFiles.some((entry) => entry.path === path)) {
      const message = `'${path}' includes itself: this include is ignored`;
      this.#problems.add({ severity: 'error', code: 'include-loop', place, message });
      return;
    }
    if (openFiles.length >= MAX_INCLUDE_DEPTH) {
      const message = `includes nest more than ${MAX_INCLUDE_DEPTH} deep`;
      this.#problems.add({ severity: 'error', code: 'include-too-deep', place, message });
      return;
    }
    if (this.#opened++ >= MAX_FILES) {
      this.#stop(from, `more than ${MAX_FILES} files`);
      return;
    }
    const file = this.#source.read(path);
    if ('error' in file) {
      const severity = checks === null || checks.readable ? 'error' : 'warning';
      const code =
        checks === null ? 'config-not-found' : checks.readable ? 'include-failed' : 'include-not-found';
      const message = `cannot read '${path}': ${file.error}`;
      this.#problems.add({ severity, code, place, message });
      return;
    }
    this.#characters += file.text.length;
    if (this.#characters > MAX_CHARACTERS) {
      this.#stop(from, `more than ${MAX_CHARACTERS} characters`);
      return;
    }
    this.files.push({ path, text: redact(file.text) });
    this.#stack.push({ path, text: file.text, offset: 0, lineNumber: 0 });
  }

  #stop(line: SourceLine, what: string): void {
    this.#stopped = true;
    this.#reportFile(line, 'error', 'configuration-too-large', `${what}: the rest is not read`);
  }

  #reportFile(line: SourceLine, severity: 'error' | 'warning', code: string, message: string): void {
    this.#problems.add({ severity, code, place: { line, column: 1, width: 1 }, message });
  }
}

function withoutFinalReturns(text: string): string {
  let end = text.length;
  while (text[end - 1] === '\r') end--;
  return text.slice(0, end);
}

interface PendingFile {
  readonly path: string;
  /** The line that asked for it. */
  readonly from: SourceLine;
  readonly column: number;
  readonly width: number;
  /** null: the entry file, which must be readable. */
  readonly checks: IncludeChecks | null;
}
