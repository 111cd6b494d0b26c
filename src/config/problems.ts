/** Collects problems while a configuration is read, and keeps their number bounded and their text free of secrets. */
import type { Diagnostic, DiagnosticSeverity } from './diagnostics.ts';
import { hideLine, redactLine, secretStart } from './redact.ts';

export interface SourceLine {
  readonly file: string;
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** A stretch of one source line. Column from 1, width at least 1, both in characters. */
export interface Place {
  readonly line: SourceLine;
  readonly column: number;
  readonly width: number;
}

export interface Word extends Place {
  /** Without its quotes. */
  readonly text: string;
}

export interface Problem {
  readonly severity: DiagnosticSeverity;
  readonly code: string;
  readonly place: Place;
  readonly message: string;
  readonly suggestion?: string | null;
  /** Show nothing of the line: it may be a stray secret. */
  readonly hideSource?: boolean;
  /** Nothing is wrong with the configuration: it asks for what is not supported yet. */
  readonly unsupported?: boolean;
}

/** More than anybody reads; a hostile file must not fill memory with complaints. */
export const MAX_DIAGNOSTICS = 1000;
const LONGEST_SOURCE = 1024;

export class Problems {
  readonly #list: Diagnostic[] = [];
  #suppressed = 0;
  #suppressedSeverity: DiagnosticSeverity = 'note';

  add(problem: Problem): void {
    if (this.#list.length >= MAX_DIAGNOSTICS) {
      this.#suppressed++;
      if (rank(problem.severity) > rank(this.#suppressedSeverity))
        this.#suppressedSeverity = problem.severity;
      return;
    }
    this.#list.push(diagnosticOf(problem));
  }

  /** False once further problems are only counted: no need to compute suggestions for them. */
  get accepting(): boolean {
    return this.#list.length < MAX_DIAGNOSTICS;
  }

  /** In reading order of files, by line and column within a file. */
  list(): Diagnostic[] {
    const files = new Map<string, number>();
    for (const { file } of this.#list) if (!files.has(file)) files.set(file, files.size);
    const order = (one: Diagnostic): number => files.get(one.file) ?? 0;
    const sorted = this.#list.toSorted(
      (a, b) => order(a) - order(b) || a.line - b.line || a.column - b.column,
    );
    const last = sorted.at(-1);
    if (this.#suppressed === 0 || last === undefined) return sorted;
    const message = `${this.#suppressed} further problems are not shown`;
    return [
      ...sorted,
      { ...last, severity: this.#suppressedSeverity, code: 'too-many-problems', message, suggestion: null },
    ];
  }
}

/** A word as a message may quote it. */
export function quoted(word: Word): string {
  const secret = secretStart(word.line.text);
  if (secret !== null && word.column > secret) return '(hidden)';
  return `'${word.text.length > 60 ? `${word.text.slice(0, 60)}...` : word.text}'`;
}

function rank(severity: DiagnosticSeverity): number {
  return severity === 'error' ? 2 : severity === 'warning' ? 1 : 0;
}

function diagnosticOf(problem: Problem): Diagnostic {
  const { line } = problem.place;
  const whole = problem.hideSource === true ? hideLine(line.text) : redactLine(line.text);
  const source = whole.length > LONGEST_SOURCE ? `${whole.slice(0, LONGEST_SOURCE)}...` : whole;
  const column = Math.max(1, Math.min(problem.place.column, source.length));
  const secret = secretStart(line.text);
  const masked = secret !== null && problem.place.column > secret;
  const wanted = masked || problem.hideSource === true ? source.length : problem.place.width;
  return {
    severity: problem.severity,
    code: problem.code,
    file: line.file,
    line: line.number,
    column: masked ? Math.min(secret + 1, column) : column,
    width: Math.max(1, Math.min(wanted, source.length - column + 1)),
    message: problem.message,
    suggestion: problem.suggestion ?? null,
    unsupported: problem.unsupported ?? false,
    source,
  };
}
