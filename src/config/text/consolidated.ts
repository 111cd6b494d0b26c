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

const HEAD = '#consolidated 1';
/** Fewer lines than this between two are written as empty lines. */
const NEAR = 10;

interface LineMark extends LexOptions {
  readonly number: number;
  readonly step: number;
}

export class ConsolidatedWriter {
  readonly #lines: (string | SourceLine)[] = [HEAD];
  readonly #steps = new Map<Expansion, number>();
  #file = '';
  #next = 1;

  /** A line that was lexed as a whole, as written. */
  plain(line: SourceLine): void {
    this.#goTo(line.file, line.number);
    this.#lines.push(line);
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
    const text = this.#lines.map((line) => (typeof line === 'string' ? line : withoutMark(line.text)));
    const files = JSON.stringify([...problems.files]);
    return `${text.join('\n')}\n#files ${files}\n#secrets ${JSON.stringify(secrets)}\n`;
  }
}

/** A comment alone would read as a mark. */
function withoutMark(text: string): string {
  return text.startsWith('#') ? '' : text;
}

interface ProblemMark extends Problem {
  readonly step: number;
}

/** Words and braces of a consolidated text; what was complained about when it was made is complained about again. */
export function readConsolidatedItems(text: string, problems: Problems): Item[] {
  const items: Item[] = [];
  const steps: Expansion[] = [];
  let file = '';
  let number = 1;
  let mark: LineMark | null = null;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const content = text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
    if (mark !== null) {
      const line = withExpansion({ file, number: mark.number, text: content }, steps[mark.step - 1]);
      lexLine(line, items, problems, mark);
      number = mark.number + 1;
      mark = null;
    } else if (!content.startsWith('#')) {
      if (content !== '') lexLine({ file, number, text: content }, items, problems);
      number++;
    } else if (content.startsWith('#line ')) {
      mark = JSON.parse(content.slice(6)) as LineMark;
    } else if (content.startsWith('#step ')) {
      const [outer, rest] = JSON.parse(content.slice(6)) as [number, Omit<Expansion, 'outer'>];
      steps.push({ ...rest, outer: steps[outer - 1] ?? null });
    } else if (content.startsWith('#file ')) {
      [file, number] = JSON.parse(content.slice(6)) as [string, number];
    } else if (content.startsWith('#problem ')) {
      const { step, ...problem } = JSON.parse(content.slice(9)) as ProblemMark;
      const line = withExpansion(problem.place.line, steps[step - 1]);
      problems.add({ ...problem, place: { ...problem.place, line } });
    } else if (content.startsWith('#files ')) {
      for (const path of JSON.parse(content.slice(7)) as string[]) problems.files.add(path);
    } else if (content.startsWith('#secrets ')) readSecrets(content.slice(9), problems);
  }
  return items;
}

function withExpansion(line: SourceLine, expansion: Expansion | undefined): SourceLine {
  return expansion === undefined ? line : { ...line, expansion };
}

function readSecrets(json: string, problems: Problems): void {
  const { names, values, lines } = JSON.parse(json) as Record<'names' | 'values' | 'lines', string[]>;
  for (const name of names) problems.secrets.names.add(name);
  for (const value of values) problems.secrets.values.add(value);
  for (const line of lines) problems.secrets.lines.add(line);
}
