/**
 * The consolidated text: every line of a configuration after includes, conditions, definitions and loops. One process
 * reads the files and makes it; all others read exactly the same configuration from it, however the files change.
 *
 * Lines that begin with `#` are marks, each with JSON after its word; all others are lines of configuration as they are
 * read (they need no line rules any more). The line after another one has the next number in the same file.
 * - `#consolidated 1`: the first line; the number of this format.
 * - `#file ["PATH", N]`: the next line is line N of this file.
 * - `#line {...}`: how the next line came about; its number holds until the next mark.
 * - `#problem {...}`: what the reader of the files complained about.
 * - `#secrets {...}`: what must not be shown of the lines.
 *
 * It holds secrets in clear text: it is for the memory of processes, never for a journal or a log.
 */
import type { Expansion, Place, Problem, Problems, SourceLine } from '../problems.ts';
import { type Item, type LexOptions, lexLine } from './lexer.ts';

const HEAD = '#consolidated 1';
/** Fewer lines than this between two are written as empty lines. */
const NEAR = 10;

interface LineMark extends LexOptions {
  readonly number: number;
  readonly expansion: Expansion | null;
}

export class ConsolidatedWriter {
  readonly #lines: string[] = [HEAD];
  #file = '';
  #next = 1;

  /** A line that was lexed as a whole, as written. */
  plain(line: SourceLine): void {
    const { number, text } = line;
    this.#goTo(line.file, number);
    // A comment alone would read as a mark.
    this.#lines.push(text.startsWith('#') ? '' : text);
    this.#next = number + 1;
  }

  made(line: SourceLine, options: LexOptions): void {
    if (this.#file !== line.file) this.#goTo(line.file, line.number);
    const { number, expansion = null } = line;
    const mark: LineMark = { ...options, number, expansion };
    this.#lines.push(`#line ${JSON.stringify(mark)}`, line.text);
    this.#next = number + 1;
  }

  problem(problem: Problem): void {
    this.#lines.push(`#problem ${JSON.stringify(problem)}`);
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
    return `${this.#lines.join('\n')}\n#secrets ${JSON.stringify(secrets)}\n`;
  }
}

/** Words and braces of a consolidated text; what was complained about when it was made is complained about again. */
export function readConsolidatedItems(text: string, problems: Problems): Item[] {
  const items: Item[] = [];
  let file = '';
  let number = 1;
  let mark: LineMark | null = null;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const content = text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
    if (mark !== null) {
      const { expansion } = mark;
      const line: SourceLine = { file, number: mark.number, text: content };
      lexLine(expansion === null ? line : { ...line, expansion }, items, problems, mark);
      number = mark.number + 1;
      mark = null;
    } else if (!content.startsWith('#')) {
      if (content !== '') lexLine({ file, number, text: content }, items, problems);
      number++;
    } else if (content.startsWith('#line ')) {
      mark = JSON.parse(content.slice(6)) as LineMark;
    } else if (content.startsWith('#file ')) {
      [file, number] = JSON.parse(content.slice(6)) as [string, number];
    } else if (content.startsWith('#problem ')) {
      problems.add(problemOf(JSON.parse(content.slice(9)) as Problem));
    } else if (content.startsWith('#secrets ')) readSecrets(content.slice(9), problems);
  }
  return items;
}

/** JSON keeps nothing that is undefined, and words have more than places have. */
function problemOf(problem: Problem): Problem {
  const { line, column, width } = problem.place;
  const place: Place = { line, column, width };
  return { ...problem, place };
}

function readSecrets(json: string, problems: Problems): void {
  const { names, values, lines } = JSON.parse(json) as Record<'names' | 'values' | 'lines', string[]>;
  for (const name of names) problems.secrets.names.add(name);
  for (const value of values) problems.secrets.values.add(value);
  for (const line of lines) problems.secrets.lines.add(line);
}
