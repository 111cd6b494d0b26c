/** The words and braces of a configuration: files, includes, line rules. Every step is bounded. */

import type { Environment } from '../environment.ts';
import type { FileSource } from '../file-source.ts';
import type { Place, Problem, Problems, SourceLine } from '../problems.ts';
import { redact, secretNames } from '../redact.ts';
import { expandBraces } from './braces.ts';
import { ConsolidatedWriter } from './consolidated.ts';
import { Definitions } from './definitions.ts';
import { GlobalSettings } from './global-settings.ts';
import { findMatches, type IncludeChecks, type IncludeLine, includeIn, type Match } from './includes.ts';
import { commentStart, type Item, lexLine, MAX_LINE_BYTES, reportUnmatchedQuote } from './lexer.ts';
import { definitionText, directoryOf, isContinued, specialAfterBrace } from './line-text.ts';
import type { Loop } from './loops.ts';
import { lexPlain, PlainLine, PlainText } from './plain-lines.ts';
import {
  after,
  applyRules,
  isTooLong,
  iterationOf,
  lineOf,
  type RulesContext,
  type Segment,
} from './rules.ts';

export const MAX_INCLUDE_DEPTH = 16;
export const MAX_FILES = 1000;
/** Include patterns, each brace alternative counted. */
export const MAX_PATTERNS = 10_000;
/** Lines as written, and lines that definitions and loops make. */
export const MAX_LINES = 200_000;
export const MAX_CHARACTERS = 32 * 1024 * 1024;
/** Definitions put in, iterations of loops, and pieces of lines looked at; long lines count as several. */
export const MAX_STEPS = 1_000_000;
const STEP_CHARACTERS = 64;
const ITEMS_AT_ONCE = 512;

export interface ReadFile {
  readonly path: string;
  /** As read, secrets masked: what a journal may keep. */
  readonly text: string;
}

interface OpenFile {
  readonly kind: 'file';
  readonly path: string;
  readonly directory: string;
  readonly text: string;
  readonly plain: PlainText;
  /** include_check before this file: it holds again after it. */
  readonly checksBefore: IncludeChecks;
  offset: number;
  lineNumber: number;
}

/** Files that an include line named. */
interface Waiting {
  readonly kind: 'waiting';
  readonly matches: readonly Match[];
  next: number;
  readonly at: IncludeAt;
}

interface IncludeAt {
  readonly place: Place;
  /** null: the entry file, which must be readable. */
  readonly checks: IncludeChecks | null;
}

interface RunningLoop {
  readonly kind: 'loop';
  readonly loop: Loop;
  readonly body: Segment;
  iteration: bigint;
}

type Entry = OpenFile | Waiting | RunningLoop | { readonly kind: 'segment'; readonly segment: Segment };

/** Lines for which the rules may have something to do. */
const MAY_BE_SPECIAL = /[$@~]|(?:^|[{}])[ \t]*include/;

export class ConfigLines {
  #items: Item[] = [];
  readonly definitions: Definitions;
  readonly #source: FileSource;
  readonly #problems: Problems;
  readonly #rules: RulesContext;
  readonly #recording = { add: (problem: Problem): void => this.#add(problem) };
  readonly #texts: { readonly path: string; readonly text: string }[] = [];
  readonly #consolidated = new ConsolidatedWriter();
  readonly #globals: GlobalSettings;
  /** Innermost last. */
  readonly #stack: Entry[] = [];
  readonly #openFiles: OpenFile[] = [];
  #lines = 0;
  #characters = 0;
  #patterns = 0;
  #opened = 0;
  #steps = 0;
  #stopped = false;

  constructor(source: FileSource, problems: Problems, environment: Environment) {
    this.#source = source;
    this.#problems = problems;
    this.definitions = new Definitions(environment);
    this.#rules = {
      definitions: this.definitions,
      configId: environment.configId,
      problems: this.#recording,
      work: (line, characters) => this.#work(line, characters),
    };
    this.#globals = new GlobalSettings(this.definitions, environment.allConfig === true);
  }

  /** Begins with what the entry leads to. It may be a pattern, as keepalived's `-f`. */
  open(entry: string): void {
    const line: SourceLine = { file: entry, number: 1, text: '' };
    const place = { line, column: 1, width: 1 };
    const paths = expandBraces(entry).flatMap((alternative) => this.#source.glob(alternative, ''));
    if (paths.length === 0) this.#report('error', 'config-not-found', place, `no file matches '${entry}'`);
    const matches = paths.map((path) => ({ path, result: null }));
    this.#stack.push({ kind: 'waiting', matches, next: 0, at: { place, checks: null } });
  }

  /**
   * The next words and braces, many at a time; null after the last ones. What becomes of them is worked out between two
   * calls, so that most of a large file is forgotten as soon as it is read.
   */
  next(): readonly Item[] | null {
    this.#items = [];
    for (let top = this.#stack.at(-1); top !== undefined && !this.#stopped; top = this.#stack.at(-1)) {
      if (this.#items.length >= ITEMS_AT_ONCE) break;
      if (top.kind === 'file') this.#readFile(top);
      else if (top.kind === 'waiting') this.#openNext(top);
      else if (top.kind === 'loop') this.#iterate(top);
      else {
        this.#stack.pop();
        this.#segment(top.segment);
      }
    }
    if (this.#items.length > 0) return this.#items;
    this.#learnSecrets();
    return null;
  }

  /** Once everything is read: from here on every word may be about to be shown. */
  #learnSecrets(): void {
    const { secrets } = this.#problems;
    const texts = this.#texts.map(({ text }) => text);
    for (const name of secretNames(texts, secrets.names)) secrets.names.add(name);
  }

  /** Every file read, in order. */
  files(): ReadFile[] {
    const { secrets } = this.#problems;
    return this.#texts.map(({ path, text }) => {
      const hides = (number: number): boolean => secrets.lines.has(`${path}:${number}`);
      return { path, text: redact(text, secrets.names, secrets.lines.size > 0 ? hides : null) };
    });
  }

  /** Secrets are in clear text: never for a journal or a log. */
  consolidated(): string {
    return this.#consolidated.finish(this.#problems);
  }

  /** Plain lines one after another, until there is something else to do. */
  #readFile(file: OpenFile): void {
    const depth = this.#stack.length;
    while (!this.#stopped && this.#stack.length === depth && this.#items.length < ITEMS_AT_ONCE) {
      if (this.#readPlainLine(file)) continue;
      const line = this.#nextLine(file);
      if (line === null) {
        this.#stack.pop();
        this.#openFiles.pop();
        this.#globals.checks = file.checksBefore;
        return;
      }
      if (!this.#isUsable(line)) continue;
      if (MAY_BE_SPECIAL.test(line.text)) this.#startRules(line, file);
      else {
        const before = this.#items.length;
        lexLine(line, this.#items, this.#problems);
        this.#globals.follow(this.#items, before);
        if (line.text !== '') this.#consolidated.plain(line);
      }
    }
  }

  /** Most lines are of words and braces alone. */
  #readPlainLine(file: OpenFile): boolean {
    const { offset } = file;
    const end = file.plain.endOf(offset);
    if (end < 0 || this.#lines >= MAX_LINES) return false;
    this.#lines++;
    file.offset = end + 1;
    file.lineNumber++;
    const line = new PlainLine(file.path, file.lineNumber, file.text, offset, end);
    const before = this.#items.length;
    lexPlain(line, file.text, offset, end, this.#items);
    if (this.#items.length === before) return true;
    this.#globals.follow(this.#items, before);
    this.#consolidated.plain(line);
    return true;
  }

  #nextLine(file: OpenFile): SourceLine | null {
    if (file.offset >= file.text.length) return null;
    const end = file.text.indexOf('\n', file.offset);
    let stop = end < 0 ? file.text.length : end;
    const next = stop + 1;
    while (stop > file.offset && file.text.charCodeAt(stop - 1) === 0x0d) stop--;
    const line = { file: file.path, number: file.lineNumber + 1, text: file.text.slice(file.offset, stop) };
    file.offset = next;
    file.lineNumber++;
    if (this.#lines++ < MAX_LINES) return line;
    this.#stop(
      'configuration-too-large',
      { ...line, text: '' },
      `more than ${MAX_LINES} lines of configuration`,
    );
    return null;
  }

  #isUsable(line: SourceLine): boolean {
    const { text } = line;
    const nul = text.indexOf('\0');
    if (nul >= 0) {
      const place = { line, column: nul + 1, width: 1 };
      this.#report('warning', 'nul-in-line', place, 'the line has a NUL character and is ignored');
      return false;
    }
    if (!isTooLong(text)) return true;
    this.#add({
      severity: 'warning',
      code: 'line-too-long',
      place: { line, column: 1, width: 1 },
      message: `the line is longer than ${MAX_LINE_BYTES} bytes and is ignored`,
      hideSource: true,
    });
    return false;
  }

  #startRules(line: SourceLine, file: OpenFile): void {
    this.#segment({
      raw: line,
      directory: file.directory,
      prefix: '',
      text: line.text,
      expansion: null,
      active: null,
      continues: isContinued(line.text),
      quiet: this.#hasUnmatchedQuote(line),
    });
  }

  /** Of a line that the rules change: afterwards its quotes may be anywhere. */
  #hasUnmatchedQuote(line: SourceLine): boolean {
    if (!line.text.includes('"')) return false;
    const content = line.text.slice(0, commentStart(line.text));
    if (content.split('"').length % 2 === 1) return false;
    reportUnmatchedQuote(line, content.lastIndexOf('"'), content.length, this.#recording);
    return true;
  }

  #segment(segment: Segment): void {
    if (!this.#work(segment.raw, segment.text.length)) return;
    const outcome = applyRules(segment, this.#rules);
    if (outcome.kind === 'text') this.#text(outcome.segment);
    else if (outcome.kind === 'definition') this.#define(outcome.name, outcome.value, outcome.segment);
    else if (outcome.kind === 'loop') {
      this.#stack.push({ kind: 'loop', loop: outcome.loop, body: outcome.body, iteration: 0n });
    } else if (outcome.kind === 'lines') {
      for (const one of outcome.segments.toReversed()) this.#stack.push({ kind: 'segment', segment: one });
    }
  }

  #iterate(running: RunningLoop): void {
    const { loop, body, iteration } = running;
    if (iteration >= loop.count) {
      this.#stack.pop();
      return;
    }
    // Without a text to repeat, all that remains of a loop is what its variables are at the end.
    const values = loop.at(body.text === '' ? loop.count - 1n : iteration);
    running.iteration = body.text === '' ? loop.count : iteration + 1n;
    const segment = iterationOf(body, loop.keyword, values);
    const what = segment.expansion?.what ?? '';
    for (const [name, value] of values) this.definitions.define(name, { lines: [value], what });
    this.#stack.push({ kind: 'segment', segment });
  }

  #define(name: string, value: string, segment: Segment): void {
    const { raw, continues } = segment;
    const lines = [definitionText(value)];
    const file = this.#openFiles.at(-1);
    for (let more = continues; more && file !== undefined; ) {
      const line = this.#nextLine(file);
      if (line === null) break;
      more = isContinued(line.text);
      if (!this.#isUsable(line)) continue;
      this.#hasUnmatchedQuote(line);
      lines.push(definitionText(line.text));
    }
    // `$NAME= \`: the text begins in the next line.
    if (lines.length > 1 && lines[0] === '') lines.shift();
    this.definitions.define(name, { lines, what: `$${name} (${raw.file}:${raw.number})` });
  }

  /** Text that no rule applies to any more, up to a brace after which there is something for them. */
  #text(segment: Segment): void {
    const { text, prefix, raw } = segment;
    const include = includeIn(text, this.#globals.checks);
    if (include !== null) {
      this.#include(segment, include);
      return;
    }
    const stop = specialAfterBrace(text);
    const line = lineOf(segment);
    if (segment.expansion !== null) {
      if (!this.#countExpanded(line, raw)) return;
      this.#problems.secrets.note(line, raw.text);
    }
    const options = {
      from: prefix.length,
      to: stop === null ? null : prefix.length + stop,
      quiet: segment.quiet,
    };
    const before = this.#items.length;
    lexLine(line, this.#items, this.#problems, options);
    this.#globals.follow(this.#items, before);
    this.#consolidated.made(line, options);
    if (stop !== null) this.#stack.push({ kind: 'segment', segment: after(segment, stop) });
  }

  #countExpanded(line: SourceLine, raw: SourceLine): boolean {
    this.#characters += line.text.length;
    if (this.#lines++ < MAX_LINES && this.#characters <= MAX_CHARACTERS) return true;
    this.#stop('expansion-too-large', raw, `definitions and loops make more than ${MAX_LINES} lines`);
    return false;
  }

  #work(line: SourceLine, characters: number): boolean {
    this.#steps += 1 + Math.floor(characters / STEP_CHARACTERS);
    if (this.#steps <= MAX_STEPS) return true;
    if (!this.#stopped) {
      const what = `definitions and loops take more than ${MAX_STEPS} steps`;
      this.#stop('expansion-too-large', line, what);
    }
    return false;
  }

  #include(segment: Segment, include: IncludeLine): void {
    const { raw, prefix } = segment;
    const line = lineOf(segment);
    const place = { line, column: prefix.length + include.offset + 1, width: include.pattern.length };
    const alternatives = expandBraces(include.pattern);
    this.#patterns += alternatives.length;
    if (this.#patterns > MAX_PATTERNS) {
      this.#stop('configuration-too-large', raw, `more than ${MAX_PATTERNS} include patterns`);
      return;
    }
    const isOpen = (path: string): boolean => this.#openFiles.some((file) => file.path === path);
    const { found, complaint } = findMatches(include, alternatives, raw.file, isOpen, this.#source);
    if (complaint !== null) {
      const quotes = include.pattern.startsWith('"');
      this.#add({
        severity: complaint.failed ? 'error' : 'warning',
        code: complaint.failed ? 'include-failed' : 'include-not-found',
        place,
        message: complaint.message,
        suggestion: quotes ? 'write the name without quotes: here they are part of it' : null,
      });
    }
    const at = { place, checks: include.checks };
    this.#stack.push({ kind: 'waiting', matches: found, next: 0, at });
  }

  #openNext(waiting: Waiting): void {
    const match = waiting.matches[waiting.next++];
    if (match === undefined) {
      this.#stack.pop();
      return;
    }
    const { path } = match;
    const { place, checks } = waiting.at;
    if (this.#openFiles.some((file) => file.path === path)) {
      const message = `'${path}' includes itself: this include is ignored`;
      this.#report('error', 'include-loop', place, message);
    } else if (this.#openFiles.length >= MAX_INCLUDE_DEPTH) {
      const message = `includes nest more than ${MAX_INCLUDE_DEPTH} deep`;
      this.#report('error', 'include-too-deep', place, message);
    } else if (this.#opened++ >= MAX_FILES) {
      this.#stop('configuration-too-large', place.line, `more than ${MAX_FILES} files`);
    } else this.#open(match, place, checks);
  }

  #open({ path, result }: Match, place: Place, checks: IncludeChecks | null): void {
    const file = result ?? this.#source.read(path);
    const error = 'error' in file ? file.error : file.executable === true ? 'it is executable' : null;
    if (error !== null || 'error' in file) {
      const message = `cannot read '${path}': ${error}`;
      if (checks === null) this.#report('error', 'config-not-found', place, message);
      else if (checks.readable) this.#report('error', 'include-failed', place, message);
      else this.#report('warning', 'include-skipped', place, message);
      return;
    }
    this.#characters += file.text.length;
    if (this.#characters > MAX_CHARACTERS) {
      this.#stop('configuration-too-large', place.line, `more than ${MAX_CHARACTERS} characters`);
      return;
    }
    this.#texts.push({ path, text: file.text });
    this.#problems.files.add(path);
    const open: OpenFile = {
      kind: 'file',
      path,
      directory: file.directory ?? directoryOf(path),
      text: file.text,
      plain: new PlainText(file.text),
      checksBefore: this.#globals.checks,
      offset: 0,
      lineNumber: 0,
    };
    this.#openFiles.push(open);
    this.#stack.push(open);
  }

  #stop(code: string, line: SourceLine, what: string): void {
    this.#stopped = true;
    this.#report('error', code, { line, column: 1, width: 1 }, `${what}: the rest is not read`);
  }

  #report(severity: 'error' | 'warning', code: string, place: Place, message: string): void {
    this.#add({ severity, code, place, message });
  }

  /** What the files are to blame for is passed on with the consolidated text; the rest is found there again. */
  #add(problem: Problem): void {
    this.#problems.add(problem);
    this.#consolidated.problem(problem);
  }
}
