/** Collects problems while a configuration is read, and keeps their number bounded and their text free of secrets. */
import type { Diagnostic, DiagnosticSeverity } from './diagnostics.ts';
import { hideLine, redactLine, secretStart } from './redact.ts';
import { Secrets } from './secrets.ts';

export interface SourceLine {
  readonly file: string;
  /** From 1. */
  readonly number: number;
  /** What is read: as written, or what the line rules (definitions, loops) made of it. */
  readonly text: string;
  /** Absent: as written. */
  readonly expansion?: Expansion;
}

/** A step from the line as written to the text that is read. */
export interface Expansion {
  /** `$NAME (file:line)`, `~SEQ i=3`. */
  readonly what: string;
  /** What was put in, by name: with it a secret is recognised wherever it ends up. */
  readonly values: readonly (readonly [name: string, value: string])[];
  /** Whether a loop is among the steps: the same problem in each of its iterations is one problem. */
  readonly loop: boolean;
  /** Which of the lines of a multi-line definition, nested ones included: `2.1`; '' for none. */
  readonly part: string;
  /** The step before. */
  readonly outer: Expansion | null;
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
  /** A function: worked out only if it is shown. */
  readonly suggestion?: string | null | (() => string | null);
  /** Show nothing of the line: it may be a stray secret. */
  readonly hideSource?: boolean;
  /** Nothing is wrong with the configuration: it asks for what is not supported yet. */
  readonly unsupported?: boolean;
}

/** More than anybody reads; a hostile file must not fill memory with complaints. */
export const MAX_DIAGNOSTICS = 1000;
const LONGEST_SOURCE = 1024;

export class Problems {
  /** The files in the order in which they were opened. */
  readonly files = new Set<string>();
  /** Filled while reading; what is listed afterwards shows none of it. */
  readonly secrets = new Secrets();
  readonly #list: Problem[] = [];
  /** Problems inside loops by what makes them the same, with the number of times they were met. */
  readonly #inLoops = new Map<string, { readonly problem: Problem; times: number }>();
  #suppressed = 0;
  #suppressedSeverity: DiagnosticSeverity = 'note';
  /** Nothing is wrong with the configuration as far as they go. */
  #suppressedUnsupported = true;

  add(problem: Problem): void {
    if (problem.place.line.expansion?.loop === true && this.#isRepeated(problem)) return;
    if (this.#list.length < MAX_DIAGNOSTICS) {
      this.#list.push(problem);
      return;
    }
    // What makes the configuration unusable is shown in place of something that does not.
    const other =
      problem.severity === 'error' ? this.#list.findLastIndex(({ severity }) => severity !== 'error') : -1;
    this.#suppress(other < 0 ? problem : (this.#list.splice(other, 1, problem)[0] ?? problem));
  }

  #suppress(problem: Problem): void {
    this.#suppressed++;
    if (problem.unsupported !== true && problem.severity !== 'note') this.#suppressedUnsupported = false;
    if (rank(problem.severity) > rank(this.#suppressedSeverity)) this.#suppressedSeverity = problem.severity;
  }

  #isRepeated(problem: Problem): boolean {
    const { line, column } = problem.place;
    const word = line.text.slice(0, column).split(/[ \t]+/).length;
    const { file, number, expansion } = line;
    const key = [file, number, expansion?.part, word, problem.severity, problem.code].join('\n');
    const before = this.#inLoops.get(key);
    if (before !== undefined) before.times++;
    else if (this.accepting) this.#inLoops.set(key, { problem, times: 1 });
    return before !== undefined;
  }

  /** False once further problems are only counted: no need to compute suggestions for them. */
  get accepting(): boolean {
    return this.#list.length < MAX_DIAGNOSTICS;
  }

  /** In reading order of files, by line and column within a file. */
  list(): Diagnostic[] {
    const files = new Map([...this.files].map((file, index) => [file, index]));
    const times = new Map([...this.#inLoops.values()].map(({ problem, times }) => [problem, times]));
    const list = this.#list.map((problem) => diagnosticOf(problem, times.get(problem) ?? 1, this.secrets));
    for (const { file } of list) if (!files.has(file)) files.set(file, files.size);
    const order = (one: Diagnostic): number => files.get(one.file) ?? 0;
    const sorted = list.toSorted(
      (a, b) => order(a) - order(b) || a.line - b.line || a.column - b.column || byText(a.code, b.code),
    );
    const last = sorted.at(-1);
    if (this.#suppressed === 0 || last === undefined) return sorted;
    const message = `${this.#suppressed} further problems are not shown`;
    const unsupported = this.#suppressedUnsupported && this.#suppressedSeverity !== 'note';
    const severity = this.#suppressedSeverity;
    return [
      ...sorted,
      { ...last, severity, code: 'too-many-problems', message, unsupported, suggestion: null },
    ];
  }
}

/** A word as a message may quote it. */
export function quoted(word: Word): string {
  const secret = secretStart(word.line.text);
  // Also a word that only ends in it: `auth_pass=...`.
  if (secret !== null && word.column + word.text.length > secret + 1) return '(hidden)';
  return `'${word.text.length > 60 ? `${word.text.slice(0, 60)}...` : word.text}'`;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rank(severity: DiagnosticSeverity): number {
  return severity === 'error' ? 2 : severity === 'warning' ? 1 : 0;
}

function diagnosticOf(problem: Problem, times: number, secrets: Secrets): Diagnostic {
  const { line } = problem.place;
  const expansion = line.expansion ?? null;
  const shown = (text: string): string => secrets.mask(text, expansion);
  const hide = problem.hideSource === true || (expansion === null && secrets.hides(line));
  const redacted = hide ? hideLine(line.text) : redactLine(line.text, secrets.names);
  const whole = shown(redacted);
  const source = whole.length > LONGEST_SOURCE ? `${whole.slice(0, LONGEST_SOURCE)}...` : whole;
  const column = Math.max(1, Math.min(problem.place.column, source.length));
  const secret = secretStart(line.text, secrets.names);
  const masked = secret !== null && problem.place.column > secret;
  const wanted = masked || hide || whole !== redacted ? source.length : problem.place.width;
  const { suggestion = null } = problem;
  const help = typeof suggestion === 'function' ? suggestion() : suggestion;
  return {
    severity: problem.severity,
    code: problem.code,
    file: line.file,
    line: line.number,
    column: masked ? Math.min(secret + 1, column) : column,
    width: Math.max(1, Math.min(wanted, source.length - column + 1)),
    message: shown(problem.message),
    suggestion: help === null ? null : shown(help),
    unsupported: problem.unsupported ?? false,
    source,
    expansion: expansionSteps(expansion).map(shown),
    times,
  };
}

/** Outermost first. */
function expansionSteps(expansion: Expansion | null): string[] {
  const steps: string[] = [];
  for (let step = expansion; step !== null; step = step.outer) if (step.what !== '') steps.push(step.what);
  return steps.reverse();
}
