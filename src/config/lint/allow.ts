/** Findings that a file itself allows: `# relived: allow CODE` on the line, or on a comment line of its own above it. */
import type { ReadFile } from '../text/lines.ts';

const MARK = 'relived: allow ';

export class Allowances {
  readonly #texts = new Map<string, string>();
  readonly #lines = new Map<string, readonly string[]>();

  constructor(files: readonly ReadFile[]) {
    for (const { path, text } of files) this.#texts.set(path, text);
  }

  allows(file: string, line: number, code: string): boolean {
    const lines = this.#linesOf(file);
    const own = lines[line - 1] ?? '';
    const above = (lines[line - 2] ?? '').trimStart();
    return codesIn(own).includes(code) || (/^[#!]/.test(above) && codesIn(above).includes(code));
  }

  #linesOf(file: string): readonly string[] {
    const known = this.#lines.get(file);
    if (known !== undefined) return known;
    const text = this.#texts.get(file) ?? '';
    const lines = text.includes(MARK) ? text.split('\n') : [];
    this.#lines.set(file, lines);
    return lines;
  }
}

function codesIn(line: string): string[] {
  const comment = line.search(/[#!]/);
  const at = comment < 0 ? -1 : line.indexOf(MARK, comment);
  return at < 0 ? [] : line.slice(at + MARK.length).split(/[\s,]+/);
}
