/**
 * The consolidated text: every line of a configuration after includes, conditions, definitions and loops. One process
 * reads the files and makes it; all others read exactly the same configuration from it, however the files change.
 *
 * Lines that begin with `#` are marks, each with JSON after its word; all others are lines of configuration as they are
 * read (they need no line rules any more). The line after another one has the next number in the same file.
 * - `#consolidated 1`: the first line; the number of this format.
 * - `#file ["PATH", N]`: the next line is line N of this file.
 * - `#step [OUTER, {...}]`: a step of expansion after the OUTERth (from 1; 0 for none); they are counted from 1.
 * - `#line {...}`: the next line was made, by the step given (0: as written); its number, and the stretch that is read.
 * - `#problem {...}`: what the reader of the files complained about.
 * - `#files [PATH, ...]`: every file, in the order in which they were opened.
 * - `#secrets {...}`: what must not be shown of the lines.
 *
 * It holds secrets in clear text: it is for the memory of processes, never for a journal or a log.
 */
import type { Expansion, Problem, Problems, SourceLine } from '../problems.ts';
import { type Item, type LexOptions, lexLine } from './lexer.ts';
import {
  fileMark,
  filesMark,
  type LineMark,
  lineMark,
  type ProblemMark,
  problemMark,
  type SecretsMark,
  secretsMark,
  stepMark,
} from './marks.ts';

const HEAD = '#consolidated 1';
/** Fewer lines than this between two are written as empty lines. */
const NEAR = 10;

/** What becomes lines of the text, if it is asked for at all. Most are lines as written: they are kept as they are. */
type Entry =
  | SourceLine
  | { readonly made: SourceLine; readonly options: LexOptions }
  | { readonly problem: Problem };

/** Only notes what is read: most readings (a test, a reload that changes nothing) have no use for the text. */
export class ConsolidatedWriter {
  readonly #entries: Entry[] = [];

  /** A line that was lexed as a whole, as written. */
  plain(line: SourceLine): void {
    this.#entries.push(line);
  }

  made(line: SourceLine, options: LexOptions): void {
    this.#entries.push({ made: line, options });
  }

  problem(problem: Problem): void {
    this.#entries.push({ problem });
  }

  finish(problems: Problems): string {
    const text = new ConsolidatedText();
    for (const entry of this.#entries) {
      if ('made' in entry) text.made(entry.made, entry.options);
      else if ('problem' in entry) text.problem(entry.problem);
      else text.plain(entry);
    }
    return text.finish(problems);
  }
}

class ConsolidatedText {
  readonly #lines: string[] = [HEAD];
  readonly #steps = new Map<Expansion, number>();
  #file = '';
  #next = 1;

  plain(line: SourceLine): void {
    this.#goTo(line.file, line.number);
    this.#lines.push(withoutMark(line.text));
    this.#next = line.number + 1;
  }

  made(line: SourceLine, options: LexOptions): void {
    if (this.#file !== line.file) this.#goTo(line.file, line.number);
    const { number, expansion = null } = line;
    const mark: LineMark = { ...options, number, step: this.#stepNumber(expansion) };
    this.#lines.push(`#line ${JSON.stringify(mark)}`, line.text);
    this.#next = number + 1;
  }

  problem(problem: Problem): void {
    const { line, column, width } = problem.place;
    const { expansion = null, ...rest } = line;
    const place = { line: rest, column, width };
    const mark: ProblemMark = { ...problem, place, step: this.#stepNumber(expansion) };
    this.#lines.push(`#problem ${JSON.stringify(mark)}`);
  }

  /** Lines share their steps: each is written once, outer ones first. */
  #stepNumber(expansion: Expansion | null): number {
    const missing: Expansion[] = [];
    let step = expansion;
    while (step !== null && !this.#steps.has(step)) {
      missing.push(step);
      step = step.outer;
    }
    let number = step === null ? 0 : (this.#steps.get(step) ?? 0);
    for (const one of missing.reverse()) {
      const { outer: _, ...rest } = one;
      this.#lines.push(`#step ${JSON.stringify([number, rest])}`);
      number = this.#steps.size + 1;
      this.#steps.set(one, number);
    }
    return number;
  }

  #goTo(file: string, number: number): void {
    const gap = number - this.#next;
    if (this.#file !== file || gap < 0 || gap > NEAR) {
      this.#lines.push(`#file ${JSON.stringify([file, number])}`);
      this.#file = file;
    } else for (let missing = gap; missing > 0; missing--) this.#lines.push('');
  }

  finish(problems: Problems): string {
    const { names, values, lines } = problems.secrets;
    const secrets = { names: [...names], values: [...values], lines: [...lines] };
    const files = JSON.stringify([...problems.files]);
    return `${this.#lines.join('\n')}\n#files ${files}\n#secrets ${JSON.stringify(secrets)}\n`;
  }
}

/** A comment alone would read as a mark. */
function withoutMark(text: string): string {
  return text.startsWith('#') ? '' : text;
}

/**
 * Words and braces of a consolidated text; what was complained about when it was made is complained about again.
 * A text that is not whole, or not one, is an error: nothing after the place where it goes wrong is read.
 */
export function readConsolidatedItems(text: string, problems: Problems): Item[] {
  const reader = new ConsolidatedReader(problems);
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const content = text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
    number++;
    if (number === 1 ? content !== HEAD : !reader.read(content)) {
      reportMalformed(problems, number, 'is malformed');
      return reader.items;
    }
  }
  if (!reader.isWhole) reportMalformed(problems, Math.max(1, number), 'is the last one: the end is missing');
  return reader.items;
}

/** The line is not shown: it may hold a secret that nobody knows of yet. */
function reportMalformed(problems: Problems, number: number, what: string): void {
  const line: SourceLine = { file: 'consolidated configuration', number, text: '' };
  problems.add({
    severity: 'error',
    code: 'malformed-consolidated',
    place: { line, column: 1, width: 1 },
    message: `line ${number} of the consolidated configuration ${what}`,
    hideSource: true,
  });
}

class ConsolidatedReader {
  readonly items: Item[] = [];
  /** The last line has been read. */
  isWhole = false;
  readonly #problems: Problems;
  readonly #steps: Expansion[] = [];
  #file = '';
  #number = 1;
  #mark: LineMark | null = null;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** Reads the next line; false if it is malformed. */
  read(content: string): boolean {
    if (this.isWhole) return false;
    if (this.#mark !== null) this.#made(content, this.#mark);
    else if (content.startsWith('#')) return this.#markOf(content);
    else {
      const line = { file: this.#file, number: this.#number++, text: content };
      if (content !== '') lexLine(line, this.items, this.#problems);
    }
    return true;
  }

  #made(text: string, mark: LineMark): void {
    const line = withExpansion({ file: this.#file, number: mark.number, text }, this.#steps[mark.step - 1]);
    lexLine(line, this.items, this.#problems, mark);
    this.#number = mark.number + 1;
    this.#mark = null;
  }

  #markOf(content: string): boolean {
    const space = content.indexOf(' ');
    const json = content.slice(space + 1);
    switch (content.slice(0, Math.max(0, space))) {
      case '#line':
        this.#mark = lineMark(json);
        return this.#mark !== null;
      case '#step':
        return this.#step(json);
      case '#file': {
        const mark = fileMark(json);
        if (mark !== null) [this.#file, this.#number] = mark;
        return mark !== null;
      }
      case '#problem':
        return this.#problem(json);
      case '#files': {
        const paths = filesMark(json);
        for (const path of paths ?? []) this.#problems.files.add(path);
        return paths !== null;
      }
      case '#secrets': {
        const mark = secretsMark(json);
        if (mark !== null) addSecrets(mark, this.#problems);
        this.isWhole = mark !== null;
        return this.isWhole;
      }
      default:
        return false;
    }
  }

  #step(json: string): boolean {
    const mark = stepMark(json);
    if (mark === null) return false;
    const [outer, rest] = mark;
    this.#steps.push({ ...rest, outer: this.#steps[outer - 1] ?? null });
    return true;
  }

  #problem(json: string): boolean {
    const mark = problemMark(json);
    if (mark === null) return false;
    const { step, ...problem } = mark;
    const line = withExpansion(problem.place.line, this.#steps[step - 1]);
    this.#problems.add({ ...problem, place: { ...problem.place, line } });
    return true;
  }
}

function withExpansion(line: SourceLine, expansion: Expansion | undefined): SourceLine {
  return expansion === undefined ? line : { ...line, expansion };
}

function addSecrets({ names, values, lines }: SecretsMark, { secrets }: Problems): void {
  for (const name of names) secrets.names.add(name);
  for (const value of values) secrets.values.add(value);
  for (const line of lines) secrets.lines.add(line);
}
